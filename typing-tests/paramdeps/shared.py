"""The type of `Shared(factory)` is that of the value the parameter gets, and what is bound is checked."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Dependency, Shared


class Pool:
    def __init__(self, size: int = 1) -> None: ...


class Makes:
    def __call__(self, size: int = 1) -> Pool:
        raise NotImplementedError

    async def method(self, size: int = 1) -> Pool:
        raise NotImplementedError


def function(size: int = 1) -> Pool:
    raise NotImplementedError


async def async_function(size: int = 1) -> Pool:
    raise NotImplementedError


def awaitable(size: int = 1) -> Awaitable[Pool]:
    raise NotImplementedError


def iterator(size: int = 1) -> Iterator[Pool]:
    yield Pool()


def generator(size: int = 1) -> Generator[Pool]:
    yield Pool()


async def async_iterator(size: int = 1) -> AsyncIterator[Pool]:
    yield Pool()


async def async_generator(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool()


@contextmanager
def manager(size: int = 1) -> Generator[Pool]:
    yield Pool()


@asynccontextmanager
async def async_manager(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool()


assert_type(Shared(function), Pool)
assert_type(Shared(async_function), Pool)
assert_type(Shared(awaitable), Pool)
assert_type(Shared(iterator), Pool)
assert_type(Shared(generator), Pool)
assert_type(Shared(async_iterator), Pool)
assert_type(Shared(async_generator), Pool)
assert_type(Shared(manager), Pool)
assert_type(Shared(async_manager), Pool)
assert_type(Shared(Pool), Pool)
assert_type(Shared(Makes()), Pool)
assert_type(Shared(Makes().method), Pool)
assert_type(Shared(functools.partial(function)), Pool)
assert_type(Shared(lambda: Pool()), Pool)

assert_type(Shared(function, size=3), Pool)
assert_type(Shared(async_function, size=3), Pool)
assert_type(Shared(awaitable, size=3), Pool)
assert_type(Shared(iterator, size=3), Pool)
assert_type(Shared(generator, size=3), Pool)
assert_type(Shared(async_iterator, size=3), Pool)
assert_type(Shared(async_generator, size=3), Pool)
assert_type(Shared(manager, size=3), Pool)
assert_type(Shared(async_manager, size=3), Pool)
assert_type(Shared(Pool, size=3), Pool)
assert_type(Shared(Makes(), size=3), Pool)
assert_type(Shared(Makes().method, size=3), Pool)

assert_type(Shared(function, 3), Pool)
assert_type(Shared(async_iterator, 3), Pool)

Shared(function, size="3")  # E: argument
Shared(async_function, size="3")  # E: argument
Shared(awaitable, size="3")  # E: argument
Shared(iterator, size="3")  # E: argument
Shared(generator, size="3")  # E: argument
Shared(async_iterator, size="3")  # E: argument
Shared(async_generator, size="3")  # E: argument
Shared(manager, size="3")  # E: argument
Shared(async_manager, size="3")  # E: argument
Shared(Pool, size="3")  # E: argument
Shared(Makes(), size="3")  # E: argument
Shared(Makes().method, size="3")  # E: argument

Shared(function, "3")  # E: argument
Shared(async_iterator, sise=3)  # E: argument
Shared("pool")  # E: argument
Shared()  # E: argument

wrong_function: int = Shared(function)  # E: assignment
wrong_async_function: int = Shared(async_function)  # E: assignment
wrong_iterator: int = Shared(iterator)  # E: assignment
wrong_async_iterator: int = Shared(async_iterator)  # E: assignment
wrong_manager: int = Shared(manager)  # E: assignment
wrong_async_manager: int = Shared(async_manager)  # E: assignment


async def right(a: Pool = Shared(function), b: Pool = Shared(async_iterator, size=3)) -> None: ...


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


# Each call has a copy of its own of a dependency that is a class.
Shared(Limit())  # E: argument
