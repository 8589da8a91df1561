"""The executions that a worker has in its hands."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum, auto

from ..execution import Execution
from ..storage.deliveries import Claim


class StopReason(Enum):
    """Why a worker stops its own copy of an execution."""

    CANCELLED = auto()
    """Somebody has cancelled the execution."""

    LOST = auto()
    """The lease has run out and the execution is another worker's now."""

    SHUTDOWN = auto()
    """The worker is to end at once."""

    FELLED = auto()
    """The event loop is closing, or the worker's own tasks were cancelled, and nobody has told it to leave."""

    ABANDONED = auto()
    """The worker has left, and has given it back though this copy would not stop."""


@dataclass(slots=True, eq=False)
class Running:
    """One execution, while it runs here."""

    claim: Claim
    execution: Execution
    final: bool
    """Whether this is the last run of its key that the worker may do, so that nothing follows it."""

    swept: Callable[[], StopReason | None]
    """Why a cancellation may be none of its own though the worker has not stopped it; None if the worker goes on."""

    task: asyncio.Task[None] | None = None
    stopped: StopReason | None = None

    def stop(self, reason: StopReason) -> None:
        """Cancel this copy. The first reason counts."""
        if self.stopped is None:
            self.stopped = reason
            if self.task is not None:
                self.task.cancel(reason.name.lower())

    def begun(self, task: asyncio.Task[None]) -> None:
        """Note the task that runs this. It may have been stopped before that, by itself: its first step is over."""
        self.task = task
        if self.stopped is not None:
            task.cancel(self.stopped.name.lower())


class Slots:
    """Room for as many executions as may run at the same time."""

    def __init__(self, size: int) -> None:
        """Room for `size` executions."""
        self._size = size
        self._closed = False
        self._occupied: dict[Claim, Running] = {}
        self._warnings: set[Claim] = set()
        self._suspects: list[Claim] = []

    @property
    def free(self) -> int:
        """How many more may begin."""
        return 0 if self._closed else self._size - len(self._occupied)

    def close(self) -> None:
        """Let no more begin."""
        self._closed = True

    @property
    def closed(self) -> bool:
        """Whether no more may begin."""
        return self._closed

    @property
    def running(self) -> Collection[Running]:
        """What runs at the moment."""
        return self._occupied.values()

    @property
    def free_for_suspects(self) -> int:
        """How many may begin that have lost leases: one at a time, or they might die of one another."""
        return 0 if any(claim in self._occupied for claim in self._suspects) else 1

    def expect(self, suspects: list[Claim]) -> None:
        """Note which of the executions that are about to begin, or run, have lost leases."""
        self._suspects = [claim for claim in self._suspects if claim in self._occupied] + suspects

    def occupy(self, running: Running) -> None:
        """Put an execution into a slot."""
        self._occupied[running.claim] = running

    def vacate(self, running: Running) -> None:
        """Free the slot of an execution, if it is still in one."""
        self._occupied.pop(running.claim, None)

    def warn(self, claim: Claim) -> None:
        """Somebody has cancelled an execution that is not here: its claim may be on its way."""
        self._warnings.add(claim)

    def is_warned_of(self, claim: Claim) -> bool:
        """Whether an execution was cancelled before its claim came here."""
        return claim in self._warnings

    def forget_warnings(self) -> None:
        """All claims that were on their way have come."""
        self._warnings.clear()

    def find(self, claim: Claim) -> Running | None:
        """The execution that runs here under a claim."""
        return self._occupied.get(claim)
