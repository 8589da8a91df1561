"""`App`: what lasts longer than a call, and how calls are run."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any, final, overload

from ._calling import streaming
from ._compiler import unit_of
from ._depends import FactoryMarker, Use
from ._factories import is_awaitable
from ._overrides import overrides_in_force
from ._placeholders import refuse_passed
from ._plan import plan
from ._scopes import Scope
from .errors import InvalidOptionError, ScopeError


@final
class App(Scope):
    """The owner of all values that are declared with `Shared`, for as long as its block lasts.

        async with App() as app:
            await app.call(report, date.today())

    Each is built at the first need, once, in a task of its own, which cleans it up when the block is left: in reverse
    order, and with the exception, if any, that ended the block. Any number of tasks may use it at once, also those that
    were there before it, in the event loop in which it was entered. When the block is left, its calls should be over:
    what is still being built is cancelled. A clean-up may call functions that want what is left after it.

    A value is kept until then, even if nobody will ask for it any more, as for one that an `override` has replaced. One
    that comes to an end by itself, as when a task of its task group fails, is built anew at the next need; so is every
    shared value that is made of it, which is left before it. Calls that have it are not told, but whoever leaves the
    block is.

    A factory that waits for the very value that it makes is refused, whether it waits itself or lets a function that it
    calls do so; but not if it does in other tasks that it has started, as nothing tells that it waits for these.

    Parameters:
        collect_errors: go on when a dependency of a call cannot be entered, with those that do not need it, and raise
            all errors in the end as `DependencyErrors`, rather than the first at once. The body does not run either
            way, and what was entered is cleaned up.
        concurrent: enter those dependencies of a call at the same time that do not need each other, each in a task of
            its own. They are left one after the other, in reverse of the order in which they are declared. Context
            variables that they set are not seen by the body; and when a task of a task group fails that one of them
            holds, that one is left at once, but the body goes on without it; nor does a deadline that one of them sets
            reach the others and the body. Use an `App` without this where it must.
        cleanup_timeout: how long each clean-up may take, of a call's dependencies and of shared values. One that takes
            longer is cancelled, and raises `CleanUpTimeoutError`; the others follow.

    Raises:
        InvalidOptionError: `cleanup_timeout` is no `timedelta`, or not above zero.
    """

    def __init__(
        self, *, collect_errors: bool = False, concurrent: bool = False, cleanup_timeout: timedelta | None = None
    ) -> None:
        if cleanup_timeout is not None:
            _check_timeout(cleanup_timeout)
        super().__init__(collect_errors, concurrent, cleanup_timeout)

    @overload
    async def call[**P, R](self, function: Callable[P, Awaitable[R]], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    async def call[**P, R](self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...
    async def call(self, function: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call a function with its dependencies resolved, and clean up those of the call before returning.

        Parameters:
            function: a function, async or not, or any other callable.
            args: its positional arguments.
            kwargs: its keyword arguments. A dependency that is passed is not resolved.

        Returns:
            What the function returned, awaited. None if it raised and one of its dependencies suppressed that.

        Raises:
            DeclarationError: the dependencies cannot work.
            MissingArgumentError: an argument that the function or a dependency needs was not passed.
            ClosedAppError: a dependency is shared, and the application is not open.
            DependencyErrors: dependencies could not be entered, if the errors are collected.
            StreamError: it is a generator function: use `stream`.
        """
        planned = plan(function)
        if planned.is_empty and not planned.is_stream:
            refuse_passed(function, args, kwargs)
            result = function(*args, **kwargs)
            return await result if is_awaitable(result) else result
        return await planned.run(args, kwargs, self)

    def stream[**P, T](
        self, function: Callable[P, AsyncIterator[T]], /, *args: P.args, **kwargs: P.kwargs
    ) -> AsyncGenerator[T]:
        """Iterate over what an async generator function yields, as `paramdeps.stream` does.

        Parameters:
            function: an async generator function.
            args: its positional arguments.
            kwargs: its keyword arguments. A dependency that is passed is not resolved.
        """
        return streaming(function, args, kwargs, self)

    async def get[T](self, declared: T, /) -> T:
        """The value that a parameter with this default would have, for those that must be there from the start.

            await app.get(Shared(pool))

        Parameters:
            declared: what `Shared` returned.

        Raises:
            ScopeError: it is anything else, which would be cleaned up before it could be used.
            DeclarationError: its dependencies cannot work.
            ClosedAppError: the application is not open.
        """
        if not (isinstance(declared, FactoryMarker) and declared.use is Use.SHARED):
            raise ScopeError(f"get() takes what Shared() returned, which outlives a call, and not {declared!r}")
        value: T = await self.build(unit_of(declared, overrides_in_force()))
        return value


def _check_timeout(given: object) -> None:
    """Refuse what is no time that a clean-up may take."""
    if not isinstance(given, timedelta):
        raise InvalidOptionError(f"cleanup_timeout is a timedelta, not {given!r}: write timedelta(seconds=...)")
    if given <= timedelta():
        raise InvalidOptionError(f"cleanup_timeout is {given}: give each clean-up some time, or leave it out")
