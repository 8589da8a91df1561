"""How shared values come to an end: with all that is made of them, and before what they are made of."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import anyio
import pytest

from paramdeps import App, ClosedAppError, Shared, YieldError

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


@pytest.mark.parametrize("kind", ["anyio", "asyncio"])
async def test_what_is_made_of_a_value_that_ends_ends_before_it(kind: str, log: Log) -> None:
    """Nobody gets a resource, or a plain value, that has what is closed inside; both are built anew."""

    async def group() -> AsyncIterator[Any]:
        log.append("+group")
        try:
            if kind == "anyio":
                async with anyio.create_task_group() as anyio_group:
                    yield anyio_group.start_soon
            else:
                async with asyncio.TaskGroup() as asyncio_group:
                    yield lambda function: asyncio_group.create_task(function())
        finally:
            log.append("-group")
            closed.set()

    async def connection(start: Any = Shared(group)) -> AsyncIterator[Any]:
        log.append("+connection")
        try:
            yield start
        finally:
            await asyncio.sleep(0)
            log.append("-connection")

    def client(connection: Any = Shared(connection)) -> list[Any]:
        return [connection]

    async def session(client: Any = Shared(client)) -> AsyncIterator[Any]:
        yield client
        gone.set()

    async def fail() -> None:
        raise OSError("child")

    async def task(session: Any = Shared(session)) -> Any:
        return session

    gone, closed = asyncio.Event(), asyncio.Event()

    async def use() -> None:
        async with App() as app:
            first = await app.call(task)
            first[0](fail)
            await closed.wait()
            assert log == ["+group", "+connection", "-connection", "-group"]
            assert (await app.call(task)) is not first

    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="child")):
        await use()
    assert log == ["+group", "+connection", "-connection", "-group"] * 2
    assert gone.is_set()


async def test_what_is_being_made_of_a_value_that_ends_is_given_up(log: Log) -> None:
    """Who waits for it is told why, and the next that wants it gets one that is made of another."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def group() -> AsyncIterator[Any]:
        async with asyncio.TaskGroup() as group:
            yield group

    async def slow(group: Any = Shared(group)) -> Any:
        log.append(group)
        begun.set()
        await go_on.wait()
        return group

    async def fail() -> None:
        raise OSError("child")

    async def task(slow: Any = Shared(slow)) -> Any:
        return slow

    async def use() -> None:
        async with App() as app:
            waiting = asyncio.create_task(app.call(task))
            await begun.wait()
            log[0].create_task(fail())
            with pytest.raises(ClosedAppError, match=r"task\.slow -> slow was being made when .* came to an end"):
                await waiting
            go_on.set()
            assert await app.call(task) is not log[0]

    with pytest.RaisesGroup(OSError):
        await use()


async def test_a_clean_up_may_ask_for_what_is_left_after_it(log: Log) -> None:
    """What a shared value calls at its end gets what is still there, and nothing new is built."""

    async def pool() -> AsyncIterator[str]:
        yield "pool"
        log.append("-pool")

    def never() -> None:
        log.append("never")

    async def count(pool: str = Shared(pool)) -> None:
        log.append(f"counted {pool}")

    async def wants_new(never: None = Shared(never)) -> None: ...

    async def repository(pool: str = Shared(pool)) -> AsyncIterator[None]:
        yield
        await app.call(count)
        with pytest.raises(ClosedAppError, match=r"wants_new\.never -> never .* is being left"):
            await app.call(wants_new)
        log.append("-repository")

    async def task(repository: None = Shared(repository)) -> None: ...

    async with App() as app:
        await app.call(task)
    assert log == ["counted pool", "-repository", "-pool"]
    with pytest.raises(ClosedAppError, match="not open"):
        await app.call(count)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_shared_generator_that_yields_again_is_refused(fails: bool, log: Log) -> None:
    """As one of a call is, whether the block went well or not; and it is closed."""

    async def twice() -> AsyncIterator[int]:
        try:
            for number in range(2):
                with suppress(ValueError):
                    yield number
        finally:
            log.append("closed")

    async def task(number: int = Shared(twice)) -> None: ...

    async def use() -> None:
        async with App() as app:
            await app.call(task)
            if fails:
                raise ValueError("block")

    with pytest.raises(YieldError, match=r"task\.number -> twice yielded more than one value"):
        await use()
    assert log == ["closed"]
