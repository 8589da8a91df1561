"""`call`, `call_sync` and `stream`: resolve, call and clean up in one step."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, overload

from ._factories import Kind, is_awaitable, kind_of
from ._placeholders import refuse_passed
from ._plan import plan
from ._resolution import Resolution
from ._scopes import Scope
from ._signatures import name_of
from ._synchrony import run_synchronously
from .errors import StreamError


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
        MissingArgumentError: an argument that the function or a dependency needs was not passed.
        MissingAppError: a dependency is `Shared`: use `App.call`.
        StreamError: it is a generator function: use `stream`.
    """
    planned = plan(function)
    if planned.is_empty and not planned.is_stream:
        refuse_passed(function, args, kwargs)
        result = function(*args, **kwargs)
        return await result if is_awaitable(result) else result
    return await planned.run(args, kwargs)


def call_sync[**P, R](function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function that is not async with its dependencies resolved, where there is no event loop.

        call_sync(main, sys.argv[1:])

    Parameters:
        function: a function that is not async, nor are its dependencies; those that are instances of `Dependency`
            may be, as long as they do not wait for anything.
        args: its positional arguments.
        kwargs: its keyword arguments. A dependency that is passed is not resolved.

    Raises:
        NotSynchronousError: something has to be awaited. What has been entered is cleaned up.
        DeclarationError: the dependencies cannot work.
        MissingArgumentError: an argument that the function or a dependency needs was not passed.
        MissingAppError: a dependency is `Shared`: an application needs an event loop.
        StreamError: it is a generator function.
    """
    planned = plan(function)
    result: R = run_synchronously(planned, args, kwargs)
    return result


def stream[**P, T](function: Callable[P, AsyncIterator[T]], /, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T]:
    """Iterate over what an async generator function yields; its dependencies live until the stream ends.

        async for row in stream(rows, "orders"):
            ...

    Whoever stops early closes the stream, as with any async generator: `async with contextlib.aclosing(...)`.

    Parameters:
        function: an async generator function.
        args: its positional arguments.
        kwargs: its keyword arguments. A dependency that is passed is not resolved.

    Raises:
        StreamError: it is no async generator function.
        DeclarationError: the dependencies cannot work.
    """
    return streaming(function, args, kwargs, None)


def streaming(
    function: Callable[..., AsyncIterator[Any]], args: tuple[Any, ...], kwargs: Mapping[str, Any], app: Scope | None
) -> AsyncGenerator[Any]:
    """What `stream` and `App.stream` return."""
    planned = plan(function)
    if kind_of(function) is not Kind.ASYNC_GENERATOR:
        raise StreamError(f"{name_of(function)}() is no async generator function: use call() instead of stream()")
    resolution = planned.resolve(args, kwargs, app)
    return streamed(lambda: (resolution, lambda: function(*resolution.args, **resolution.kwargs)))()


def streamed(
    begin: Callable[..., tuple[Resolution, Callable[[], Any]]],
) -> Callable[..., AsyncGenerator[Any, Any]]:
    """An async generator function that yields what another one does, within a resolution.

    Parameters:
        begin: given the arguments, says which resolution, and what makes the generator when that has been entered.
    """

    async def items(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        resolution, make = begin(*args, **kwargs)
        async with resolution, aclosing(make()) as inner:
            coming = anext(inner)
            while True:
                try:
                    item = await coming
                except StopAsyncIteration:
                    return
                try:
                    sent = yield item
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - whoever throws it means the inner one
                    coming = inner.athrow(error)
                else:
                    coming = inner.asend(sent)

    return items
