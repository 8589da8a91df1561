"""Each overload of `Depends`, `Shared` and `Fresh` has the type of what its factory makes, and checks what is bound."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Dependency, Depends, Fresh, Shared


class Pool:
    def __init__(self, size: int = 1) -> None: ...


def function(size: int = 1) -> Pool:
    raise NotImplementedError


async def async_function(size: int = 1) -> Pool:
    raise NotImplementedError


def generator(size: int = 1) -> Iterator[Pool]:
    yield Pool()


async def async_generator(size: int = 1) -> AsyncIterator[Pool]:
    yield Pool()


@contextmanager
def manager(size: int = 1) -> Generator[Pool]:
    yield Pool()


@asynccontextmanager
async def async_manager(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool()


assert_type(Depends(function, size=3), Pool)
assert_type(Depends(async_function, size=3), Pool)
assert_type(Depends(generator, size=3), Pool)
assert_type(Depends(async_generator, size=3), Pool)
assert_type(Depends(manager, size=3), Pool)
assert_type(Depends(async_manager, size=3), Pool)

assert_type(Shared(function, size=3), Pool)
assert_type(Shared(async_function, size=3), Pool)
assert_type(Shared(generator, size=3), Pool)
assert_type(Shared(async_generator, size=3), Pool)
assert_type(Shared(manager, size=3), Pool)
assert_type(Shared(async_manager, size=3), Pool)

assert_type(Fresh(function, size=3), Pool)
assert_type(Fresh(async_function, size=3), Pool)
assert_type(Fresh(generator, size=3), Pool)
assert_type(Fresh(async_generator, size=3), Pool)
assert_type(Fresh(manager, size=3), Pool)
assert_type(Fresh(async_manager, size=3), Pool)

Depends(function, size="3")  # E: argument
Depends(async_function, size="3")  # E: argument
Depends(generator, size="3")  # E: argument
Depends(async_generator, size="3")  # E: argument
Depends(manager, size="3")  # E: argument
Depends(async_manager, size="3")  # E: argument

Shared(function, size="3")  # E: argument
Shared(async_function, size="3")  # E: argument
Shared(generator, size="3")  # E: argument
Shared(async_generator, size="3")  # E: argument
Shared(manager, size="3")  # E: argument
Shared(async_manager, size="3")  # E: argument

Fresh(function, size="3")  # E: argument
Fresh(async_function, size="3")  # E: argument
Fresh(generator, size="3")  # E: argument
Fresh(async_generator, size="3")  # E: argument
Fresh(manager, size="3")  # E: argument
Fresh(async_manager, size="3")  # E: argument

# Not a factory, or one that cannot be called with what is bound.
Depends("pool")  # E: argument
Shared("pool")  # E: argument
Fresh("pool")  # E: argument


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


assert_type(Depends(Limit()), int)
Shared(Limit())  # E: argument
Fresh(Limit())  # E: argument
