"""What kinds of callables make values, and what becomes of their results."""

import asyncio
import functools
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import pytest

from paramdeps import Depends, ReturnedGeneratorError, YieldError, call

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


class Enterable:
    """Could be entered, but nobody asked for it."""

    def __enter__(self) -> None:
        raise AssertionError

    def __exit__(self, *_: object) -> None:
        raise AssertionError

    async def __aenter__(self) -> None:
        raise AssertionError

    async def __aexit__(self, *_: object) -> None:
        raise AssertionError


def generator() -> Iterator[str]:
    yield "value"
    log.append("closed")


async def async_generator() -> AsyncIterator[str]:
    yield "value"
    log.append("closed")


def logged[T](function: T) -> T:
    """A decorator that keeps the function's look but not its code."""

    @functools.wraps(function)  # type: ignore[arg-type]
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)  # type: ignore[operator]

    return wrapper  # type: ignore[return-value]


class Pool:
    """Resources as methods."""

    def connect(self) -> Iterator[str]:
        """A bare generator."""
        yield "value"
        log.append("closed")

    @asynccontextmanager
    async def managed(self) -> AsyncIterator[str]:
        """A decorated one."""
        yield "value"
        log.append("closed")

    async def __call__(self) -> AsyncIterator[str]:
        """A callable object."""
        yield "value"
        log.append("closed")


def returning_generator() -> Iterator[str]:
    return iter(generator())


def returning_async_generator() -> AsyncIterator[str]:
    return async_generator()


def returning_manager() -> Any:
    return asynccontextmanager(async_generator)()


async def resolved(factory: Any) -> Any:
    """What a parameter that depends on `factory` gets."""

    async def task(value: Any = Depends(factory)) -> Any:
        log.append("body")
        return value

    return await call(task)


@pytest.mark.parametrize(
    "factory",
    [
        generator,
        async_generator,
        contextmanager(generator),  # type: ignore[arg-type]
        asynccontextmanager(async_generator),  # type: ignore[arg-type]
        functools.partial(generator),
        functools.partial(asynccontextmanager(async_generator)),  # type: ignore[arg-type]
        logged(contextmanager(generator)),  # type: ignore[arg-type]
        logged(asynccontextmanager(async_generator)),  # type: ignore[arg-type]
        returning_manager,
        contextmanager(returning_generator),  # type: ignore[arg-type]
        asynccontextmanager(returning_async_generator),  # type: ignore[arg-type]
        Pool().connect,
        Pool().managed,
        Pool(),
    ],
)
async def test_what_yields_is_a_resource(factory: Any) -> None:
    """The yielded value is injected, never the generator, and the rest runs after the body."""
    assert await resolved(factory) == "value"
    assert log == ["body", "closed"]


async def value() -> int:
    return 3


def returning_coroutine() -> Awaitable[int]:
    return value()


class Answer:
    """A class, a callable object, and not hashable."""

    def __init__(self, number: int = 3) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return self.number == other

    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> int:
        """A callable object."""
        return self.number


@pytest.mark.parametrize(
    "factory",
    [
        lambda: 3,
        value,
        returning_coroutine,
        functools.partial(value),
        functools.partial(int, "3"),
        Answer,
        Answer(),
        Answer().__call__,
        [3, 3].pop,
        functools.lru_cache(lambda: 3),
    ],
)
async def test_what_returns_makes_a_value(factory: Any) -> None:
    """Functions, async ones, classes, objects, methods, partials and builtins; awaitables are awaited."""
    assert await resolved(factory) == 3


async def test_a_function_may_return_now_a_value_and_now_an_awaitable() -> None:
    """What was found out about one result is not assumed of a result of another type."""
    results: list[Any] = [1, value(), 2]

    async def task(got: Any = Depends(lambda: results.pop(0))) -> Any:
        return got

    assert [await call(task) for _ in range(3)] == [1, 3, 2]


async def test_a_builtin_without_signature_is_called_with_nothing() -> None:
    """There is nothing to fill in."""
    assert await resolved(dict) == {}
    assert isinstance(await resolved(time.time), float)


class AwaitableClass:
    """Is awaited for its value."""

    def __await__(self) -> Generator[Any, None, str]:
        yield from asyncio.sleep(0).__await__()
        return "awaited"


