"""From how a run has ended to what becomes of its execution: a pure function."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..errors import PayloadError
from ..model import payload
from ..model.states import ExecutionState
from ..storage.deliveries import Claim, Condemn, Finish, Outcome, Release, Retry
from ._running import StopReason

_FIRST_DELAY_MS = 1_000
_LONGEST_DELAY_MS = 60_000


@dataclass(frozen=True, slots=True)
class Returned:
    """The task has returned a value, and its dependencies have been cleaned up."""

    value: Any


@dataclass(frozen=True, slots=True)
class Raised:
    """The task, one of its dependencies or their clean-up has raised."""

    error: BaseException
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The worker has stopped its copy."""

    reason: StopReason


@dataclass(frozen=True, slots=True)
class Unknown:
    """The worker knows no such task."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The arguments cannot be unpickled here, so the task has not begun."""

    error: PayloadError


type Ending = Returned | Raised | Stopped | Unknown | Unreadable


def decide(claim: Claim, ending: Ending, *, final: bool, borne: int = 0) -> Outcome | None:
    """What to record of a run that has ended; None if it is not this worker's to record anything.

    Args:
        claim: The claim under which it ran.
        ending: How it ended.
        final: Nothing may follow it, neither a retry nor a successor.
        borne: How often an attempt may be lost before it has died.
    """
    match ending:
        case Returned(value):
            return _completed(claim, value, final)
        case Raised(error, delay):
            return _failed(claim, error, delay, final)
        case Stopped(reason):
            return _stopped(claim, reason, final, borne)
        case Unknown():
            return postponed(claim)
        case Unreadable(unreadable):
            return Condemn(claim, f"the arguments cannot be read: {unreadable}", final)


def postponed(claim: Claim) -> Release:
    """What to record of an execution that this worker cannot begin, and another one perhaps can."""
    return Release(claim, _FIRST_DELAY_MS, _LONGEST_DELAY_MS)


def _completed(claim: Claim, value: Any, final: bool) -> Finish:
    try:
        return Finish(claim, ExecutionState.COMPLETED, result=payload.dumps_result(value), final=final)
    except PayloadError as error:
        # To run the task again would do its work twice and end the same way.
        text = f"the task has returned, but its result cannot be kept: {error}"
        return Finish(claim, ExecutionState.FAILED, text, payload.dumps_exception(PayloadError(text)), final)


def _failed(claim: Claim, error: BaseException, delay: timedelta | None, final: bool) -> Finish | Retry:
    text, data = payload.describe(error), payload.dumps_exception(error)
    if delay is None or final:
        return Finish(claim, ExecutionState.FAILED, text, data, final)
    return Retry(claim, max(0, round(delay / timedelta(milliseconds=1))), text, data)


def _stopped(claim: Claim, reason: StopReason, final: bool, borne: int) -> Outcome | None:
    match reason:
        case StopReason.CANCELLED:
            return Finish(claim, ExecutionState.CANCELLED, final=final)
        case StopReason.SHUTDOWN:
            return Release(claim)
        case StopReason.FELLED:
            return Release(claim, borne=borne)
        case StopReason.LOST | StopReason.ABANDONED:
            return None
