"""How long an override holds, and that nothing is kept of it afterwards."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest

from paramdeps import Depends, call, call_sync, override


def number() -> int:
    """What is replaced."""
    return 1


def connection() -> str:
    """What nobody wants."""
    return "real"


class Database:
    """A class as factory."""

    name = "real"


class FakeDatabase(Database):
    """Its replacement."""

    name = "fake"


async def task(number: int = Depends(number), base: Database = Depends(Database)) -> tuple[int, str]:
    """Wants both."""
    return (number, base.name)


async def test_nothing_is_kept_of_a_replacement() -> None:
    """Neither by the functions that it was used for, nor by the library."""

    class Fake:
        """Can be told apart."""

    with override(Database, Fake), pytest.raises(AttributeError):
        await call(task)
    gone = weakref.ref(Fake)
    del Fake
    gc.collect()
    assert gone() is None


async def test_a_block_that_is_over_holds_for_nobody() -> None:
    """Neither for a task that was started in it and goes on, nor again when somebody else overrides something."""
    over, inner = asyncio.Event(), asyncio.Event()

    async def going_on() -> list[Any]:
        seen: list[Any] = [(await call(task))[1]]
        with override(Database, FakeDatabase):
            seen.append((await call(task))[1:])
            inner.set()
            await over.wait()
            seen.append((await call(task))[1:])
        seen.append((await call(task))[1])
        return seen

    async def task(a: int = Depends(str), number: int = Depends(number), db: Database = Depends(Database)) -> Any:
        return (a, number, db.name)

    with override(number, lambda: 2):
        running = asyncio.create_task(going_on())
        await inner.wait()
    with override(connection, number):
        over.set()
        assert await running == [2, (2, "fake"), (1, "fake"), 1]


async def test_a_block_may_be_left_by_another_task() -> None:
    """As that of a fixture may, of which each half is run by another."""

    async def fixture() -> AsyncIterator[None]:
        with override(number, lambda: 2):
            yield

    async def task(number: int = Depends(number)) -> int:
        return number

    block = fixture()
    await asyncio.create_task(anext(block))  # type: ignore[arg-type]
    assert await call(task) == 1
    with pytest.raises(StopAsyncIteration):
        await anext(block)
    assert await call(task) == 1


async def test_a_context_that_lasts_keeps_no_replacement() -> None:
    """A task that was started in the block may go on for as long as the program."""

    def replacing() -> tuple[asyncio.Task[bool], weakref.ref[Any]]:
        def fake() -> int:
            return 2

        def task(number: int = Depends(number)) -> int:
            return number

        with override(number, fake):
            assert call_sync(task) == 2
            return asyncio.create_task(asyncio.Event().wait()), weakref.ref(fake)

    waiting, gone = replacing()
    gc.collect()
    assert gone() is None
    waiting.cancel()


@pytest.mark.parametrize("between", [0, 2])
async def test_a_block_inside_one_that_is_over_keeps_nothing_of_it(between: int) -> None:
    """Although its task goes on, and calls nothing any more; what it replaces itself stays replaced."""
    called, go_on = asyncio.Event(), asyncio.Event()

    async def going_on() -> tuple[int, str]:
        with contextlib.ExitStack() as stack:
            for _ in range(between):
                stack.enter_context(override(connection, lambda: "another"))
            stack.enter_context(override(Database, FakeDatabase))
            assert await call(task) == (2, "fake")
            called.set()
            await go_on.wait()
            return await call(task)

    async def replacing() -> tuple[asyncio.Task[tuple[int, str]], weakref.ref[Any]]:
        def fake() -> int:
            return 2

        with override(number, fake):
            running = asyncio.create_task(going_on())
            await called.wait()
            return running, weakref.ref(fake)

    running, gone = await replacing()
    gc.collect()
    assert gone() is None
    go_on.set()
    assert await running == (1, "fake")
