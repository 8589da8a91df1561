"""The type of `Depends(factory)` is that of the value the parameter gets, and what is bound is checked."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Depends


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


assert_type(Depends(function), Pool)
assert_type(Depends(async_function), Pool)
assert_type(Depends(awaitable), Pool)
assert_type(Depends(iterator), Pool)
assert_type(Depends(generator), Pool)
assert_type(Depends(async_iterator), Pool)
assert_type(Depends(async_generator), Pool)
assert_type(Depends(manager), Pool)
assert_type(Depends(async_manager), Pool)
assert_type(Depends(Pool), Pool)
assert_type(Depends(Makes()), Pool)
assert_type(Depends(Makes().method), Pool)
assert_type(Depends(functools.partial(function)), Pool)
assert_type(Depends(lambda: Pool()), Pool)

assert_type(Depends(function, size=3), Pool)
assert_type(Depends(async_function, size=3), Pool)
assert_type(Depends(awaitable, size=3), Pool)
assert_type(Depends(iterator, size=3), Pool)
assert_type(Depends(generator, size=3), Pool)
assert_type(Depends(async_iterator, size=3), Pool)
assert_type(Depends(async_generator, size=3), Pool)
assert_type(Depends(manager, size=3), Pool)
assert_type(Depends(async_manager, size=3), Pool)
assert_type(Depends(Pool, size=3), Pool)
assert_type(Depends(Makes(), size=3), Pool)
assert_type(Depends(Makes().method, size=3), Pool)

assert_type(Depends(function, 3), Pool)
assert_type(Depends(async_iterator, 3), Pool)

Depends(function, size="3")  # E: argument
Depends(async_function, size="3")  # E: argument
Depends(awaitable, size="3")  # E: argument
Depends(iterator, size="3")  # E: argument
Depends(generator, size="3")  # E: argument
Depends(async_iterator, size="3")  # E: argument
Depends(async_generator, size="3")  # E: argument
Depends(manager, size="3")  # E: argument
Depends(async_manager, size="3")  # E: argument
Depends(Pool, size="3")  # E: argument
Depends(Makes(), size="3")  # E: argument
Depends(Makes().method, size="3")  # E: argument

Depends(function, "3")  # E: argument
Depends(async_iterator, sise=3)  # E: argument
Depends("pool")  # E: argument
Depends()  # E: argument

wrong_function: int = Depends(function)  # E: assignment
wrong_async_function: int = Depends(async_function)  # E: assignment
wrong_iterator: int = Depends(iterator)  # E: assignment
wrong_async_iterator: int = Depends(async_iterator)  # E: assignment
wrong_manager: int = Depends(manager)  # E: assignment
wrong_async_manager: int = Depends(async_manager)  # E: assignment


async def right(a: Pool = Depends(function), b: Pool = Depends(async_iterator, size=3)) -> None: ...
