"""`Depends`, `Fresh` and `marker`: how a dependency becomes a parameter's default value."""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from enum import Enum
from typing import Any, cast, final, overload

from ._factories import AsyncManager, Manager
from ._signatures import name_of, origin_of, signature_of
from .dependency import Dependency, is_dependency
from .errors import InvalidDependencyError


class Use(Enum):
    """How long a value lasts, and who gets the same one; named by what declares it."""

    CACHED = "Depends"  # all who want it in one call
    FRESH = "Fresh"  # nobody else
    SHARED = "Shared"  # all who want it in an application


@final
class FactoryMarker:
    """The default value that `Depends(factory, ...)` leaves in a signature, or `Fresh` or `Shared`.

    Attributes:
        use: which of them it is.
        factory: what makes the value.
        args: what is bound to its parameters, in their order, up to the first that is left open.
        bindings: what is bound to the others, by name.
    """

    __slots__ = ("args", "bindings", "factory", "use")

    def __init__(self, use: Use, factory: Callable[..., Any], args: tuple[Any, ...], bindings: dict[str, Any]) -> None:
        self.use: Use = use
        self.factory: Callable[..., Any] = factory
        self.args: tuple[Any, ...] = args
        self.bindings: dict[str, Any] = bindings

    def __repr__(self) -> str:
        words = [name_of(self.factory), *map(repr, self.args)]
        words += [f"{name}={value!r}" for name, value in self.bindings.items()]
        return f"{self.use.value}({', '.join(words)})"


def declare(use: Use, factory: Any, args: tuple[Any, ...], bindings: dict[str, Any]) -> Any:
    """The marker of a factory; an instance of `Dependency` is its own.

    Raises:
        InvalidDependencyError: `factory` cannot be called, is a class of dependencies and not one of them, or
            has no parameters for what is bound.
    """
    word = use.value
    if is_dependency(factory):
        name = type(factory).__name__
        if args or bindings:
            raise InvalidDependencyError(f"{word}({name}(...)) takes no bindings: pass them to {name}()")
        if use is not Use.CACHED:
            raise InvalidDependencyError(f"{word}() takes a factory: each call has its own copy of {name}(...)")
        return factory
    if not callable(factory):
        raise InvalidDependencyError(f"{word}() takes a callable or a Dependency, not {factory!r}")
    made = origin_of(factory)
    if inspect.isclass(made) and issubclass(made, Dependency):
        name = name_of(factory)
        raise InvalidDependencyError(f"{word}({name}) takes an instance of {name}: write {name}(...)")
    if (args or bindings) and (signature := signature_of(factory)) is not None:
        try:
            bound = signature.bind_partial(*args, **bindings)
        except TypeError as error:
            raise InvalidDependencyError(f"{word}({name_of(factory)}, ...): {error}") from None
        args, bindings = bound.args, bound.kwargs
    return FactoryMarker(use, factory, args, bindings)


@overload
def Depends[T](dependency: Dependency[T], /) -> T: ...
@overload
def Depends[I: Iterator[Any] | AsyncIterator[Any]](factory: type[I], /, *args: Any, **bindings: Any) -> I: ...
@overload
def Depends[**P, T](factory: Callable[P, AsyncManager[T, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Depends[**P, T](factory: Callable[P, Manager[T, Any, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Depends[**P, T](factory: Callable[P, AsyncIterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Depends[**P, T](factory: Callable[P, Iterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Depends[**P, T](factory: Callable[P, Awaitable[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Depends[**P, T](factory: Callable[P, T], /, *args: P.args, **bindings: P.kwargs) -> T: ...
def Depends(factory: Any, /, *args: Any, **bindings: Any) -> Any:
    """Declare that a parameter's value is made by `factory` for each call, and cleaned up after it.

        async def connection(pool: Pool = Depends(get_pool)) -> AsyncIterator[Connection]:
            async with pool.acquire() as connection:
                yield connection

        async def report(day: date, db: Connection = Depends(connection)) -> Report: ...

    What makes the value may be a function, an async function, a class, or any other callable, whose result is
    the value, neither entered (see `entered`) nor closed; or a generator function, an async one, or a function
    decorated with `contextmanager` or `asynccontextmanager`, which yields the value and goes on after the call, as
    a context manager does. An awaitable result is awaited. Dependencies of its own parameters are resolved
    first. Within one call, the same factory with the same bindings is used once.

    To type checkers a function that returns an iterator is a generator function. So it must be one: bare iterators
    are refused, and an object that is its own iterator, as files are, is yielded rather than returned.

    Parameters:
        factory: makes the value; or an instance of `Dependency`.
        args: values for the factory's own parameters, by position.
        bindings: values for the factory's own parameters, by name. A value that is itself a dependency, or
            an `Argument`, is resolved.

    Returns:
        A marker. Type checkers see the type of the value that takes its place.

    Raises:
        InvalidDependencyError: `factory` cannot be called, is a class of dependencies and not one of them, or
            has no parameters for what is bound.
    """
    return declare(Use.CACHED, factory, args, bindings)


@overload
def Fresh[I: Iterator[Any] | AsyncIterator[Any]](factory: type[I], /, *args: Any, **bindings: Any) -> I: ...
@overload
def Fresh[**P, T](factory: Callable[P, AsyncManager[T, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Fresh[**P, T](factory: Callable[P, Manager[T, Any, Any]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Fresh[**P, T](factory: Callable[P, AsyncIterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Fresh[**P, T](factory: Callable[P, Iterator[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Fresh[**P, T](factory: Callable[P, Awaitable[T]], /, *args: P.args, **bindings: P.kwargs) -> T: ...
@overload
def Fresh[**P, T](factory: Callable[P, T], /, *args: P.args, **bindings: P.kwargs) -> T: ...
def Fresh(factory: Any, /, *args: Any, **bindings: Any) -> Any:
    """Declare a dependency as `Depends` does, but with a value of its own, which nobody else in the call gets.

        async def transfer(source: Connection = Fresh(connection), target: Connection = Fresh(connection)): ...

    What the factory itself depends on is shared within the call as always.

    (A word of its own rather than a parameter of `Depends`, all of whose keywords are the factory's.)

    Parameters:
        factory: as for `Depends`, except that it cannot be a `Dependency`: declare another instance instead.
        args: values for the factory's own parameters, by position.
        bindings: values for the factory's own parameters, by name.

    Raises:
        InvalidDependencyError: as for `Depends`.
    """
    return declare(Use.FRESH, factory, args, bindings)


def marker[**P, T](dependency: Callable[P, Dependency[T]], /) -> Callable[P, T]:
    """A class of dependencies, typed so that an instance fits where its value is expected.

        class _TaskKey(Dependency[str]): ...

        TaskKey = marker(_TaskKey)

        async def greet(name: str, key: str = TaskKey()) -> None: ...

    Parameters:
        dependency: a subclass of `Dependency`, or a function that returns an instance of one.

    Returns:
        `dependency` itself; type checkers see a callable with its parameters that returns the value.
    """
    return cast("Callable[P, T]", dependency)
