"""Whoever waits for a result learns what has become of it in bounded time, whatever happens to the server."""

import asyncio
import logging

import pytest

import docket.execution as execution_module
from docket import Docket
from docket.errors import ConnectionLost, ResultUnavailable
from docket.storage import events
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, later, soon, until, working
from tests.servers import HOST, ServerProcess

pytestmark = pytest.mark.timeout(30)


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look often, and try a lost connection again at once."""
    monkeypatch.setattr(execution_module, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(events, "_RECONNECTION_DELAY_SECONDS", 0.01)


async def echo(value: str = "done") -> str:
    return value


async def listening(docket: Docket) -> None:
    """Wait until somebody hears of changes."""
    await until(lambda: docket.storage.events._subscribed, "somebody listens")


async def test_what_a_flush_has_taken_is_not_waited_for(open_own: OpenDocket) -> None:
    """Nothing is announced of an execution that is gone without a word; it is missed all the same."""
    docket = await open_own()
    execution = await docket.add(echo, when=later(hours=1))()
    waiting = asyncio.create_task(execution.result())
    await listening(docket)
    await command(docket, "FLUSHALL")
    with pytest.raises(ResultUnavailable, match="nothing is known of"):
        await soon(waiting)


async def test_a_server_that_stays_away_is_told(own_server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without any answer, whoever waits is told that the server is lost."""
    monkeypatch.setattr(execution_module, "_OUTAGE_SECONDS", 0.2)
    async with Docket("waiting", own_server.url) as docket:
        execution = await docket.add(echo, when=later(hours=1))()
        waiting = asyncio.create_task(execution.result())
        await listening(docket)
        await asyncio.to_thread(own_server.kill)
        with pytest.raises(ConnectionLost):
            await soon(waiting)


async def test_a_short_outage_is_waited_out(open_own: OpenDocket, own_server: ServerProcess) -> None:
    """A server that is back in time has cost whoever waits nothing."""
    docket = await open_own()
    execution = await docket.add("echo")()
    waiting = asyncio.create_task(execution.result())
    await listening(docket)
    await asyncio.to_thread(own_server.restart)
    docket.register(echo)
    async with working(docket):
        assert await soon(waiting) == "done"


async def test_who_may_not_subscribe_gets_results_all_the_same(
    open_own: OpenDocket, own_server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """He looks for himself, and the log tells once what is refused."""
    caplog.set_level(logging.DEBUG, "docket.events")
    docket = await open_own()
    await command(docket, "ACL", "SETUSER", "deaf", "on", ">secret", "~*", "+@all", "resetchannels", "&nothing")
    async with Docket(docket.name, f"redis://deaf:secret@{HOST}:{own_server.port}/0") as deaf:
        await docket.add("echo", key="key")()
        execution = await deaf.get_execution("key")
        assert execution is not None
        waiting = asyncio.create_task(execution.result())
        await until(lambda: caplog.text.count("lost the connection for events") > 2, "it was tried several times")
        docket.register(echo)
        async with working(docket):
            assert await soon(waiting) == "done"
    told = [record for record in caplog.records if record.levelno > logging.DEBUG and record.name == "docket.events"]
    assert [record.levelname for record in told] == ["WARNING"]
