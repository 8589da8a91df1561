"""`Shared`, `Fresh` and `App` keep the types of factories and functions."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Annotated, Self, assert_type

from paramdeps import (
    App,
    Dependency,
    Depends,
    Fresh,
    Resource,
    Shared,
    call_sync,
    override,
    stream,
    validate,
    without_dependencies,
)


class Pool:
    def __init__(self, size: int = 1) -> None: ...


async def pool(size: int = 1) -> AsyncIterator[Pool]:
    yield Pool(size)


@asynccontextmanager
async def managed(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool(size)


@contextmanager
def held(size: int = 1) -> Generator[Pool]:
    yield Pool(size)


def pools(size: int = 1) -> Iterator[Pool]:
    yield Pool(size)


async def fetched(url: str) -> str:
    raise NotImplementedError


assert_type(Shared(pool), Pool)
assert_type(Shared(pool, size=3), Pool)
assert_type(Shared(managed, 3), Pool)
assert_type(Shared(held, size=3), Pool)
assert_type(Shared(pools, size=3), Pool)
assert_type(Shared(Pool, size=3), Pool)
assert_type(Shared(fetched, url="x"), str)
assert_type(Fresh(pool), Pool)
assert_type(Fresh(managed, size=3), Pool)
assert_type(Fresh(fetched, "x"), str)

wrong_shared: int = Shared(pool)  # E: assignment
wrong_held: int = Shared(held)  # E: assignment
wrong_pools: int = Shared(pools)  # E: assignment
wrong_fresh: int = Fresh(managed)  # E: assignment
Shared(pool, size="3")  # E: argument
Shared(pool, sise=3)  # E: argument
Shared(managed, size="3")  # E: argument
Shared(held, size="3")  # E: argument
Shared(pools, size="3")  # E: argument
Shared(fetched)  # E: argument
Fresh(Pool, size="3")  # E: argument


class Limit(Dependency["Limit"]):
    async def __aenter__(self) -> Self:
        return self

    def bind_to_parameter(self, parameter: str, value: object) -> None: ...


class Transaction(Resource[str]):
    async def provide(self) -> AsyncIterator[str]:
        yield "transaction"


class Generated(Resource[str]):
    async def provide(self) -> AsyncGenerator[str]:
        yield "transaction"


class Unfinished(Resource[str]): ...


assert_type(Depends(Transaction()), str)
assert_type(Depends(Generated()), str)
Unfinished()  # E: call


async def report(day: Annotated[str, Limit()], pool: Pool = Shared(pool), *, n: int = Fresh(int)) -> bytes:
    raise NotImplementedError


def plain(day: str, pool: Pool = Shared(pool)) -> bytes:
    raise NotImplementedError


async def rows(day: str, pool: Pool = Shared(pool)) -> AsyncIterator[bytes]:
    yield b""


async def use() -> None:
    async with App(concurrent=True, cleanup_timeout=timedelta(seconds=3)) as app:
        assert_type(app, App)
        assert_type(await app.call(report, "monday"), bytes)
        assert_type(await app.call(report, "monday", n=3), bytes)
        assert_type(await app.call(plain, day="monday"), bytes)
        assert_type(await app.get(Shared(pool)), Pool)
        async for row in app.stream(rows, "monday"):
            assert_type(row, bytes)
        async for row in stream(rows, day="monday"):
            assert_type(row, bytes)
        with override(pool, Pool), override(Limit, Limit()):
            pass
        assert_type(await without_dependencies(report, app)("monday"), bytes)
        assert_type(await without_dependencies(plain)("monday"), bytes)
        async for row in without_dependencies(rows)("monday"):
            assert_type(row, bytes)

        await app.call(report)  # E: argument
        await app.call(report, "monday", m=3)  # E: argument
        await app.call(plain, 3)  # E: argument
        app.stream(rows, 3)  # E: argument
        app.stream(plain, "monday")  # E: argument
        app.call(report, "monday")  # E: await
    assert_type(call_sync(plain, "monday"), bytes)
    call_sync(plain, 3)  # E: argument
    override(5, pool)  # E: argument
    App(3)  # E: argument
    print(validate(report, plain))
    validate(5)  # E: argument
