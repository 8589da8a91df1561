"""An application is set up by names, and calls and gets as `call` does."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Protocol, assert_type

from paramdeps import App, DeclarationError, Shared, call_sync, mermaid, validate


class MakesApp(Protocol):
    def __call__(
        self, *, collect_errors: bool = ..., concurrent: bool = ..., cleanup_timeout: timedelta | None = ...
    ) -> App: ...


class Pool: ...


async def pool() -> AsyncIterator[Pool]:
    yield Pool()


async def report(day: str, pool: Pool = Shared(pool), *, n: int = 1) -> bytes:
    raise NotImplementedError


def plain(day: str, pool: Pool = Shared(pool)) -> bytes:
    raise NotImplementedError


app: MakesApp = App
App(True)  # E: argument
App(collect_errors="yes")  # E: argument
App(concurrent="yes")  # E: argument
App(cleanup_timeout=3)  # E: argument


async def use() -> None:
    async with App(concurrent=True, cleanup_timeout=timedelta(seconds=3)) as app:
        assert_type(app, App)
        assert_type(await app.call(report, "monday"), bytes)
        assert_type(await app.call(report, "monday", n=3), bytes)
        assert_type(await app.call(plain, day="monday"), bytes)
        assert_type(await app.get(Shared(pool)), Pool)

        await app.call(report)  # E: argument
        await app.call(report, "monday", m=3)  # E: argument
        await app.call(plain, 3)  # E: argument
        await app.call("report")  # E: argument
        app.call(report, "monday")  # E: await
        app.call(plain, "monday")  # E: await
        app.get(Shared(pool))  # E: await
        kept = await app.get(Shared(pool))
        wrong: str = kept  # E: assignment
        print(wrong)


def without_a_loop() -> None:
    assert_type(call_sync(plain, "monday"), bytes)
    call_sync(plain, 3)  # E: argument
    call_sync("plain")  # E: argument
    assert_type(mermaid(plain), str)
    mermaid("plain")  # E: argument
    assert_type(validate(report, plain), tuple[DeclarationError, ...])
    validate(5)  # E: argument
