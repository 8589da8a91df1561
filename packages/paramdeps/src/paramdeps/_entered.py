"""`entered`: what a factory returns, as a resource."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, overload

from ._factories import AsyncManager, Manager, entering
from .dependency import Dependency
from .errors import InvalidDependencyError


@overload
def entered[**P, T](
    factory: Callable[P, AbstractAsyncContextManager[T, Any]], /
) -> Callable[P, AsyncManager[T, Any]]: ...
@overload
def entered[**P, T](factory: Callable[P, AbstractContextManager[T, Any]], /) -> Callable[P, Manager[T, Any, Any]]: ...
@overload
def entered[**P, T](
    factory: Callable[P, Awaitable[AbstractAsyncContextManager[T, Any]]], /
) -> Callable[P, AsyncManager[T, Any]]: ...
@overload
def entered[**P, T](
    factory: Callable[P, Awaitable[AbstractContextManager[T, Any]]], /
) -> Callable[P, AsyncManager[T, Any]]: ...
def entered(factory: Any, /) -> Any:
    """A factory whose value is what comes of entering what `factory` returns, which is left after the call.

        async def fetch(url: str, client: Client = Depends(entered(Client), timeout=3)) -> bytes: ...

    For objects that are context managers, which are otherwise handed over as they are. An object that can be
    entered both ways is entered as `async with` does it. With `Shared`, it is left with the application. The same
    factory makes the same value, and one that replaces it (see `override`) makes what is entered in its place.

    Parameters:
        factory: a class of context managers, or a function, async or not, that returns one.

    Raises:
        InvalidDependencyError: `factory` cannot be called, or is a dependency; or, when it is used, what it returns
            cannot be entered.
    """
    if not callable(factory) or isinstance(factory, Dependency) or _is_dependency_class(factory):
        raise InvalidDependencyError(f"entered() takes a factory of context managers, not {factory!r}")
    return entering(factory)


def _is_dependency_class(factory: object) -> bool:
    return isinstance(factory, type) and issubclass(factory, Dependency)
