"""`stream` keeps the parameters of an async generator function, and gives a generator of its items."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import assert_type

from paramdeps import App, Depends, stream


def number() -> int:
    raise NotImplementedError


async def rows(table: str, *, limit: int = Depends(number)) -> AsyncIterator[bytes]:
    yield b""


async def report(day: str) -> bytes:
    raise NotImplementedError


async def use(app: App) -> None:
    assert_type(stream(rows, "orders"), AsyncGenerator[bytes])
    assert_type(stream(rows, table="orders", limit=3), AsyncGenerator[bytes])
    assert_type(app.stream(rows, "orders"), AsyncGenerator[bytes])
    async for row in stream(rows, "orders"):
        assert_type(row, bytes)
    await stream(rows, "orders").aclose()

    stream(rows)  # E: argument
    stream(rows, 3)  # E: argument
    stream(rows, "orders", limit="3")  # E: argument
    stream(rows, "orders", size=3)  # E: argument
    stream(report, "monday")  # E: argument
    app.stream(rows)  # E: argument
    app.stream(rows, "orders", limit="3")  # E: argument
    app.stream(report, "monday")  # E: argument
