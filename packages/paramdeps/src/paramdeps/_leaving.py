"""Leaves what was entered, in reverse order, whatever happens."""

import asyncio
import sys
from typing import Any, NoReturn

from ._factories import Kind, leave
from ._program import Opened, Step
from .errors import CleanUpTimeoutError, EntryCancelledError, YieldError

# Members of an enumeration are slower to reach than module globals.
_GENERATOR = Kind.GENERATOR
_ASYNC_GENERATOR = Kind.ASYNC_GENERATOR
_MANAGER = Kind.MANAGER

FINISHED = object()
"""What `next` and `anext` are told to return for a generator that has ended."""


async def abandon(opened: Opened, error: BaseException, step: Step | None, seconds: float | None = None) -> None:
    """Leave what is `opened` because entering `step` raised `error`, which the caller raises again.

    Although a clean-up suppresses it, as there is nothing to go on with. But a cancellation that has been suppressed is
    over: one more would cancel whoever has not been cancelled.

    Raises:
        EntryCancelledError: it was one.
    """
    if step is not None:
        note_path(error, step)
    suppressed = await unwind(opened, error, pending=False, seconds=seconds)
    if suppressed and isinstance(error, asyncio.CancelledError):
        raise EntryCancelledError(
            f"{'entering' if step is None else step.path} was cancelled, and the clean-up of another dependency has "
            "suppressed that: there is nothing to go on with"
        ) from error


async def close(opened: Opened) -> None:
    """Leave what is `opened` after a body that went well."""
    failure = None
    step = None
    try:
        while opened:
            kind, resource, step = opened.pop()
            if kind is _ASYNC_GENERATOR:
                if await anext(resource, FINISHED) is not FINISHED:
                    await resource.aclose()
                    refuse(step, "yielded more than one value")
            elif kind is _GENERATOR:
                if next(resource, FINISHED) is not FINISHED:
                    resource.close()
                    refuse(step, "yielded more than one value")
            elif kind is _MANAGER:
                resource.__exit__(None, None, None)
            else:
                await resource.__aexit__(None, None, None)
    except BaseException as error:  # noqa: BLE001 - raised again when the others are cleaned up
        failure = error
    if failure is not None and step is not None:
        await fail_to_leave(opened, failure, step)


async def fail_to_leave(opened: Opened, failure: BaseException, step: Step) -> None:
    """Leave what is still `opened` because leaving `step` raised `failure`, and raise what becomes of that."""
    _note(failure, f"while cleaning up {step.path}")
    await unwind(opened, failure, pending=True)


async def unwind(opened: Opened, error: BaseException | None, *, pending: bool, seconds: float | None = None) -> bool:
    """Leave what is `opened` because of `error`, as `AsyncExitStack.__aexit__` does.

    Parameters:
        opened: what is left, and emptied.
        error: what the first clean-up is told.
        pending: whether `error` is to be raised at the end if nothing suppresses it.
        seconds: how long each clean-up may take; None for as long as it likes.

    Returns:
        Whether `error`, and what came in its place, has been suppressed.
    """
    frame_error = sys.exception()
    current = error
    while opened:
        kind, resource, step = opened.pop()
        try:
            if seconds is None:
                suppressed = await leave_step(kind, resource, current, step)
            else:
                async with _Limit(seconds, step):
                    suppressed = await leave_step(kind, resource, current, step)
            if suppressed:
                current, pending = None, False
        except BaseException as new_error:  # noqa: BLE001 - raised again when the others are cleaned up
            if new_error is not current:
                _note(new_error, f"while cleaning up {step.path}")
            _chain(new_error, current, frame_error)
            current, pending = new_error, True
    if current is not None and pending:
        context = current.__context__
        try:
            raise current
        finally:
            current.__context__ = context  # which raising it here has replaced
    return current is None


async def leave_step(kind: Kind, resource: Any, error: BaseException | None, step: Step) -> bool | None:
    """Leave one resource; one that is told of no error is left as `close` does it."""
    if kind not in (_GENERATOR, _ASYNC_GENERATOR):
        return await leave(kind, resource, error)
    if error is None:
        await close([(kind, resource, step)])
        return False
    watched = _Watched(resource)
    try:
        return await leave(kind, watched, error)
    except RuntimeError:
        if not watched.has_yielded:
            raise
    return refuse(step, "yielded more than one value")


class _Watched:
    """A generator, async or not, of which is known whether it has yielded when something was thrown into it."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self.has_yielded = False

    def close(self) -> None:
        """Close a generator."""
        self._generator.close()

    async def aclose(self) -> None:
        """Close an async generator."""
        await self._generator.aclose()

    def throw(self, error: BaseException) -> None:
        """Throw into a generator."""
        self._generator.throw(error)
        self.has_yielded = True

    async def athrow(self, error: BaseException) -> None:
        """Throw into an async generator."""
        await self._generator.athrow(error)
        self.has_yielded = True


class _Limit:
    """The time that one clean-up has."""

    def __init__(self, seconds: float, step: Step) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._seconds = seconds
        self._step = step

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: object) -> None:
        try:
            await self._timeout.__aexit__(exc_type, exc, None)
        except TimeoutError:
            raise CleanUpTimeoutError(
                f"{self._step.path} was not cleaned up within {self._seconds:g} s, and has been cancelled; "
                "what it waited for may still be open",
                self._seconds,
            ) from exc


def _chain(error: BaseException, earlier: BaseException | None, frame_error: BaseException | None) -> None:
    """Put `earlier` at the end of the context of `error`, where Python has put the handled `frame_error`."""
    link = earlier
    while link is not None:
        if link is error:
            return
        link = link.__context__
    while (context := error.__context__) is not frame_error:
        if context is None or context is earlier:
            return
        error = context
    error.__context__ = earlier


def refuse(step: Step, fault: str) -> NoReturn:
    """Say that the generator of `step` did not yield once."""
    raise YieldError(f"{step.path} {fault}; a generator that is a dependency yields exactly once")


def note_path(error: BaseException, step: Step) -> None:
    """Note the path of what could not be entered, unless a longer one is noted already."""
    note_way(error, step.path)


def note_way(error: BaseException, path: str) -> None:
    """The same, of a path in words."""
    _note(error, f"while resolving {path}")


def _note(error: BaseException, note: str) -> None:
    """Add a note once: the same exception may be raised by many calls, and a shared value's has a longer path."""
    notes = getattr(error, "__notes__", ())
    if not any(other.startswith(note) for other in notes):
        # Not by `add_note`, which an exception that is frozen refuses.
        BaseException.__setattr__(error, "__notes__", [*notes, note])
