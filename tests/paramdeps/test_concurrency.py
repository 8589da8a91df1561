"""How an application wishes dependencies to be entered: at the same time, or as many as can be."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self

import anyio
import pytest

from paramdeps import App, Dependency, DependencyErrors, Depends, Shared, plan

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


class Policy(Dependency["Policy"]):
    """Found by kind."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __aenter__(self) -> Self:
        if self.name == "bad":
            raise OSError("bad")
        return self


async def test_independent_dependencies_are_entered_at_the_same_time() -> None:
    """Each needs the other to be under way."""
    met = asyncio.Barrier(2)

    async def first() -> AsyncIterator[int]:
        await met.wait()
        yield 1

    async def second() -> int:
        await met.wait()
        return 2

    async def task(a: int = Depends(first), b: int = Depends(second)) -> int:
        return a + b

    async with App(concurrent=True) as app:
        assert await app.call(task) == 3


async def test_what_is_needed_is_entered_first_and_once(log: Log) -> None:
    """Diamonds too; whatever was ready first, they are left in reverse of the order of declaration."""
    late = asyncio.Event()

    async def base() -> AsyncIterator[str]:
        log.append("+base")
        yield "base"
        log.append("-base")

    async def slow(base: str = Depends(base)) -> AsyncIterator[str]:
        await late.wait()
        log.append("+slow")
        yield "slow"
        log.append("-slow")

    async def quick(base: str = Depends(base)) -> AsyncIterator[str]:
        log.append("+quick")
        late.set()
        yield "quick"
        log.append("-quick")

    def plain(slow: str = Depends(slow), quick: str = Depends(quick)) -> str:
        return slow + quick

    async def task(both: str = Depends(plain), quick: str = Depends(quick)) -> str:
        return both + quick

    async with App(concurrent=True) as app:
        assert await app.call(task) == "slowquickquick"
    assert log == ["+base", "+quick", "+slow", "-quick", "-slow", "-base"]


async def test_cancel_scopes_are_left_by_the_tasks_that_entered_them() -> None:
    """Although they are beside each other, and are left by the call."""

    async def group() -> AsyncIterator[Any]:
        async with anyio.create_task_group() as group:
            yield group

    async def other() -> AsyncIterator[Any]:
        with anyio.fail_after(60):
            yield 1

    async def task(group: Any = Depends(group), other: Any = Depends(other)) -> int:
        group.start_soon(anyio.lowlevel.checkpoint)
        return 5

    async with App(concurrent=True) as app:
        assert await app.call(task) == 5


async def test_a_failing_entry_cancels_the_others_and_leaves_what_was_entered(log: Log) -> None:
    """And the body does not run; the error has its path."""
    waiting = asyncio.Event()

    async def entered() -> AsyncIterator[None]:
        try:
            yield
        except OSError as error:
            log.append(f"left: {error}")
            raise

    async def slow(entered: None = Depends(entered)) -> AsyncIterator[None]:
        try:
            waiting.set()
            await asyncio.Event().wait()
            yield
        finally:
            log.append("slow gave up")

    async def failing(entered: None = Depends(entered)) -> None:
        await waiting.wait()
        raise OSError("no")

    async def task(a: None = Depends(slow), b: None = Depends(failing)) -> None:
        log.append("body")

    async with App(concurrent=True) as app:
        with pytest.raises(OSError, match="no") as caught:
            await app.call(task)
    assert caught.value.__notes__ == ["while resolving task.b -> failing"]
    assert log == ["slow gave up", "left: no"]


@pytest.mark.parametrize("moment", ["entering", "body", "leaving"])
async def test_cancellation_leaks_nothing(log: Log, moment: str) -> None:
    """Whenever it comes, what was entered is left, and the cancellation goes on."""
    reached = asyncio.Event()

    async def stop_if(now: str) -> None:
        if now == moment:
            reached.set()
            await asyncio.Event().wait()

    async def outer() -> AsyncIterator[None]:
        log.append("+outer")
        try:
            yield
        finally:
            log.append("-outer")

    async def slow(outer: None = Depends(outer)) -> AsyncIterator[None]:
        log.append("+slow")
        try:
            await stop_if("entering")
            yield
            await stop_if("leaving")
        finally:
            log.append("-slow")

    async def task(b: Any = Depends(slow), a: Any = Depends(outer)) -> None:
        await stop_if("body")

    async with App(concurrent=True) as app:
        running = asyncio.create_task(app.call(task))
        await reached.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert log == ["+outer", "+slow", "-slow", "-outer"]


