"""A worker that has left is gone from the roster and from the queue's group, whatever its connections went through."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest

from docket import Docket, Worker
from docket.errors import ServerTrouble
from docket.storage.connections._link import Link, connect_to
from docket.storage.connections.standalone import StandaloneServer
from docket.storage.deliveries import Consumer
from docket.storage.roster import Roster
from tests.docket.harness import MINUTE, command, idle, on_roster, soon, until
from tests.proxy import running_proxy
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(30)

OPTIONS: dict[str, Any] = {
    "reconnection_delay": timedelta(milliseconds=20),
    "minimum_check_interval": MINUTE,
    "scheduling_resolution": MINUTE,
}


async def remains(docket: Docket) -> tuple[list[Any], list[Any]]:
    """The consumers of the docket's queue, and its roster."""
    keys = docket.storage._keys
    consumers = await command(docket, "XINFO", "CONSUMERS", keys.ready, "workers")
    return list(consumers), list(await command(docket, "ZRANGE", keys.workers, 0, -1))


async def idling(docket: Docket, worker: Worker) -> asyncio.Task[None]:
    """A run of a worker that is on the roster and waits for work by now."""
    run = asyncio.create_task(worker.run_forever())
    await until(lambda: run.done() or on_roster(docket, worker), "it is on the roster")
    await idle(docket)
    return run


async def test_signing_off_is_tried_until_the_server_is_back(
    own_server: ServerProcess, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that cannot be reached for a moment while a worker leaves has forgotten it all the same."""
    original, failures = Roster.leave, list[ServerTrouble]()

    async def leave(self: Roster, consumer: Consumer) -> None:
        try:
            await original(self, consumer)
        except ServerTrouble as error:
            failures.append(error)
            raise

    monkeypatch.setattr(Roster, "leave", leave)
    async with (
        running_proxy(own_server.port) as proxy,
        Docket("gone", own_server.url) as docket,
        Docket("gone", proxy.url) as behind,
    ):
        worker = Worker(behind, shutdown_timeout=10 * MINUTE, **OPTIONS)
        run = await idling(docket, worker)
        proxy.accepting = False
        await proxy.cut()
        worker.stop()
        await until(lambda: len(failures) > 1, "it has tried to sign off")
        assert not run.done()
        proxy.heal()
        await soon(run)
        assert await remains(docket) == ([], [])
    assert "could not sign off" not in caplog.text


async def test_a_short_time_to_leave_is_enough_for_a_slow_network(own_server: ServerProcess) -> None:
    """A few round trips to a server that answers are within the time of a second, also if each takes a part of it."""
    async with (
        running_proxy(own_server.port) as proxy,
        Docket("slow", own_server.url) as docket,
        Docket("slow", proxy.url) as behind,
    ):
        worker = Worker(behind, shutdown_timeout=timedelta(seconds=3), **OPTIONS)
        run = await idling(docket, worker)
        proxy.delay_seconds = 0.1
        worker.stop()
        await soon(run)
        assert await remains(docket) == ([], [])


async def test_signing_off_ends_no_connection_of_others(own_server: ServerProcess) -> None:
    """A server that was started anew may know others by the number that the worker's connection had."""
    async with Docket("others", own_server.url) as docket:
        for _ in range(20):  # so that the number is not one that is given while the server starts
            await (await connect_to(own_server.url, 5)).close()
        deliveries = docket.storage.deliveries(MINUTE)
        consumer = Consumer("gone#1", "gone", 1000, 5)
        await deliveries.take(consumer, "token", 1, [], None)
        reading = asyncio.create_task(deliveries.wait(consumer, 60_000))
        await until(lambda: deliveries._blocking.identity is not None, "it is connected")
        await idle(docket)
        number = deliveries._blocking.identity or 0
        own_server.stop()  # in this very thread, so that the event loop cannot notice
        with pytest.raises(ServerTrouble):
            await deliveries.stop_waiting()
        with pytest.raises(ServerTrouble):
            await reading
        await asyncio.to_thread(own_server.start)
        async with contextlib.AsyncExitStack() as stack:
            others: list[Link] = []
            while not others or (others[-1].identity or 0) < number:
                others.append(await connect_to(own_server.url, 5))
                stack.push_async_callback(others[-1].close)
            assert others[-1].identity == number
            await deliveries.stop_waiting()
            await others[-1].send("PING")
            assert await others[-1].receive() == b"PONG"
        await deliveries.close()


async def test_a_worker_whose_docket_is_closed_leaves_at_once(
    own_server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing can be told to the server any more, so nobody waits for that, however much time there is to leave."""
    async with Docket("closed", own_server.url, heartbeat_interval=timedelta(milliseconds=100)) as docket:
        worker = Worker(docket, shutdown_timeout=10 * MINUTE, **OPTIONS)
        run = await idling(docket, worker)
    run.cancel()
    await asyncio.wait([run], timeout=10)
    assert run.cancelled()
    assert "could not sign off" in caplog.text
    assert "has been closed" in caplog.text


async def test_a_connection_that_is_being_made_does_not_bring_the_consumer_back(
    own_server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose blocking read was cut, and is about to be sent anew when it leaves, leaves no consumer behind."""
    connect, leave = StandaloneServer.connect, Roster.leave
    begun, gate, over = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def connect_late(self: StandaloneServer, answer_timeout_seconds: float) -> Link:
        if answer_timeout_seconds < MINUTE.total_seconds():
            return await connect(self, answer_timeout_seconds)
        begun.set()
        try:
            await gate.wait()
            return await connect(self, answer_timeout_seconds)
        finally:
            over.set()

    async def leave_in_between(self: Roster, consumer: Consumer) -> None:
        await leave(self, consumer)
        gate.set()
        await over.wait()
        for _ in range(10):  # whatever is to be sent over the new connection comes before these
            await docket.storage.ping()

    async with Docket("anew", own_server.url) as docket:
        worker = Worker(docket, **OPTIONS)
        run = await idling(docket, worker)
        monkeypatch.setattr(StandaloneServer, "connect", connect_late)
        monkeypatch.setattr(Roster, "leave", leave_in_between)
        reading = next(line for line in (await clients(docket)) if b" cmd=xreadgroup" in line)
        await command(docket, "CLIENT", "KILL", "ID", reading.split()[0].removeprefix(b"id="))
        await soon(begun.wait())
        worker.stop()
        await soon(run)
        assert await remains(docket) == ([], [])


async def clients(docket: Docket) -> list[bytes]:
    """The connections of the docket's server, each in a line."""
    lines: bytes = await command(docket, "CLIENT", "LIST")
    return lines.splitlines()
