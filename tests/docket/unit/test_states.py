"""The states of an execution: which follow which."""

import pytest

from docket.model.states import Cancellation, Disposition, ExecutionState

ALLOWED = {
    "scheduled": {"queued", "cancelled"},
    "queued": {"running", "cancelled"},
    "running": {"scheduled", "queued", "completed", "failed", "dead", "cancelled"},
    "completed": set(),
    "failed": set(),
    "dead": set(),
    "cancelled": set(),
}


@pytest.mark.parametrize("state", ExecutionState)
@pytest.mark.parametrize("following", ExecutionState)
def test_only_what_the_table_says_may_follow(state: ExecutionState, following: ExecutionState) -> None:
    """Each pair of states is allowed or not, as written down here once more."""
    assert state.may_become(following) == (following in ALLOWED[state])


@pytest.mark.parametrize("state", ExecutionState)
def test_a_state_that_nothing_follows_is_terminal(state: ExecutionState) -> None:
    """Completed, failed, dead and cancelled are the ends."""
    assert state.is_terminal == (state in {"completed", "failed", "dead", "cancelled"})


def test_every_state_can_be_reached() -> None:
    """From scheduled and queued, where executions begin, all states can be come to."""
    reached = {ExecutionState.SCHEDULED}
    while more := {after for state in reached for after in ExecutionState if state.may_become(after)} - reached:
        reached |= more
    assert reached == set(ExecutionState)


def test_a_member_is_the_word_that_is_stored() -> None:
    """States, dispositions and cancellations compare and print as their words."""
    assert (f"{ExecutionState.RUNNING}", ExecutionState("failed")) == ("running", ExecutionState.FAILED)
    assert (f"{Cancellation.UNKNOWN}", f"{Disposition.ALREADY_SCHEDULED}") == ("unknown", "already_scheduled")
