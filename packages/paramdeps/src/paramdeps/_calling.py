"""`call`: resolves, calls and cleans up in one step."""

from collections.abc import Awaitable, Callable
from typing import Any, overload

from ._factories import is_awaitable
from ._plan import plan


@overload
async def call[**P, R](function: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
@overload
async def call[**P, R](function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
async def call(function: Any, /, *args: Any, **kwargs: Any) -> Any:
    """Call a function with its dependencies resolved, and clean them up before returning.

        await call(report, date.today())

    Parameters:
        function: a function, async or not, or any other callable.
        args: its positional arguments.
        kwargs: its keyword arguments. A dependency that is passed is not resolved.

    Returns:
        What the function returned, awaited. None if it raised and one of its dependencies suppressed that.

    Raises:
        DeclarationError: the dependencies cannot work.
        MissingArgumentError: a dependency asks for an argument that was not passed.
    """
    planned = plan(function)
    if planned.is_empty:
        result = function(*args, **kwargs)
        return await result if is_awaitable(result) else result
    return await planned.run(args, kwargs)
