"""Where value, awaitable, generator and context manager become "enter" and "exit"."""

import copy
import functools
import inspect
import itertools
from collections.abc import AsyncGenerator, Callable, Generator, Iterable
from contextlib import (
    _AsyncGeneratorContextManager as AsyncManager,  # pyright: ignore[reportPrivateUsage]
)
from contextlib import (
    _GeneratorContextManager as Manager,  # pyright: ignore[reportPrivateUsage]
)
from contextlib import asynccontextmanager, contextmanager
from enum import Enum, auto
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MethodType,
)
from typing import Any, final, get_args

from ._signatures import name_of, origin_of
from .dependency import Dependency
from .errors import InvalidDependencyError, ReturnedGeneratorError

__all__ = [
    "AsyncManager",
    "Entering",
    "Kind",
    "Manager",
    "binder",
    "copier",
    "dependency_kind",
    "entering",
    "identity",
    "is_awaitable",
    "kind_of",
    "nature",
]


@contextmanager
def _decorated() -> Generator[None]:
    yield


@asynccontextmanager
async def _async_decorated() -> AsyncGenerator[None]:
    yield


# All functions that a decorator makes share the code of its inner function.
_DECORATED = {helper.__code__ for helper in (_decorated, _async_decorated)}


_EMPTY: dict[object, object] = {}
_ITERABLES: list[Iterable[object]] = [[], (), set[object](), "", b"", range(0), _EMPTY, _EMPTY.values(), _EMPTY.items()]
# What a function returns in place of yielding: type checkers take it for a generator, whose value is what it yields.
_BARE_ITERATORS = {
    *(type(iter(iterable)) for iterable in _ITERABLES),
    *(map, filter, zip, enumerate, reversed),
    *(kind for kind in vars(itertools).values() if isinstance(kind, type) and hasattr(kind, "__next__")),
}


class Kind(Enum):
    """What is to be done with what a step's function returns."""

    CALL = auto()  # find out by `nature`, it is not known before the call
    VALUE = auto()  # use it
    AWAITABLE = auto()  # await it
    GENERATOR = auto()  # advance it, once to enter and once to leave
    ASYNC_GENERATOR = auto()  # the same, awaiting
    MANAGER = auto()  # enter and exit it
    ASYNC_MANAGER = auto()  # the same, awaiting
    DEPENDENCY = auto()  # the same, and remember it: it is a `Dependency`
    DEPENDENCY_WITHOUT_EXIT = auto()  # the same, but there is nothing to leave
    SHARED = auto()  # use it, unless it is MISSING: then have the application build it


def call_of(function: object) -> object:
    """What a call of `function` runs, if it is an object with `__call__`."""
    return getattr(type(function), "__call__", None)  # noqa: B004 - the method itself is wanted


def kind_of(factory: Callable[..., Any]) -> Kind:
    """What is to be done with the results of `factory`, as far as its code tells."""
    while isinstance(factory, functools.partial):
        factory = factory.func
    factory = origin_of(factory)
    if isinstance(factory, type):
        return Kind.AWAITABLE if hasattr(factory, "__await__") else Kind.VALUE
    for function in (factory, call_of(factory)):
        if inspect.isasyncgenfunction(function):
            return Kind.ASYNC_GENERATOR
        if inspect.isgeneratorfunction(function):
            return Kind.GENERATOR
        if inspect.iscoroutinefunction(function):
            return Kind.AWAITABLE
    return Kind.CALL


def generator_of(factory: Callable[..., Any]) -> Callable[..., Any]:
    """The generator function that `contextmanager` or `asynccontextmanager` decorated, else `factory` itself.

    Run without the context manager around it, it takes two thirds of the time.
    """
    if isinstance(factory, FunctionType) and factory.__code__ in _DECORATED:
        function: Callable[..., Any] = factory.__wrapped__  # type: ignore[attr-defined]
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            return function
    return factory


def nature(value: object, path: str) -> Kind:
    """What is to be done with `value`, which a plain call returned.

    What `contextmanager` and `asynccontextmanager` make has no other use than to be entered, so it is. Any
    other object that merely could be entered, such as a lock or a connection, is a value.

    Raises:
        ReturnedGeneratorError: it is a generator or a bare iterator, which was meant to be a resource or is a mistake.
    """
    kind = type(value)
    if kind is Manager:
        return Kind.MANAGER
    if kind is AsyncManager:
        return Kind.ASYNC_MANAGER
    if kind in (GeneratorType, AsyncGeneratorType):
        raise ReturnedGeneratorError(
            f"{path} returned {'a generator' if kind is GeneratorType else 'an async generator'} instead of "
            "a value: use `yield` (or `yield from`) in it, or decorate what it calls with "
            "contextlib.contextmanager or contextlib.asynccontextmanager"
        )
    if kind in _BARE_ITERATORS:
        raise ReturnedGeneratorError(
            f"{path} returned a bare iterator, a {kind.__name__}, which can be read only once: return a list "
            "or a tuple, or `yield` the iterator"
        )
    return Kind.AWAITABLE if is_awaitable(value) else Kind.VALUE


