"""Leaves what was entered, in reverse order, whatever happens."""

import asyncio
import sys
from typing import Any

from ._factories import Kind
from ._generators import FINISHED, leave_async_generator, leave_generator, refuse_second
from ._program import Opened, Step
from .errors import CleanUpTimeoutError, EntryCancelledError

# Members of an enumeration are slower to reach than module globals.
_GENERATOR = Kind.GENERATOR
_ASYNC_GENERATOR = Kind.ASYNC_GENERATOR
_MANAGER = Kind.MANAGER


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
                    refuse_second(step.path)
            elif kind is _GENERATOR:
                if next(resource, FINISHED) is not FINISHED:
                    resource.close()
                    refuse_second(step.path)
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
    """Leave one resource because of `error`, if any; the result says whether that is suppressed."""
    if kind is _GENERATOR:
        return leave_generator(resource, error, step.path)
    if kind is _ASYNC_GENERATOR:
        return await leave_async_generator(resource, error, step.path)
    details = (None, None, None) if error is None else (type(error), error, error.__traceback__)
    suppressed: bool | None
    if kind is _MANAGER:
        suppressed = resource.__exit__(*details)
    else:
        suppressed = await resource.__aexit__(*details)
    return suppressed


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
