"""One execution, from its arguments to its ending."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from paramdeps import Plan, plan

from ..errors import PayloadError
from ..execution import current_execution
from ..hooks import FailureHook
from ._decision import Ending, Raised, Returned, Stopped, Unknown, Unreadable
from ._running import Running, StopReason


async def perform(running: Running) -> Ending:
    """Run an execution's task here and now. Whatever that raises, SystemExit included, is its own affair.

    A copy that the worker has given back while it ran has no ending that counts.
    """
    ending = await _perform(running)
    return Stopped(running.stopped) if running.stopped is StopReason.ABANDONED else ending


async def _perform(running: Running) -> Ending:
    execution = running.execution
    function = execution.function
    if function is None:
        return Unknown()
    try:
        args, kwargs = execution.args, execution.kwargs
    except PayloadError as error:
        return Unreadable(error)
    current_execution.set(execution)
    try:
        compiled = plan(function)
        if not compiled.is_empty:
            return await _perform_with_dependencies(running, compiled, args, kwargs)
        return Returned(await function(*args, **kwargs))
    except BaseException as error:  # noqa: BLE001 - a task that calls sys.exit() ends itself, not the worker
        return _ended_by(running, error)


async def _perform_with_dependencies(
    running: Running, compiled: Plan[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Ending:
    resolution = compiled.resolve(args, kwargs)
    value = None
    try:
        async with resolution:
            value = await compiled.function(*resolution.args, **resolution.kwargs)
    except BaseException as error:  # noqa: BLE001 - as above
        ending = _ended_by(running, error)
        hooks = resolution.instances(FailureHook) or compiled.declared(FailureHook)
        if not isinstance(ending, Raised) or not hooks:
            return ending
        return await _consult(hooks[0], running, error)
    return Returned(value)


def _ended_by(running: Running, error: BaseException) -> Ending:
    if isinstance(error, asyncio.CancelledError):
        if running.stopped is None:
            # An event loop that closes cancels all tasks at once.
            running.stopped = running.swept()
        if running.stopped is not None:
            return Stopped(running.stopped)
    return Raised(error)


async def _consult(hook: FailureHook, running: Running, error: BaseException) -> Ending:
    try:
        return Raised(error, _checked_delay(await hook.on_failure(running.execution, error)))
    except BaseException as failure:  # noqa: BLE001 - a hook is the author's code as well
        failure.add_note(f"while {type(hook).__qualname__} decided what follows {error!r}")
        return _ended_by(running, failure)


def _checked_delay(delay: object) -> timedelta | None:
    if delay is None or isinstance(delay, timedelta):
        return delay
    raise TypeError(f"it answered {delay!r}, which is neither a timedelta nor None")
