"""The life of an execution, and what the calls that change it report."""

from enum import StrEnum


class ExecutionState(StrEnum):
    """Where an execution is in its life."""

    SCHEDULED = "scheduled"
    """It waits for its time, which may be the time of its next attempt."""

    QUEUED = "queued"
    """It is due, and waits for a worker."""

    RUNNING = "running"
    """A worker has claimed it."""

    COMPLETED = "completed"
    """The task has returned and its dependencies have been cleaned up."""

    FAILED = "failed"
    """The task has raised, and no retry follows."""

    DEAD = "dead"
    """It cannot be run to an end of its own, and is kept for a person to look at."""

    CANCELLED = "cancelled"
    """Somebody has cancelled it, and it does not run any more."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen to the execution."""
        return not _SUCCESSORS[self]

    def may_become(self, state: "ExecutionState") -> bool:
        """Whether an execution in this state may come to another one next."""
        return state in _SUCCESSORS[self]


_SUCCESSORS: dict[ExecutionState, frozenset[ExecutionState]] = {
    ExecutionState.SCHEDULED: frozenset({ExecutionState.QUEUED, ExecutionState.CANCELLED}),
    ExecutionState.QUEUED: frozenset({ExecutionState.RUNNING, ExecutionState.CANCELLED}),
    ExecutionState.RUNNING: frozenset(
        {
            ExecutionState.SCHEDULED,
            ExecutionState.QUEUED,
            ExecutionState.COMPLETED,
            ExecutionState.FAILED,
            ExecutionState.DEAD,
            ExecutionState.CANCELLED,
        }
    ),
    ExecutionState.COMPLETED: frozenset(),
    ExecutionState.FAILED: frozenset(),
    ExecutionState.DEAD: frozenset(),
    ExecutionState.CANCELLED: frozenset(),
}


class Disposition(StrEnum):
    """What became of a call to `Docket.add` or `Docket.replace`, or where a handle comes from."""

    SCHEDULED = "scheduled"
    """It was scheduled, or recorded as the successor of the execution that is running."""

    ALREADY_SCHEDULED = "already_scheduled"
    """Its key is live, so nothing was changed."""

    SUPERSEDED = "superseded"
    """The running execution that scheduled its own key has been cancelled, so nothing follows it."""

    STRUCK = "struck"
    """A strike blocks it, so nothing was changed, and this handle is of nothing that runs."""

    LOADED = "loaded"
    """The handle was not made by scheduling: it was looked up, or belongs to the worker that runs it."""


class Cancellation(StrEnum):
    """What `Docket.cancel` did."""

    CANCELLED = "cancelled"
    """The execution was pending and will not run."""

    CANCELLING = "cancelling"
    """The execution is running; its worker has been told to stop it, and nothing will follow it."""

    FINISHED = "finished"
    """The execution had ended before."""

    UNKNOWN = "unknown"
    """There is no execution of that key."""


class Disposal(StrEnum):
    """What a call that was to requeue or drop a dead execution did."""

    REQUEUED = "requeued"
    """It runs again, as a new generation of its key."""

    DROPPED = "dropped"
    """Nothing is known of it any more."""

    STRUCK = "struck"
    """The call is struck, so it was not requeued. It is dead as before, and can be requeued when it is restored."""

    NOT_DEAD = "not_dead"
    """The execution of that key is not dead: it was scheduled anew, or never died. Nothing was changed."""

    UNKNOWN = "unknown"
    """There is no execution of that key."""