async def test_an_awaitable_object_is_awaited() -> None:
    """Not only coroutines, and also when its class is the factory, as its type says."""

    def factory() -> Awaitable[str]:
        return AwaitableClass()

    assert await resolved(factory) == "awaited"
    assert await resolved(AwaitableClass) == "awaited"


@pytest.mark.parametrize("kind", ["function", "async function", "class"])
async def test_a_returned_object_is_never_entered(kind: str) -> None:
    """An object that merely has `__enter__` or `__aenter__` is handed over as it is."""
    thing = Enterable()

    async def async_factory() -> Enterable:
        return thing

    factories: dict[str, Any] = {
        "function": lambda: thing,
        "async function": async_factory,
        "class": Enterable,
    }
    assert isinstance(await resolved(factories[kind]), Enterable)


@pytest.mark.parametrize("factory", [returning_generator, returning_async_generator])
async def test_a_returned_generator_is_refused(factory: Any) -> None:
    """A plain function that returns a generator is told to yield, before the body runs."""
    with pytest.raises(ReturnedGeneratorError, match=f"task.value -> {factory.__name__} returned an? .*`yield`"):
        await resolved(factory)
    assert log == []


@pytest.mark.parametrize(
    "bare",
    [iter([1]), iter({1: 2}.items()), map(str, []), zip([], strict=True), itertools.chain()],
    ids=lambda bare: type(bare).__name__,
)
async def test_a_returned_iterator_is_refused(bare: object) -> None:
    """Type checkers take a function that returns one for a generator function, so it has to be one."""
    with pytest.raises(ReturnedGeneratorError, match=r"returned a bare iterator, .*list or a tuple, or `yield`"):
        await resolved(lambda: bare)
    assert log == []


async def test_an_object_that_is_its_own_iterator_is_a_value() -> None:
    """A class of such objects makes them, and a generator function hands one over."""

    class Consumer:
        def __aiter__(self) -> "Consumer":
            return self

        async def __anext__(self) -> bytes:
            raise StopAsyncIteration

    async def consumer() -> AsyncIterator[Consumer]:
        yield Consumer()

    assert isinstance(await resolved(Consumer), Consumer)
    assert isinstance(await resolved(consumer), Consumer)


def empty() -> Iterator[str]:
    yield from ()


async def async_empty() -> AsyncIterator[str]:
    for nothing in ():
        yield nothing


@pytest.mark.parametrize("factory", [empty, async_empty])
async def test_a_generator_that_yields_nothing_is_refused(factory: Any) -> None:
    """There is no value to inject."""
    with pytest.raises(YieldError, match=f"task.value -> {factory.__name__} ended without yielding"):
        await resolved(factory)
    assert log == []


def twice() -> Iterator[str]:
    try:
        yield "first"
        yield "second"
    finally:
        log.append("closed")


async def async_twice() -> AsyncIterator[str]:
    try:
        yield "first"
        yield "second"
    finally:
        log.append("closed")


@pytest.mark.parametrize("factory", [twice, async_twice])
async def test_a_generator_that_yields_twice_is_closed_and_refused(factory: Any) -> None:
    """It would otherwise be left suspended, and its clean-up never run."""
    with pytest.raises(YieldError, match="yielded more than one value"):
        await resolved(factory)
    assert log == ["body", "closed"]


async def yields_in_spite_of_an_error() -> AsyncIterator[int]:
    for number in range(2):
        with suppress(ValueError):
            yield number


def also_if_it_is_not_async() -> Iterator[int]:
    for number in range(2):
        with suppress(ValueError):
            yield number


@pytest.mark.parametrize("factory", [yields_in_spite_of_an_error, also_if_it_is_not_async])
async def test_a_generator_that_yields_again_when_the_body_fails_is_refused_as_well(factory: Any) -> None:
    """With the same error and its path, and what the body raised behind it."""

    async def task(value: int = Depends(factory)) -> None:
        raise ValueError("body")

    with pytest.raises(YieldError, match=r"task\.value -> .* yielded more than one value") as caught:
        await call(task)
    assert isinstance(caught.value.__context__, ValueError)
