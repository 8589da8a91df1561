"""The tasks that hold shared values: what they enter, they leave, whatever happens."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar
from typing import Any

import anyio
import pytest

from paramdeps import App, ClosedAppError, Shared

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


@pytest.mark.parametrize("kind", ["anyio", "asyncio"])
async def test_task_groups_and_cancel_scopes_may_be_shared(kind: str) -> None:
    """What is entered by one task is left by the same, however many tasks have used it."""
    done: Log = []

    async def anyio_group() -> AsyncIterator[Any]:
        with anyio.CancelScope():
            async with anyio.create_task_group() as group:
                yield group.start_soon

    async def asyncio_group() -> AsyncIterator[Any]:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            yield lambda function, *args: group.create_task(function(*args))

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    async def task(number: int, start: Any = Shared(anyio_group if kind == "anyio" else asyncio_group)) -> None:
        start(work, number)

    async with App() as app, anyio.create_task_group() as callers:
        for number in range(3):
            callers.start_soon(app.call, task, number)
    assert sorted(done) == [0, 1, 2]


async def test_two_cancel_scopes_of_different_values_may_be_left_in_any_order() -> None:
    """They are in different tasks, so that neither is inside the other."""

    async def scoped(name: str) -> AsyncIterator[str]:
        with anyio.CancelScope():
            yield name

    async def task(a: str = Shared(scoped, "a"), b: str = Shared(scoped, "b")) -> str:
        return a + b

    async with App() as app:
        assert await asyncio.gather(*(app.call(task) for _ in range(3))) == ["ab"] * 3


async def test_a_failing_child_of_a_shared_task_group_is_told_when_the_app_is_left() -> None:
    """The value is gone, the next that wants it gets another, and the error is not lost."""
    made: Log = []

    gone = asyncio.Event()

    async def group() -> AsyncIterator[Any]:
        try:
            async with anyio.create_task_group() as group:
                made.append(group)
                yield group
        finally:
            gone.set()

    async def fail() -> None:
        raise OSError("child")

    async def task(group: Any = Shared(group)) -> Any:
        return group

    async def use() -> None:
        async with App() as app:
            (await app.call(task)).start_soon(fail)
            await gone.wait()
            assert await app.call(task) is not made[0]

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="child")):
        await use()
    assert len(made) == 2


async def test_the_app_is_left_with_the_exception_of_its_block() -> None:
    """So that shared task groups cancel their tasks instead of waiting for them."""
    forever = asyncio.Event()
    seen: Log = []

    async def group() -> AsyncIterator[Any]:
        try:
            async with asyncio.TaskGroup() as group:
                yield group
        except BaseException as error:
            seen.append(error)
            raise

    async def task(group: Any = Shared(group)) -> None:
        group.create_task(forever.wait())

    async def use() -> None:
        async with App() as app:
            await app.call(task)
            raise ValueError("body")

    with pytest.RaisesGroup(ValueError):
        await use()
    assert len(seen) == 1


async def test_all_shared_values_are_closed_although_some_fail(log: Log) -> None:
    """In reverse order; the errors are chained."""

    async def resource(name: str) -> AsyncIterator[str]:
        try:
            yield name
        finally:
            log.append(name)
            raise OSError(f"no {name}")

    async def task(a: str = Shared(resource, "a"), b: str = Shared(resource, name="b")) -> None: ...

    app = App()
    await app.__aenter__()
    await app.call(task)
    with pytest.raises(OSError, match="no a") as caught:
        await app.__aexit__(None, None, None)
    assert str(caught.value.__context__) == "no b"
    assert log == ["b", "a"]


async def test_cancelling_the_app_while_it_closes_leaks_nothing(log: Log) -> None:
    """The clean-up under way is cancelled, and all others run."""

    leaving = asyncio.Event()

    async def resource(name: str, slow: bool) -> AsyncIterator[None]:
        try:
            yield
            if slow:
                leaving.set()
                await asyncio.Event().wait()
        finally:
            log.append(f"-{name}")

    async def task(a: None = Shared(resource, "a", False), b: None = Shared(resource, "b", True)) -> None: ...

    async def run() -> None:
        async with App() as app:
            await app.call(task)

    running = asyncio.create_task(run())
    await leaving.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert log == ["-b", "-a"]


async def test_what_is_being_built_when_the_app_is_left_is_cancelled(log: Log) -> None:
    """It cleans up after itself, and whoever waits for it is told why."""

    begun = asyncio.Event()

    async def need() -> AsyncIterator[str]:
        yield "need"
        log.append("-need")

    async def slow(need: str = Shared(need)) -> AsyncIterator[str]:
        try:
            begun.set()
            await asyncio.Event().wait()
            yield "never"
        finally:
            for _ in range(10):  # what it needs must be there until it is done
                await asyncio.sleep(0)
            log.append("-slow")

    async def task(slow: str = Shared(slow)) -> None: ...

    async with App() as app:
        waiting = asyncio.create_task(app.call(task))
        await begun.wait()
    with pytest.raises(ClosedAppError, match=r"task\.slow -> slow"):
        await waiting
    assert log == ["-slow", "-need"]


async def test_shared_values_do_not_see_the_context_of_the_call_that_came_first() -> None:
    """They would keep it for all others."""
    request: ContextVar[str] = ContextVar("request", default="none")

    async def pool() -> str:
        return request.get()

    async def task(pool: str = Shared(pool)) -> str:
        return pool

    async with App() as app:
        request.set("first")
        assert await app.call(task) == "none"


async def test_leaving_that_is_cancelled_still_waits_for_what_is_being_built(log: Log) -> None:
    """What gives up its entry is cancelled again, and has cleaned up before the cancellation goes on."""
    begun, cleaning = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            try:
                cleaning.set()
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                log.append("-slow")

    async def task(slow: None = Shared(slow)) -> None: ...

    async def run() -> None:
        async with App() as app:
            waiting.append(asyncio.create_task(app.call(task)))
            await begun.wait()

    waiting: list[asyncio.Task[None]] = []
    running = asyncio.create_task(run())
    await cleaning.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert log == ["-slow"]
    with pytest.raises(ClosedAppError):
        await waiting[0]