@pytest.mark.parametrize("concurrent", [False, True])
async def test_errors_are_collected_if_the_host_wishes(log: Log, concurrent: bool) -> None:
    """All that can be entered is; then they are raised together, each with its path, and the body does not run."""

    async def good() -> AsyncIterator[str]:
        log.append("+good")
        try:
            yield "good"
        finally:
            log.append("-good")

    def bad() -> None:
        raise ValueError("bad")

    async def needs_bad(bad: None = Depends(bad), good: str = Depends(good)) -> None:
        log.append("never")

    async def task(
        a: None = Depends(needs_bad), b: Any = Policy("bad"), c: Any = Policy("good"), d: str = Depends(good)
    ) -> None:
        log.append("body")

    async with App(collect_errors=True, concurrent=concurrent) as app:
        resolution = plan(task).resolve((), {}, app)
        with pytest.raises(DependencyErrors, match=r"task\(\) cannot be called: 2 of its dependencies") as caught:
            await resolution.__aenter__()
    assert [str(error) for error in caught.value.exceptions] == ["bad", "bad"]
    assert [error.__notes__ for error in caught.value.exceptions] == [
        ["while resolving task.a -> needs_bad.bad -> bad"],
        ["while resolving task.b -> Policy"],
    ]
    assert log == ["+good", "-good"]
    assert [each.name for each in resolution.instances(Policy)] == ["good"]
    only, rest = caught.value.split(ValueError)
    assert isinstance(only, DependencyErrors)
    assert isinstance(rest, DependencyErrors)


@pytest.mark.parametrize("concurrent", [False, True])
async def test_cancellation_is_not_collected(log: Log, concurrent: bool) -> None:
    """It ends the call at once."""

    async def entered() -> AsyncIterator[None]:
        try:
            yield
        finally:
            log.append("left")

    def cancelled() -> None:
        raise asyncio.CancelledError

    async def task(a: None = Depends(entered), b: None = Depends(cancelled)) -> None: ...

    async with App(collect_errors=True, concurrent=concurrent) as app:
        with pytest.raises(asyncio.CancelledError):
            await app.call(task)
    assert log == ["left"]


@pytest.mark.parametrize("concurrent", [False, True])
@pytest.mark.parametrize("collect_errors", [False, True])
async def test_shared_values_passed_arguments_and_results_are_the_same(concurrent: bool, collect_errors: bool) -> None:
    """Only the way of entering differs."""

    async def pool() -> list[int]:
        return [1]

    async def task(a: int, /, pool: list[int] = Shared(pool), b: int = Depends(lambda: 2), *, c: int = 3) -> Any:
        return (a, pool, b, c)

    async with App(concurrent=concurrent, collect_errors=collect_errors) as app:
        assert await app.call(task, 0) == (0, [1], 2, 3)
        assert await app.call(task, 0, b=5, c=6) == (0, [1], 5, 6)
        assert (await app.call(task, 0))[1] is (await app.call(task, 0))[1]


async def test_a_cancellation_goes_before_errors_that_are_collected() -> None:
    """It would otherwise be taken for one of them, and the call go on being cancelled unnoticed."""

    async def bad() -> None:
        raise ValueError("bad")

    async def cancelled() -> None:
        raise asyncio.CancelledError

    async def task(a: None = Depends(bad), b: None = Depends(cancelled)) -> None: ...

    async with App(collect_errors=True, concurrent=True) as app:
        with pytest.raises(asyncio.CancelledError) as caught:
            await app.call(task)
    assert caught.value.__notes__ == ["while resolving task.b -> cancelled"]


async def test_what_is_raised_while_an_entry_is_given_up_is_not_lost() -> None:
    """Nobody else waits for it: it comes in place of the error that it was given up for, as that of a clean-up does."""
    begun = asyncio.Event()

    async def slow() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            raise OSError("disk full")

    async def bad() -> None:
        await begun.wait()
        raise ValueError("bad")

    async def task(a: None = Depends(slow), b: None = Depends(bad)) -> None: ...

    async with App(concurrent=True) as app:
        with pytest.raises(OSError, match="disk full") as caught:
            await app.call(task)
    contexts = []
    context = caught.value.__context__
    while context is not None:
        contexts.append(type(context))
        context = context.__context__
    assert ValueError in contexts
