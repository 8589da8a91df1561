"""How long shared values and what stands for them last: whose they are, and what becomes of those who wait for them."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

import pytest

from paramdeps import App, CircularDependencyError, ClosedAppError, Depends, Fresh, Shared

type Log = list[Any]


def declare(number: int, fresh: bool) -> Callable[..., Awaitable[int]]:
    """A function that wants `number` from a factory that nobody else holds."""

    @asynccontextmanager
    async def resource() -> AsyncIterator[int]:
        yield number

    def same(value: int = 0) -> int:
        return value

    if not fresh:

        async def task(value: int = Shared(resource)) -> int:
            return value

        return task

    async def task_of_fresh(value: int = Shared(same, Fresh(resource))) -> int:
        return value

    return task_of_fresh


@pytest.mark.parametrize("fresh", [False, True], ids=["shared", "fresh under shared"])
async def test_a_factory_that_is_gone_leaves_its_value_to_no_other(fresh: bool) -> None:
    """Although another object may then be where it was in memory."""
    async with App() as app:
        for number in range(20):
            assert await app.call(declare(number, fresh)) == number
            gc.collect()


async def test_a_declaration_of_a_fresh_value_that_is_gone_leaves_it_to_no_other() -> None:
    """The factories are the same each time, and the only difference is which declaration it is."""

    def value() -> Log:
        return []

    def same(value: Log) -> Log:
        return value

    seen: Log = []
    async with App() as app:
        for _ in range(20):

            async def task(value: Log = Shared(same, Fresh(value))) -> Log:
                return value

            seen.append(await app.call(task))
            del task
            gc.collect()
    assert len({id(each) for each in seen}) == len(seen)


@pytest.mark.parametrize("turns", range(4))
async def test_whoever_waits_when_the_app_is_left_is_told_however_early_that_is(turns: int) -> None:
    """Also before the task that would build the value has begun."""

    async def pool() -> AsyncIterator[None]:
        await asyncio.Event().wait()
        yield

    async def task(pool: None = Shared(pool)) -> None: ...

    async with App() as app:
        waiting = asyncio.create_task(app.call(task))
        for _ in range(turns):
            await asyncio.sleep(0)
    with pytest.raises(ClosedAppError, match=r"task\.pool -> pool"):
        await asyncio.wait_for(waiting, 10)


async def stubborn(begun: asyncio.Event, log: Log) -> AsyncIterator[None]:
    """A factory that goes on although it is cancelled."""
    begun.set()
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    try:
        yield
    except BaseException as error:
        log.append(error)
        raise
    finally:
        log.append("closed")


async def test_a_shared_factory_that_will_not_be_cancelled_is_left_when_it_yields() -> None:
    """Nobody gets its value, and nothing is left of it for the next time that the application is entered."""
    begun: asyncio.Event = asyncio.Event()
    log: Log = []

    async def task(
        first: None = Shared(stubborn, begun, log), other: None = Shared(stubborn, begun, log=log)
    ) -> None: ...

    app = App()
    async with app:
        waiting = asyncio.create_task(app.call(task))
        await begun.wait()
    with pytest.raises(ClosedAppError):
        await asyncio.wait_for(waiting, 10)
    assert log == ["closed"]
    async with app:
        pass
    assert log == ["closed"]


async def test_what_is_given_up_and_entered_all_the_same_is_told_the_exception_of_the_block() -> None:
    """As it would be had it been entered in time; all that is being built is cancelled but once."""
    begun, log = asyncio.Event(), list[Any]()
    cleaned: Log = []

    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            for _ in range(10):
                await asyncio.sleep(0)
            cleaned.append("slow")

    async def task(
        slow: None = Shared(slow), first: None = Shared(stubborn, begun, log), last: None = Shared(slow)
    ) -> None: ...

    async def other(first: None = Shared(stubborn, begun, log)) -> None: ...

    waiting: list[asyncio.Task[None]] = []

    async def use() -> None:
        async with App() as app:
            waiting.append(asyncio.create_task(app.call(task)))
            waiting.append(asyncio.create_task(app.call(other)))
            await begun.wait()
            raise OSError("block")

    with pytest.raises(OSError, match="block") as caught:
        await asyncio.wait_for(use(), 10)
    assert log == [caught.value, "closed"]
    assert cleaned == ["slow"]
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in results] == [ClosedAppError] * 2


async def test_a_dependency_of_a_concurrent_call_that_will_not_be_cancelled_is_left_when_it_yields() -> None:
    """The error of the one that failed is raised, and nothing hangs."""
    begun: asyncio.Event = asyncio.Event()
    log: Log = []

    async def failing() -> None:
        await begun.wait()
        raise OSError("failing")

    async def task(first: None = Depends(stubborn, begun, log), other: None = Depends(failing)) -> None: ...

    async with App(concurrent=True) as app:
        with pytest.raises(OSError, match="failing") as caught:
            await asyncio.wait_for(app.call(task), 10)
    assert log == [caught.value, "closed"]


async def test_a_task_that_a_shared_factory_starts_may_wait_for_its_value() -> None:
    """It is no circle, as the factory does not wait for the task."""
    seen: Log = []

    async def scheduler() -> AsyncIterator[str]:
        worker = asyncio.create_task(work())
        for _ in range(5):
            await asyncio.sleep(0)
        yield "scheduler"
        await worker

    async def use(scheduler: str = Shared(scheduler)) -> str:
        return scheduler

    async def work() -> None:
        seen.append(await app.call(use))

    async with App() as app:
        await asyncio.wait_for(app.call(use), 10)
    assert seen == ["scheduler"]


async def test_a_circle_through_a_concurrent_call_is_refused() -> None:
    """The factory waits for the tasks in which the dependencies of what it calls are entered."""

    async def first() -> int:
        return await app.call(wants_first_and_more)

    def between(value: int = Depends(lambda: 1)) -> int:
        return value

    async def wants_first_and_more(between: int = Depends(between), value: int = Shared(first)) -> int:
        return value

    async with App(concurrent=True) as app:
        with pytest.raises(CircularDependencyError, match="first -> first"):
            await asyncio.wait_for(app.call(wants_first_and_more), 10)


class Big:
    """Something that one does not want to keep."""


async def test_a_value_that_has_come_to_an_end_is_not_kept() -> None:
    """What it raised is, for the end of the application; one that raised nothing leaves no trace."""
    kept: list[weakref.ref[Big]] = []
    left: list[Big | None] = []
    ends: list[asyncio.Future[None]] = []
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def group() -> AsyncIterator[Big]:
        big = Big()
        kept.append(weakref.ref(big))
        end = asyncio.get_running_loop().create_future()
        ends.append(end)
        number = len(ends)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(wait_for(end))
                yield big
        except* OSError:
            if number == 1:
                raise
        finally:
            del big
            gone.put_nowait(None)

    async def wait_for(end: asyncio.Future[None]) -> None:
        await end

    async def task(group: Big = Shared(group)) -> None: ...

    async def use() -> None:
        async with App() as app:
            for number in range(3):
                await app.call(task)
                ends[number].set_exception(OSError(f"end {number}"))
                await gone.get()
                for _ in range(5):
                    await asyncio.sleep(0)
            gc.collect()
            left.extend(each() for each in kept)

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="end 0")):
        await use()
    assert left == [None] * 3


async def use_elsewhere(app: App, function: Callable[..., Awaitable[Any]]) -> Any:
    """Call a function in an event loop of another thread."""

    def run() -> Any:
        return asyncio.run(app.call(function))

    return await asyncio.wait_for(asyncio.to_thread(run), 10)


async def test_a_shared_value_is_built_in_the_event_loop_of_its_app_only() -> None:
    """Whether another loop asks for it first, while it is being built, or afterwards, it is told what is wrong."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pool() -> str:
        begun.set()
        await go_on.wait()
        return "pool"

    async def task(pool: str = Shared(pool)) -> str:
        return pool

    async with App() as app:
        with pytest.raises(ClosedAppError, match=r"task\.pool -> pool .* another event loop"):
            await use_elsewhere(app, task)
        waiting = asyncio.create_task(app.call(task))
        await begun.wait()
        with pytest.raises(ClosedAppError, match="another event loop"):
            await use_elsewhere(app, task)
        go_on.set()
        assert await waiting == "pool"
        with pytest.raises(ClosedAppError, match="another event loop"):
            await use_elsewhere(app, task)


class Request:
    """Something that can be looked for."""


def test_an_application_that_was_left_keeps_neither_the_context_nor_the_loop_it_was_entered_in() -> None:
    """It is often a global, and may be entered once per test, or per command."""
    request: ContextVar[Request] = ContextVar("request")
    app = App()

    def number() -> int:
        return 1

    async def task(number: int = Shared(number)) -> int:
        return number

    async def use() -> list[weakref.ref[Any]]:
        request.set(Request())
        async with app:
            await app.call(task)
        return [weakref.ref(request.get()), weakref.ref(asyncio.get_running_loop())]

    kept = asyncio.run(use())
    gc.collect()
    assert [each() for each in kept] == [None, None]
