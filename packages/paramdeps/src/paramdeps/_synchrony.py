"""Runs a plan where there is no event loop: nothing in it may wait."""

from collections.abc import Coroutine, Mapping
from typing import Any

from ._factories import is_awaitable
from ._layouts import refuse_generator
from ._placeholders import refuse_passed
from ._plan import Plan
from ._signatures import name_of
from .errors import MissingAppError, NotSynchronousError


def run_synchronously(planned: Plan[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Resolve, call and clean up.

    Raises:
        NotSynchronousError: something has to be awaited.
        MissingAppError: something is shared.
    """
    if planned.is_stream:
        refuse_generator(name_of(planned.function))
    if planned.is_empty:
        refuse_passed(planned.function, args, kwargs)
        return _at_hand(planned, planned.function(*args, **kwargs))
    if shared := planned.shared(args, kwargs):
        name = name_of(planned.function)
        raise MissingAppError(
            f"call_sync() has no App to share {', '.join(shared)}, as an App needs an event loop: "
            f"use `async with App() as app: await app.call({name}, ...)` in one, or declare it by Depends"
        )
    waiting = planned.asynchronous(args, kwargs)
    if waiting:
        raise NotSynchronousError(f"call_sync() cannot wait for {', '.join(waiting)}: use call() in an event loop")
    return _finish(_run(planned, args, kwargs))


async def _run(planned: Plan[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    async with planned.resolve(args, kwargs) as resolution:
        return _at_hand(planned, planned.function(*resolution.args, **resolution.kwargs))


def _at_hand(planned: Plan[Any], result: Any) -> Any:
    """What the function returned; refused if it has to be awaited."""
    if is_awaitable(result):
        if isinstance(result, Coroutine):
            result.close()
        name = name_of(planned.function)
        raise NotSynchronousError(f"call_sync() cannot wait for {name}(): use call() in an event loop")
    return result


def _finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never has to wait; whenever it does, it is told that it cannot."""
    error = None
    while True:
        try:
            if error is None:
                coroutine.send(None)
            else:
                coroutine.throw(error)
        except StopIteration as finished:
            return finished.value
        error = NotSynchronousError("call_sync() cannot wait for what this awaits: use call() in an event loop")