def is_awaitable(value: object) -> bool:
    """Whether `value` can be awaited."""
    return type(value) is CoroutineType or hasattr(type(value), "__await__")


def identity(function: Callable[..., Any]) -> object:
    """A key that is equal for the same callable only, hashable or not.

    A method is made anew each time it is looked up, and compares by its instance's identity. What is to be entered
    is the same if it is made by the same. A generic alias may be made anew as well.
    """
    if isinstance(function, Entering):
        return (Entering, identity(function.factory))
    if (origin := origin_of(function)) is not function:
        return (origin, get_args(function))
    return function if isinstance(function, MethodType | BuiltinMethodType) else id(function)


@final
class Entering:
    """A factory of context managers: they enter and leave what another factory returns, whatever it is.

    Attributes:
        factory: the other one.
    """

    def __init__(self, factory: Callable[..., Any]) -> None:
        self.factory: Callable[..., Any] = factory
        self.__wrapped__ = factory  # so that it has its signature
        self.__name__ = name_of(factory)

    def __call__(self, *args: Any, **kwargs: Any) -> object:
        """Make what is to be entered, and a context manager of the only kind that is entered when it is returned."""
        made: object = self.factory(*args, **kwargs)
        if type(made) in (Manager, AsyncManager):
            return made
        if not hasattr(type(made), "__aenter__") and is_awaitable(made):
            return _awaited_and_entered(made, self.__name__)
        return _entered(made, self.__name__)


def _entered(made: object, name: str) -> Manager[Any] | AsyncManager[Any]:
    """A context manager that enters and leaves `made`, as `async with` does if it can."""
    if hasattr(type(made), "__aenter__"):
        return _entered_by_waiting(made)
    if hasattr(type(made), "__enter__"):
        return _entered_at_once(made)
    raise InvalidDependencyError(
        f"entered({name}) made {made!r}, which has neither __aenter__ nor __enter__: it is declared without entered()"
    )


@contextmanager
def _entered_at_once(made: Any) -> Generator[Any]:
    with made as value:
        yield value


@asynccontextmanager
async def _entered_by_waiting(made: Any) -> AsyncGenerator[Any]:
    async with made as value:
        yield value


@asynccontextmanager
async def _awaited_and_entered(made: Any, name: str) -> AsyncGenerator[Any]:
    manager = _entered(await made, name)
    if isinstance(manager, Manager):
        with manager as value:
            yield value
    else:
        async with manager as value:
            yield value


def entering(factory: Callable[..., Any]) -> Callable[..., Any]:
    """A factory of what is entered; those that yield are such already."""
    yields = kind_of(generator_of(factory)) in (Kind.GENERATOR, Kind.ASYNC_GENERATOR)
    return factory if yields or isinstance(factory, Entering) else Entering(factory)


class _Plain:
    """The layout of instances that keep everything in their `__dict__`."""


def copier[D: Dependency[Any]](instance: D) -> Callable[[], D]:
    """A function that makes shallow copies of `instance`.

    `copy.copy` takes 1.1 to 1.4 microseconds for an instance without hooks of its own, this 0.2 to 0.3.
    """
    kind = type(instance)
    hooks = ("__reduce__", "__reduce_ex__", "__getstate__")
    plain = (
        kind.__basicsize__ == _Plain.__basicsize__  # neither slots nor a built-in base
        and not hasattr(kind, "__copy__")
        and not hasattr(kind, "__setstate__")
        and all(getattr(kind, hook) is getattr(object, hook) for hook in hooks)
    )
    if not plain:
        return lambda: copy.copy(instance)
    new = object.__new__

    def copied() -> D:
        other = new(kind)
        if state := vars(instance):
            vars(other).update(state)
        return other

    return copied


def binder[D: Dependency[Any]](instance: D, parameter: str) -> Callable[[Any], D]:
    """A function that makes a copy of `instance` and tells it the value of the parameter whose hint it is in."""
    copied = copier(instance)

    def bound(value: Any) -> D:
        copy_of_call = copied()
        copy_of_call.bind_to_parameter(parameter, value)
        return copy_of_call

    return bound


def dependency_kind(instance: Dependency[Any]) -> Kind:
    """What is to be done with copies of `instance`."""
    has_exit = type(instance).__aexit__ is not vars(Dependency)["__aexit__"]
    return Kind.DEPENDENCY if has_exit else Kind.DEPENDENCY_WITHOUT_EXIT
