"""The type of `Depends(factory)` is that of the value the parameter gets."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Depends


class Db:
    def __init__(self, url: str = "") -> None: ...


def function() -> Db:
    raise NotImplementedError


async def async_function() -> Db:
    raise NotImplementedError


def awaitable() -> Awaitable[Db]:
    raise NotImplementedError


def iterator() -> Iterator[Db]:
    raise NotImplementedError


def generator() -> Generator[Db]:
    raise NotImplementedError


async def async_iterator() -> AsyncIterator[Db]:
    yield Db()


async def async_generator() -> AsyncGenerator[Db]:
    yield Db()


@contextmanager
def managed() -> Generator[Db]:
    yield Db()


@asynccontextmanager
async def async_managed() -> AsyncGenerator[Db]:
    yield Db()


assert_type(Depends(function), Db)
assert_type(Depends(async_function), Db)
assert_type(Depends(awaitable), Db)
assert_type(Depends(iterator), Db)
assert_type(Depends(generator), Db)
assert_type(Depends(async_iterator), Db)
assert_type(Depends(async_generator), Db)
assert_type(Depends(managed), Db)
assert_type(Depends(async_managed), Db)
assert_type(Depends(Db), Db)
assert_type(Depends(functools.partial(function)), Db)


async def right(
    a: Db = Depends(function),
    b: Db = Depends(async_function),
    c: Db = Depends(async_iterator),
    d: Db = Depends(async_managed),
    e: Db = Depends(Db),
) -> None: ...


wrong_function: int = Depends(function)  # E: assignment
wrong_async_function: int = Depends(async_function)  # E: assignment
wrong_generator: int = Depends(async_iterator)  # E: assignment
wrong_manager: int = Depends(async_managed)  # E: assignment
