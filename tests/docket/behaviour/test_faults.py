"""Servers that are silent, slow, full, loading, read-only or failed over: everybody is told, and goes on by himself."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from docket import Cancellation, Docket, ExecutionState
from docket.errors import ConnectionLost, ReplyTimeout, ServerRefusal, ServerUnreachable
from docket.storage import storage
from docket.storage.connections import _link
from tests.docket.conftest import OpenDocket
from tests.docket.harness import Stage, command, later, result_of, soon, state_of, until, working
from tests.proxy import Proxy, running_proxy
from tests.servers import ServerProcess, running_server

pytestmark = pytest.mark.timeout(30)

HASTY = {"reconnection_delay": timedelta(milliseconds=20), "minimum_check_interval": timedelta(milliseconds=100)}
PATIENCE_SECONDS = 0.3


async def echo(value: str = "done") -> str:
    return value


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that nobody has to wait for in a test."""
    monkeypatch.setattr(storage, "ANSWER_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(_link, "CONNECT_TIMEOUT_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
async def proxy(own_server: ServerProcess) -> AsyncIterator[Proxy]:
    """A proxy in front of the test's own server."""
    async with running_proxy(own_server.port) as one:
        yield one


def told(caplog: pytest.LogCaptureFixture, logger: str, level: int) -> list[str]:
    """What a logger has told at a level."""
    return [record.getMessage() for record in caplog.records if (record.name, record.levelno) == (logger, level)]


async def test_an_outage_is_told_once_when_it_begins_and_once_when_it_ends(
    own_server: ServerProcess, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """However many loops try in vain however often, the log has a line for each end of an outage, and no more."""
    caplog.set_level(logging.DEBUG)
    moment = timedelta(milliseconds=30)
    async with (
        Docket("told", own_server.url, heartbeat_interval=moment, missed_heartbeats=1000) as docket,
        working(docket, redelivery_timeout=3 * moment, **HASTY),
    ):
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        await asyncio.to_thread(own_server.stop)
        await until(lambda: "waiting for work fails" in caplog.text, "the blocked read is broken")
        for part in ("taking work", "renewing leases", "sending heartbeats"):
            await until(lambda part=part: caplog.text.count(f"{part} fails") >= 3, f"{part} has been tried")
        await asyncio.to_thread(own_server.start)
        stage.let_go.set()
        await result_of(execution)
        await until(lambda: told(caplog, "docket.events", logging.INFO), "the connection for events is back")
        await until(lambda: "the server is back" in caplog.text, "the outage is over")
    (begun,) = told(caplog, "docket.worker", logging.WARNING)
    assert "fails; trying again every" in begun
    assert len([line for line in told(caplog, "docket.worker", logging.INFO) if "the server is back" in line]) == 1
    assert len(told(caplog, "docket.events", logging.WARNING)) == 1
    assert told(caplog, "docket.events", logging.INFO) == ["the connection for events is back"]


@pytest.mark.usefixtures("impatient")
async def test_a_caller_whose_server_is_silent_is_told_in_time(proxy: Proxy) -> None:
    """Nothing comes back on a connection, and nothing on a new one: each call fails, and works when that is over."""
    async with Docket("silent", proxy.url) as docket:
        await docket.add(echo, when=later(seconds=60), key="key")()
        proxy.blackhole()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        with pytest.raises((ReplyTimeout, ServerUnreachable)):
            await docket.add(echo)()
        # An answer that does not come, and once more: a connection that does not come. Others wait for the same.
        assert loop.time() - begun < 10 * PATIENCE_SECONDS
        with pytest.raises(ServerUnreachable, match=r"did not answer within 0\.3 s"):
            await docket.get_execution("key")
        proxy.heal()
        assert await state_of(docket, "key") is ExecutionState.SCHEDULED
        await docket.clear()


@pytest.mark.usefixtures("impatient")
async def test_a_worker_whose_server_is_silent_notices_and_goes_on(proxy: Proxy, own_server: ServerProcess) -> None:
    """A network that swallows everything, on all connections at once, is noticed; what was added since is done."""
    async with Docket("silent", own_server.url) as docket, Docket("silent", proxy.url) as behind:
        behind.register(echo)
        async with working(behind, **HASTY) as worker:
            assert await result_of(await docket.add("echo")("before")) == "before"
            proxy.blackhole()
            execution = await docket.add("echo")("meanwhile")
            assert worker._shift is not None
            contact = worker._shift._contact
            await until(lambda: len(contact._failing) >= 2, "it has noticed")
            proxy.heal()
            assert await result_of(execution) == "meanwhile"
            await until(lambda: not contact._failing, "it has noticed that as well")


@pytest.mark.usefixtures("impatient")
async def test_a_server_that_stalls_is_waited_for(own_server: ServerProcess, open_own: OpenDocket) -> None:
    """A server process that is stopped for longer than anybody waits, and goes on, loses nothing."""
    docket = await open_own()
    async with working(docket, **HASTY) as worker:
        assert await result_of(await docket.add(echo)("before")) == "before"
        os.kill(own_server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(ConnectionLost):
                await docket.snapshot()
            assert worker._shift is not None
            contact = worker._shift._contact
            await until(lambda: contact._failing, "the worker has noticed")
        finally:
            os.kill(own_server.pid, signal.SIGCONT)
        assert await result_of(await docket.add(echo)("after")) == "after"


async def test_a_slow_network_is_no_outage(
    proxy: Proxy, own_server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """Fifty milliseconds on each way cost time, and nothing else."""
    proxy.delay_seconds = 0.05
    async with Docket("slow", proxy.url) as docket, working(docket, **HASTY):
        executions = await asyncio.gather(*[docket.add(echo)(str(number)) for number in range(50)])
        assert [await result_of(execution) for execution in executions] == [str(number) for number in range(50)]
    assert not told(caplog, "docket.worker", logging.WARNING)


@pytest.mark.usefixtures("impatient")
async def test_callers_whose_server_answers_in_drips_are_told_in_time(proxy: Proxy) -> None:
    """Each answer comes in its time, and all of them would take far too long: those that wait are told."""
    async with Docket("drips", proxy.url) as docket:
        await docket.cancel("known scripts")
        proxy.delay_seconds = PATIENCE_SECONDS / 6
        proxy.answer_bytes = len(b"$7\r\nunknown\r\n")
        calls = [docket.cancel(f"key-{number}") for number in range(100)]
        answers = await asyncio.gather(*calls, return_exceptions=True)
        late = [answer for answer in answers if isinstance(answer, ReplyTimeout)]
        assert late
        assert len(late) + answers.count(Cancellation.UNKNOWN) == len(answers)
        proxy.heal()
        assert await docket.cancel("another") is Cancellation.UNKNOWN


async def test_connections_that_are_reset_again_and_again_are_made_anew(
    proxy: Proxy, own_server: ServerProcess
) -> None:
    """Resets in the midst of work lose nothing that was acknowledged."""
    done: set[int] = set()

    async def note(number: int) -> None:
        done.add(number)

    async with Docket("reset", own_server.url) as docket, Docket("reset", proxy.url) as behind:
        behind.register(note)
        async with working(behind, redelivery_timeout=timedelta(seconds=1), **HASTY):
            for number in range(100):
                await docket.add("note")(number)
                if number % 20 == 10:
                    await proxy.cut()
            await until(lambda: done == set(range(100)), "all have run", 15)
            await until(lambda: nothing_left(docket), "all are recorded", 15)


async def nothing_left(docket: Docket) -> bool:
    return (await docket.snapshot()).total_tasks == 0


async def test_a_server_with_too_many_clients_is_tried_again(
    own_server: ServerProcess, open_own: OpenDocket, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker that lost its connections to a server that takes no more says so, and comes in when there is room."""
    docket, admin = await open_own(), await open_own()
    caplog.set_level(logging.DEBUG)
    async with working(docket, **HASTY):
        assert await result_of(await docket.add(echo)("before")) == "before"
        await command(admin, "CONFIG", "SET", "maxclients", 1)
        await command(admin, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(lambda: "taking work fails" in caplog.text, "it has tried")
        with pytest.raises(ConnectionLost):
            await docket.add(echo)()
        await command(admin, "CONFIG", "SET", "maxclients", 1000)
        assert await result_of(await docket.add(echo)("after")) == "after"


async def test_a_caller_is_told_that_the_server_is_full(open_own: OpenDocket) -> None:
    """A server without memory refuses what is to be scheduled; reading, and scheduling later, work."""
    docket = await open_own()
    await docket.add(echo, when=later(seconds=60), key="key")()
    await command(docket, "CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(ServerRefusal, match="maxmemory"):
        await docket.add(echo)()
    assert await state_of(docket, "key") is ExecutionState.SCHEDULED
    await command(docket, "CONFIG", "SET", "maxmemory", "0")
    await docket.add(echo)()
    assert (await docket.snapshot()).total_tasks == 2
    await docket.clear()


@asynccontextmanager
async def replicated(tmp_path_factory: pytest.TempPathFactory, server: ServerProcess) -> AsyncIterator[ServerProcess]:
    """A replica of a server, which has everything that the server has."""
    options = ("--replicaof", f"127.0.0.1 {server.port}")
    with running_server(tmp_path_factory.mktemp("replica"), appendonly=True, options=options) as replica:
        async with Docket("any", replica.url) as look:

            async def in_step() -> bool:
                return b"master_link_status:up" in await command(look, "INFO", "replication")

            await until(in_step, "the replica is in step", 15)
        yield replica


async def test_work_goes_on_after_a_failover_behind_one_address(
    own_server: ServerProcess, proxy: Proxy, tmp_path_factory: pytest.TempPathFactory, stage: Stage
) -> None:
    """The old server is read-only while its clients are still connected: they leave it for the one that took over."""
    async with (
        replicated(tmp_path_factory, own_server) as replica,
        Docket("failover", proxy.url) as docket,
        working(docket, **HASTY),
    ):
        held = await docket.add(stage.hold)()
        scheduled = await docket.add(echo, when=later(milliseconds=500))("scheduled")
        await soon(stage.entered.wait())
        async with Docket("any", own_server.url) as old, Docket("any", replica.url) as new:
            await command(old, "WAIT", 1, 5000)
            await command(new, "REPLICAOF", "NO", "ONE")
            proxy.target = replica.port
            await command(old, "REPLICAOF", "127.0.0.1", replica.port)
        stage.let_go.set()
        assert await result_of(held) is not None
        assert await result_of(scheduled) == "scheduled"
        await until(lambda: accepted(docket), "callers have left it too")
        await until(lambda: nothing_left(docket), "all is recorded")


async def accepted(docket: Docket) -> bool:
    try:
        await docket.add(echo, key="again")()
    except ServerRefusal:
        return False
    return await result_of(await docket.add(echo)("after")) == "after"


@pytest.fixture
def slow_to_load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server that takes its time to load each key when it starts."""
    options = ("--key-load-delay", "50")
    with running_server(tmp_path_factory.mktemp("slow"), appendonly=True, options=options) as server:
        yield server


async def test_a_server_that_loads_its_data_is_waited_for(
    slow_to_load: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker goes on when its server has loaded; a caller is told meanwhile."""
    async with Docket("loading", slow_to_load.url) as docket, working(docket, **HASTY):
        await command(docket, "EVAL", "for i=1,20000 do redis.call('SET', 'filler' .. i, 1) end", 0)
        execution = await docket.add(echo, when=later(milliseconds=300))("loaded")
        await asyncio.to_thread(slow_to_load.restart, loaded=False)
        with pytest.raises((ServerRefusal, ConnectionLost), match=r"(?i)loading"):
            await docket.cancel("nobody")
        await until(lambda: has_loaded(docket), "it has loaded", 15)
        assert await result_of(execution) == "loaded"


async def has_loaded(docket: Docket) -> bool:
    try:
        return bool(await docket.workers())
    except (ServerRefusal, ConnectionLost):
        return False
