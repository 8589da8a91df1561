"""At whatever step of the event loop a call is cancelled: it does what the same thing does that is written by hand."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial, wraps
from typing import Any, NamedTuple

import anyio
import pytest

from paramdeps import App, Depends, Shared, call, override, plan, stream, without_dependencies

type Function = Callable[..., Coroutine[Any, Any, str]]
type Work = Callable[[], Coroutine[Any, Any, object]]

log: list[str] = []


@asynccontextmanager
async def resource(name: str) -> AsyncGenerator[str]:
    """Something that waits while it is entered, and while it is left, and tells of both."""
    await asyncio.sleep(0)
    log.append(f"+{name}")
    try:
        yield name
    except BaseException as error:
        log.append(f"-{name}: {type(error).__name__}")
        await asyncio.sleep(0)
        raise
    log.append(f"-{name}")
    await asyncio.sleep(0)


async def wait() -> str:
    await asyncio.sleep(0)
    return "waited"


async def first() -> AsyncIterator[str]:
    async with resource("first") as name:
        yield name


def function_of(declare: Any) -> Function:
    """A function of three dependencies, one of which has one itself, and of one that is its own in any case."""

    async def second(first: str = declare(first)) -> AsyncIterator[str]:
        async with resource(f"second of {first}") as name:
            yield name

    async def function(
        one: str = declare(first),
        two: str = declare(second),
        three: str = declare(wait),
        four: str = Depends(resource, "own"),
    ) -> str:
        await asyncio.sleep(0)
        return f"{one}, {two}, {three}, {four}"

    return function


async def by_hand() -> str:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(resource("first"))
        two = await stack.enter_async_context(resource(f"second of {one}"))
        three = await wait()
        four = await stack.enter_async_context(resource("own"))
        await asyncio.sleep(0)
        return f"{one}, {two}, {three}, {four}"


class End(NamedTuple):
    """How a task has ended.

    Attributes:
        told: whether it could be cancelled.
        result: what it returned or raised.
        events: what happened.
    """

    told: bool
    result: object
    events: tuple[str, ...]

    @property
    def left(self) -> list[str]:
        """What was left, but not why."""
        return sorted(event[1:].partition(":")[0] for event in self.events if event[0] == "-")

    @property
    def entered(self) -> list[str]:
        """What was entered."""
        return sorted(event[1:] for event in self.events if event[0] == "+")


async def every_end(work: Work, by_scope: bool = False) -> list[End]:
    """Cancel a task at its first step, then another at its second, and so on, until one is done before."""
    ends: list[End] = []
    while not ends or ends[-1].told:
        log.clear()
        others = asyncio.all_tasks()
        scope = anyio.CancelScope()
        task = asyncio.create_task(in_scope(scope, work) if by_scope else work())
        for _ in ends:
            await asyncio.sleep(0)
        told = not task.done()
        (scope if by_scope else task).cancel()
        [result] = await asyncio.gather(task, return_exceptions=True)
        assert asyncio.all_tasks() == others, "a task is left behind"
        ends.append(End(told, type(result) if isinstance(result, BaseException) else result, tuple(log)))
    return ends


async def in_scope(scope: anyio.CancelScope, work: Work) -> object:
    with scope:
        return await work()
    return asyncio.CancelledError


async def resolved(function: Function) -> object:
    async with plan(function).resolve((), {}) as resolution:
        return await function(**resolution.kwargs)


async def streamed(function: Function) -> object:
    @wraps(function)
    async def items(**values: str) -> AsyncIterator[str]:
        yield await function(**values)

    [item] = [item async for item in stream(items)]
    return item


async def overridden(function: Function) -> object:
    with override(first, partial(resource, "first")):
        return await call(function)


async def in_app(app: App, function: Function) -> object:
    async with app:
        return await app.call(function)


LONG = timedelta(hours=1)
IN_THE_SAME_TASK: dict[str, Work] = {
    "call": lambda: call(function_of(Depends)),
    "resolution": lambda: resolved(function_of(Depends)),
    "wrapper": without_dependencies(function_of(Depends)),
    "stream": lambda: streamed(function_of(Depends)),
    "override": lambda: overridden(function_of(Depends)),
    "application": lambda: in_app(App(), function_of(Depends)),
    "collected errors": lambda: in_app(App(collect_errors=True), function_of(Depends)),
    "limited time": lambda: in_app(App(cleanup_timeout=LONG), function_of(Depends)),
}
IN_OTHER_TASKS: dict[str, Work] = {
    "concurrent": lambda: in_app(App(concurrent=True), function_of(Depends)),
    "concurrent, collected errors": lambda: in_app(App(concurrent=True, collect_errors=True), function_of(Depends)),
    "shared": lambda: in_app(App(), function_of(Shared)),
    "shared, concurrent": lambda: in_app(App(concurrent=True), function_of(Shared)),
    "shared, limited time": lambda: in_app(App(cleanup_timeout=LONG), function_of(Shared)),
}


@pytest.mark.parametrize("by_scope", [False, True])
@pytest.mark.parametrize("way", IN_THE_SAME_TASK)
async def test_a_call_that_is_cancelled_does_what_is_done_by_hand(way: str, by_scope: bool) -> None:
    """Step by step the same is entered, and left for the same reason, with the same end."""
    assert await every_end(IN_THE_SAME_TASK[way], by_scope) == await every_end(by_hand, by_scope)


@pytest.mark.parametrize("by_scope", [False, True])
@pytest.mark.parametrize("way", IN_OTHER_TASKS)
async def test_what_other_tasks_do_for_a_call_that_is_cancelled_is_undone(way: str, by_scope: bool) -> None:
    """It ends cancelled, whenever that is, and all that was entered has been left by then.

    A scope tells whoever waits; so what does not wait any more may finish.
    """
    ends = await every_end(IN_OTHER_TASKS[way], by_scope)
    *cancelled, finished = ends
    may_finish: set[object] = {finished.result} if by_scope else set()
    assert {end.result for end in cancelled} - may_finish == {asyncio.CancelledError}
    assert finished.result == await by_hand()
    assert [end.left for end in ends] == [end.entered for end in ends]


async def test_who_waits_for_the_same_value_as_one_that_is_cancelled_gets_it() -> None:
    """Whenever that is: the value is made once, for whoever is left."""
    told = True
    steps = 0
    while told:
        log.clear()
        async with App() as app:
            function = function_of(Shared)
            one, other = [asyncio.create_task(app.call(function)) for _ in range(2)]
            for _ in range(steps):
                await asyncio.sleep(0)
            told = one.cancel()
            assert await other == "first, second of first, waited, own"
        assert log.count("+first") == 1
        steps += 1
