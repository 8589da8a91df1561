"""`call` and `stream`, of an application too, take all that can be called: methods, objects, partials, generics."""

from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import assert_type

from paramdeps import App, Depends, call, call_sync, stream


def number() -> int:
    raise NotImplementedError


class Reports:
    async def daily(self, day: str, *, n: int = Depends(number)) -> bytes:
        raise NotImplementedError

    @classmethod
    async def latest(cls, n: int = Depends(number)) -> bytes:
        raise NotImplementedError

    @staticmethod
    def count(day: str, n: int = Depends(number)) -> int:
        raise NotImplementedError

    async def __call__(self, day: str) -> str:
        raise NotImplementedError

    async def rows(self, table: str, limit: int = Depends(number)) -> AsyncIterator[bytes]:
        yield table.encode()


class Rows:
    def __call__(self, table: str) -> AsyncIterator[bytes]:
        raise NotImplementedError


async def total(a: int, b: int, /, *, n: int = Depends(number)) -> int:
    raise NotImplementedError


async def identity[T](value: T, *, n: int = Depends(number)) -> T:
    raise NotImplementedError


async def spread(*numbers: int, n: int = Depends(number), **labels: str) -> float:
    raise NotImplementedError


async def counted(first: int, /, *, step: int = Depends(number)) -> AsyncGenerator[int]:
    yield first + step


async def repeated[T](item: T) -> AsyncIterator[T]:
    yield item


async def called(app: App, reports: Reports, day: str) -> None:
    assert_type(await app.call(reports.daily, day, n=3), bytes)
    assert_type(await app.call(Reports.latest), bytes)
    assert_type(await app.call(Reports.count, day=day), int)
    assert_type(await app.call(reports, day), str)
    assert_type(await app.call(total, 1, 2), int)
    assert_type(await app.call(identity, day), str)  # E: nothing [ty: type]
    assert_type(await app.call(spread, 1, 2, colour="red"), float)
    assert_type(await app.call(partial(reports.daily, day)), bytes)
    assert_type(await app.call(partial(Reports.count, day)), int)
    assert_type(await call(reports.daily, day), bytes)
    assert_type(await call(Reports.latest, n=3), bytes)
    assert_type(await call(Reports.count, day), int)
    assert_type(await call(reports, day=day), str)
    assert_type(await call(total, 1, 2, n=3), int)
    assert_type(await call(identity, value=day), str)  # E: nothing [ty: type]
    assert_type(await call(spread), float)
    assert_type(await call(partial(total, 1), 2), int)
    assert_type(call_sync(Reports.count, day), int)

    await app.call(reports.daily)  # E: argument
    await app.call(reports.daily, day, 3)  # E: argument
    await app.call(Reports.latest, n="3")  # E: argument
    await app.call(Reports.count, 3)  # E: argument
    await app.call(reports, 3)  # E: argument
    await app.call(total, a=1, b=2)  # E: argument
    await app.call(identity)  # E: argument
    await app.call(spread, "1")  # E: argument
    await app.call(spread, colour=1)  # E: argument
    await app.call(partial(reports.daily, 3))  # E: argument
    await app.call(partial(reports.daily, day), n="3")  # E: argument [mypy: nothing]
    await call(reports.daily, 3)  # E: argument
    await call(Reports.latest, 1, 2)  # E: argument
    await call(reports)  # E: argument
    await call(total, 1)  # E: argument
    await call(identity, day, day)  # E: argument


async def streamed(app: App, reports: Reports, rows: Rows, table: str) -> None:
    assert_type(app.stream(reports.rows, table), AsyncGenerator[bytes])
    assert_type(app.stream(rows, table=table), AsyncGenerator[bytes])
    assert_type(app.stream(counted, 1, step=2), AsyncGenerator[int])
    assert_type(app.stream(repeated, table), AsyncGenerator[str])  # E: nothing [ty: type]
    assert_type(app.stream(partial(reports.rows, table)), AsyncGenerator[bytes])
    assert_type(stream(reports.rows, table, limit=3), AsyncGenerator[bytes])
    assert_type(stream(rows, table), AsyncGenerator[bytes])
    assert_type(stream(counted, 1), AsyncGenerator[int])
    assert_type(stream(repeated, item=table), AsyncGenerator[str])  # E: nothing [ty: type]

    app.stream(reports.rows, 3)  # E: argument
    app.stream(rows)  # E: argument
    app.stream(counted, first=1)  # E: argument
    app.stream(repeated)  # E: argument
    app.stream(reports.daily, "monday")  # E: argument
    stream(reports.rows)  # E: argument
    stream(rows, 3)  # E: argument
    stream(counted, 1, step="2")  # E: argument
    stream(Reports.count, "monday")  # E: argument
