"""`Shared`: a value that lasts as long as the application."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, overload

from ._depends import Use, declare
from ._factories import AsyncManager, Manager


@overload
def Shared[I: Iterator[Any] | AsyncIterator[Any]](factory: type[I], /, *args: Any, **bindings: Any) -> I: ...
@overload
def Shared[**P, T](factory: Callable[P, AsyncManager[T, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Shared[**P, T](factory: Callable[P, Manager[T, Any, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Shared[**P, T](factory: Callable[P, AsyncIterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Shared[**P, T](factory: Callable[P, Iterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Shared[**P, T](factory: Callable[P, Awaitable[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Shared[**P, T](factory: Callable[P, T], /, *args: P.args, **bindings: P.kwargs) -> T: ...
def Shared(factory: Any, /, *args: Any, **bindings: Any) -> Any:
    """Declare that a parameter's value is made once by an `App`, at the first need, and cleaned up with it.

        async def pool() -> AsyncIterator[Pool]:
            async with create_pool() as pool:
                yield pool

        async def connection(pool: Pool = Shared(pool)) -> AsyncIterator[Connection]: ...

        async with App() as app:
            await app.call(report, date.today())

    However many calls want it first, it is made once: in a task of its own, in which it is cleaned up as well,
    so that it may hold task groups and cancel scopes. What fails to be made is made anew for the next that
    wants it. What it depends on itself is the application's too, also what it declares by `Depends`.

    Parameters:
        factory: as for `Depends`, except that it cannot be a `Dependency`.
        args: values for the factory's own parameters, by position.
        bindings: values for the factory's own parameters, by name. Other bindings make another value.

    Raises:
        InvalidDependencyError: as for `Depends`.
        ScopeError: when a function that wants it is compiled, and it needs an argument of the call.
    """
    return declare(Use.SHARED, factory, args, bindings)
