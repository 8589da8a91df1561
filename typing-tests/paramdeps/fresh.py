"""The type of `Fresh(factory)` is that of the value the parameter gets, and what is bound is checked."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Dependency, Fresh


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


assert_type(Fresh(function), Pool)
assert_type(Fresh(async_function), Pool)
assert_type(Fresh(awaitable), Pool)
assert_type(Fresh(iterator), Pool)
assert_type(Fresh(generator), Pool)
assert_type(Fresh(async_iterator), Pool)
assert_type(Fresh(async_generator), Pool)
assert_type(Fresh(manager), Pool)
assert_type(Fresh(async_manager), Pool)
assert_type(Fresh(Pool), Pool)
assert_type(Fresh(Makes()), Pool)
assert_type(Fresh(Makes().method), Pool)
assert_type(Fresh(functools.partial(function)), Pool)
assert_type(Fresh(lambda: Pool()), Pool)

assert_type(Fresh(function, size=3), Pool)
assert_type(Fresh(async_function, size=3), Pool)
assert_type(Fresh(awaitable, size=3), Pool)
assert_type(Fresh(iterator, size=3), Pool)
assert_type(Fresh(generator, size=3), Pool)
assert_type(Fresh(async_iterator, size=3), Pool)
assert_type(Fresh(async_generator, size=3), Pool)
assert_type(Fresh(manager, size=3), Pool)
assert_type(Fresh(async_manager, size=3), Pool)
assert_type(Fresh(Pool, size=3), Pool)
assert_type(Fresh(Makes(), size=3), Pool)
assert_type(Fresh(Makes().method, size=3), Pool)

assert_type(Fresh(function, 3), Pool)
assert_type(Fresh(async_iterator, 3), Pool)

Fresh(function, size="3")  # E: argument
Fresh(async_function, size="3")  # E: argument
Fresh(awaitable, size="3")  # E: argument
Fresh(iterator, size="3")  # E: argument
Fresh(generator, size="3")  # E: argument
Fresh(async_iterator, size="3")  # E: argument
Fresh(async_generator, size="3")  # E: argument
Fresh(manager, size="3")  # E: argument
Fresh(async_manager, size="3")  # E: argument
Fresh(Pool, size="3")  # E: argument
Fresh(Makes(), size="3")  # E: argument
Fresh(Makes().method, size="3")  # E: argument

Fresh(function, "3")  # E: argument
Fresh(async_iterator, sise=3)  # E: argument
Fresh("pool")  # E: argument
Fresh()  # E: argument

wrong_function: int = Fresh(function)  # E: assignment
wrong_async_function: int = Fresh(async_function)  # E: assignment
wrong_iterator: int = Fresh(iterator)  # E: assignment
wrong_async_iterator: int = Fresh(async_iterator)  # E: assignment
wrong_manager: int = Fresh(manager)  # E: assignment
wrong_async_manager: int = Fresh(async_manager)  # E: assignment


async def right(a: Pool = Fresh(function), b: Pool = Fresh(async_iterator, size=3)) -> None: ...


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


# Each call has a copy of its own of a dependency that is a class.
Fresh(Limit())  # E: argument
