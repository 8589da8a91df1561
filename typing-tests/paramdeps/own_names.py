"""What is given by its position alone leaves its name to the parameters of what it is."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from typing import Self, assert_type

from paramdeps import (
    App,
    Dependency,
    Depends,
    Fresh,
    Shared,
    call,
    call_sync,
    entered,
    marker,
    mermaid,
    override,
    plan,
    stream,
    without_dependencies,
)


class Pool: ...


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


class Consumer:
    def __init__(self, factory: int) -> None: ...

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise NotImplementedError


def function(factory: int) -> Pool:
    raise NotImplementedError


def awaitable(factory: int) -> Awaitable[Pool]:
    raise NotImplementedError


def iterator(factory: int) -> Iterator[Pool]:
    yield Pool()


async def async_iterator(factory: int) -> AsyncIterator[Pool]:
    yield Pool()


@contextmanager
def manager(factory: int) -> Generator[Pool]:
    yield Pool()


@asynccontextmanager
async def async_manager(factory: int) -> AsyncGenerator[Pool]:
    yield Pool()


assert_type(Depends(Consumer, factory=3), Consumer)
assert_type(Depends(function, factory=3), Pool)
assert_type(Depends(awaitable, factory=3), Pool)
assert_type(Depends(iterator, factory=3), Pool)
assert_type(Depends(async_iterator, factory=3), Pool)
assert_type(Depends(manager, factory=3), Pool)
assert_type(Depends(async_manager, factory=3), Pool)

assert_type(Fresh(Consumer, factory=3), Consumer)
assert_type(Fresh(function, factory=3), Pool)
assert_type(Fresh(awaitable, factory=3), Pool)
assert_type(Fresh(iterator, factory=3), Pool)
assert_type(Fresh(async_iterator, factory=3), Pool)
assert_type(Fresh(manager, factory=3), Pool)
assert_type(Fresh(async_manager, factory=3), Pool)

assert_type(Shared(Consumer, factory=3), Consumer)
assert_type(Shared(function, factory=3), Pool)
assert_type(Shared(awaitable, factory=3), Pool)
assert_type(Shared(iterator, factory=3), Pool)
assert_type(Shared(async_iterator, factory=3), Pool)
assert_type(Shared(manager, factory=3), Pool)
assert_type(Shared(async_manager, factory=3), Pool)


async def report(function: int) -> bytes:
    raise NotImplementedError


def plain(function: int) -> bytes:
    raise NotImplementedError


async def rows(function: int) -> AsyncIterator[bytes]:
    yield b""


async def use(app: App) -> None:
    assert_type(await call(report, function=3), bytes)
    assert_type(await call(plain, function=3), bytes)
    assert_type(call_sync(plain, function=3), bytes)
    assert_type(stream(rows, function=3), AsyncGenerator[bytes])
    assert_type(await app.call(report, function=3), bytes)
    assert_type(await app.call(plain, function=3), bytes)
    assert_type(app.stream(rows, function=3), AsyncGenerator[bytes])
    await app.get(declared=Shared(function, 3))  # E: argument


def made() -> AbstractContextManager[int]:
    raise NotImplementedError


def async_made() -> AbstractAsyncContextManager[int]:
    raise NotImplementedError


async def made_later() -> AbstractContextManager[int]:
    raise NotImplementedError


async def async_made_later() -> AbstractAsyncContextManager[int]:
    raise NotImplementedError


# Elsewhere a name would be a promise.
Depends(dependency=Limit())  # E: argument
entered(factory=made)  # E: argument
entered(factory=async_made)  # E: argument
entered(factory=made_later)  # E: argument
entered(factory=async_made_later)  # E: argument
marker(dependency=Limit)  # E: argument
mermaid(function=plain)  # E: argument
override(factory=function, replacement=plain)  # E: argument
plan(function=plain)  # E: argument
without_dependencies(function=plain)  # E: argument
without_dependencies(function=report)  # E: argument
without_dependencies(function=rows)  # E: argument
