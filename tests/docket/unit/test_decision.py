"""From the end of a run to what is recorded of it."""

import asyncio
import pickle
import threading
from datetime import timedelta

import pytest

from docket.errors import PayloadError
from docket.model import payload
from docket.model.states import ExecutionState
from docket.storage.deliveries import Claim, Finish, Release, Retry
from docket.worker._decision import Raised, Returned, Stopped, Unknown, decide
from docket.worker._running import StopReason

CLAIM = Claim(b"key", b"token")
final_or_not = pytest.mark.parametrize("final", [False, True])


@final_or_not
def test_a_returned_value_completes(final: bool) -> None:
    """The value is the result; nothing else is to be said."""
    outcome = decide(CLAIM, Returned([1, 2]), final=final)
    assert outcome == Finish(CLAIM, ExecutionState.COMPLETED, "", payload.dumps([1, 2]), final)


@final_or_not
def test_nothing_is_stored_for_none(final: bool) -> None:
    """Most tasks return nothing, and nothing is what is kept."""
    assert decide(CLAIM, Returned(None), final=final) == Finish(CLAIM, ExecutionState.COMPLETED, "", b"", final)


@final_or_not
def test_a_result_that_cannot_be_pickled_fails_and_is_not_run_again(final: bool) -> None:
    """The work was done; that its result cannot be kept is a failure that says so."""
    outcome = decide(CLAIM, Returned(threading.Lock()), final=final)
    assert isinstance(outcome, Finish)
    assert (outcome.state, outcome.final) == (ExecutionState.FAILED, final)
    assert "the task has returned, but its result cannot be kept: cannot pickle a lock" in outcome.error
    assert isinstance(pickle.loads(outcome.result), PayloadError)


@final_or_not
def test_an_exception_fails(final: bool) -> None:
    """Without a retry it is the end: a line for people, and the exception itself for whoever waits."""
    outcome = decide(CLAIM, Raised(ValueError("what")), final=final)
    assert isinstance(outcome, Finish)
    assert outcome[:3] == (CLAIM, ExecutionState.FAILED, "ValueError: what")
    assert repr(pickle.loads(outcome.result)) == "ValueError('what')"
    assert outcome.final is final


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), asyncio.CancelledError("own"), GeneratorExit()])
def test_whatever_a_task_raises_is_its_own_failure(error: BaseException) -> None:
    """Not even SystemExit or a cancellation of its own making is anything but a failed task."""
    outcome = decide(CLAIM, Raised(error), final=False)
    assert isinstance(outcome, Finish)
    assert outcome.state is ExecutionState.FAILED
    assert type(pickle.loads(outcome.result)) is type(error)


def test_an_exception_that_cannot_be_pickled_fails_all_the_same() -> None:
    """The line for people is all that is carried."""
    outcome = decide(CLAIM, Raised(ValueError(threading.Lock())), final=False)
    assert isinstance(outcome, Finish)
    assert (outcome.state, outcome.result) == (ExecutionState.FAILED, b"")
    assert outcome.error.startswith("ValueError: <unlocked _thread.lock")


@pytest.mark.parametrize(
    ("delay", "delay_ms"),
    [
        (timedelta(0), 0),
        (timedelta(seconds=2), 2000),
        (timedelta(microseconds=1500), 2),
        (timedelta(seconds=-1), 0),
        (timedelta(days=400), 34_560_000_000),
    ],
)
def test_an_exception_with_a_delay_is_tried_again(delay: timedelta, delay_ms: int) -> None:
    """After the delay in milliseconds, or at once where it is past; with what it takes to end it instead."""
    outcome = decide(CLAIM, Raised(ValueError("what"), delay), final=False)
    assert isinstance(outcome, Retry)
    assert outcome[:3] == (CLAIM, delay_ms, "ValueError: what")
    assert repr(pickle.loads(outcome.result)) == "ValueError('what')"


def test_nothing_follows_a_final_run() -> None:
    """A retry that is asked for in the last run that may be is no retry."""
    outcome = decide(CLAIM, Raised(ValueError("what"), timedelta(seconds=1)), final=True)
    assert isinstance(outcome, Finish)
    assert (outcome.state, outcome.final) == (ExecutionState.FAILED, True)


@final_or_not
def test_a_cancelled_run_is_confirmed(final: bool) -> None:
    """The worker says that it has stopped, and only then is the key free."""
    assert decide(CLAIM, Stopped(StopReason.CANCELLED), final=final) == Finish(
        CLAIM, ExecutionState.CANCELLED, "", b"", final
    )


@final_or_not
def test_a_run_that_a_shutdown_has_stopped_is_given_back_at_once(final: bool) -> None:
    """Another worker can have it without delay."""
    assert decide(CLAIM, Stopped(StopReason.SHUTDOWN), final=final) == Release(CLAIM, 0, 0)


@final_or_not
def test_of_a_lost_run_nothing_is_recorded(final: bool) -> None:
    """It is another worker's by now."""
    assert decide(CLAIM, Stopped(StopReason.LOST), final=final) is None


@final_or_not
def test_an_unknown_function_is_given_back_with_a_growing_delay(final: bool) -> None:
    """A worker that knows it may come; until then nobody spins."""
    assert decide(CLAIM, Unknown(), final=final) == Release(CLAIM, 1_000, 60_000)


def test_every_reason_to_stop_has_its_outcome() -> None:
    """No reason is forgotten."""
    for reason in StopReason:
        decide(CLAIM, Stopped(reason), final=False)
