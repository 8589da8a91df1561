"""Whoever still waits for a docket that is closed, or that never came to be open, is told and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from docket import Docket
from docket.errors import ConnectionLost
from tests.docket.harness import finish, later, result_of, soon, until

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "done") -> str:
    return value


@pytest.fixture
async def silent_url() -> AsyncIterator[str]:
    """A server that takes connections and never says a word."""
    over = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    yield f"redis://127.0.0.1:{port}/0"
    over.set()
    server.close()
    await server.wait_closed()


async def test_waiting_for_a_result_ends_when_its_docket_is_closed(docket: Docket) -> None:
    """Nobody will ever hear of the end on a connection that is closed, so whoever waits is told at once."""
    async with Docket(docket.name, docket.url) as closing:
        execution = await closing.add(echo, when=later(seconds=60), key="far")()
        waiting = asyncio.create_task(execution.result())
        await until(lambda: closing.storage.events._subscribed, "somebody listens")
    with pytest.raises(ConnectionLost):
        await soon(waiting)
    await docket.cancel("far")


async def test_a_closed_docket_brings_no_results(docket: Docket) -> None:
    """Waiting on a handle that has outlived its docket fails with what to do, whether it has ever listened or not."""
    async with Docket(docket.name, docket.url) as closing:
        listened, never = [await closing.add(echo, when=later(seconds=60), key=key)() for key in ("one", "two")]
        waiting = asyncio.create_task(listened.result())
        await until(lambda: closing.storage.events._subscribed, "somebody listens")
        waiting.cancel()
        await asyncio.wait([waiting])
    for execution in (listened, never):
        with pytest.raises(ConnectionLost, match="use it inside its `async with` block"):
            await soon(execution.result())
    await docket.clear()


async def test_what_has_ended_can_be_read_after_closing(docket: Docket) -> None:
    """A handle that knows of its end has the result, with no need to ask anybody."""
    docket.register(echo)
    async with Docket(docket.name, docket.url) as closing:
        execution = await closing.add(echo)("kept")
        await finish(docket)
        assert await result_of(execution) == "kept"
    assert await soon(execution.result()) == "kept"


async def test_scheduling_in_the_very_moment_of_closing_ends(docket: Docket) -> None:
    """A call that was made in the turn of the event loop in which its docket is closed is answered, or told."""
    async with Docket(docket.name, docket.url) as closing:
        adding = asyncio.Task(closing.add(echo)(), loop=asyncio.get_running_loop(), eager_start=True)
    done, _ = await asyncio.wait([adding], timeout=5)
    assert done
    assert isinstance(adding.exception(), ConnectionLost)
    await docket.clear()


async def test_giving_up_while_opening_leaves_nothing_behind(silent_url: str) -> None:
    """A docket whose opening is cancelled has no connection and no task, and can be opened again."""
    docket = Docket("never", silent_url)
    for _ in range(2):
        opening = asyncio.create_task(docket.__aenter__())
        await until(_wires, "it connects")
        opening.cancel()
        await asyncio.wait([opening])
        assert opening.cancelled()
        assert not _wires()


def _wires() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks() if task.get_name() == "docket wire"]
