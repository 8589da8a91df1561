"""Servers go away, come back, forget and refuse; workers go on, and nothing acknowledged is lost."""

import asyncio
import logging
from collections import Counter
from datetime import timedelta

import pytest

from docket import Disposition, Docket, ExecutionState, Worker
from docket.errors import ConnectionLost
from tests.docket.conftest import OpenDocket
from tests.docket.harness import MINUTE, command, later, reaches, result_of, soon, until, working
from tests.servers import ServerProcess, refusing_port

pytestmark = pytest.mark.timeout(30)

HASTY = {"reconnection_delay": timedelta(milliseconds=20)}


async def echo(value: str = "done") -> str:
    return value


async def restart(server: ServerProcess) -> None:
    """Stop a server and start it again while the event loop goes on."""
    await asyncio.to_thread(server.restart)


async def test_a_worker_survives_a_restart_of_the_server(open_own: OpenDocket, own_server: ServerProcess) -> None:
    """When the server comes back, the worker goes on with what was acknowledged, queued and scheduled."""
    docket = await open_own()
    runs: Counter[str] = Counter()

    async def note(name: str) -> str:
        runs[name] += 1
        return name

    async with working(docket, **HASTY):
        assert await result_of(await docket.add(note)("before")) == "before"
        scheduled = await docket.add(note, when=later(milliseconds=1200))("scheduled")
        await restart(own_server)
        assert await result_of(await docket.add(note)("after")) == "after"
        assert await result_of(scheduled) == "scheduled"
    assert runs == {"before": 1, "scheduled": 1, "after": 1}


async def test_what_runs_during_an_outage_is_finished_after_it(open_own: OpenDocket, own_server: ServerProcess) -> None:
    """A task that ends while the server is away is recorded when it is back, and runs once."""
    docket = await open_own()
    entered, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    runs = 0

    async def hold() -> str:
        nonlocal runs
        runs += 1
        entered.set()
        await go_on.wait()
        ended.set()
        return "kept"

    async with working(docket, **HASTY):
        execution = await docket.add(hold)()
        await soon(entered.wait())
        await asyncio.to_thread(own_server.stop)
        go_on.set()
        await soon(ended.wait())
        await asyncio.to_thread(own_server.start)
        assert await result_of(execution) == "kept"
    assert runs == 1


async def test_what_outlasts_its_lease_in_an_outage_runs_once(
    open_own: OpenDocket, own_server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker whose server was away for longer than the lease still has what it runs, and does not start it again."""
    docket = await open_own()
    lease = timedelta(milliseconds=300)
    entered, go_on = asyncio.Event(), asyncio.Event()
    running = most = runs = 0

    async def hold() -> str:
        nonlocal running, most, runs
        runs += 1
        running += 1
        most = max(most, running)
        entered.set()
        try:
            await go_on.wait()
        finally:
            running -= 1
        return "kept"

    caplog.set_level(logging.DEBUG)
    async with working(docket, redelivery_timeout=lease, reconnection_delay=timedelta(milliseconds=40)):
        execution = await docket.add(hold)()
        await soon(entered.wait())
        await asyncio.to_thread(own_server.stop)
        lost = lambda: caplog.text.count("renewing leases fails")  # noqa: E731
        await until(lambda: lost() >= 5, "the lease has run out")
        await asyncio.to_thread(own_server.start)
        # Other work has gone through the worker, so it has looked for leases that have run out.
        assert await result_of(await docket.add(echo)()) == "done"
        go_on.set()
        assert await result_of(execution) == "kept"
    assert (runs, most) == (1, 1)


async def test_what_has_ended_in_an_outage_is_not_begun_again_before_it_is_recorded(
    open_own: OpenDocket, own_server: ServerProcess, caplog: pytest.LogCaptureFixture
) -> None:
    """A lease that ran out while the outcome had nowhere to go is taken up again, so that the work is done once."""
    docket = await open_own()
    lease, outage = timedelta(milliseconds=300), timedelta(seconds=1)
    entered, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    runs = 0

    async def hold() -> str:
        nonlocal runs
        runs += 1
        entered.set()
        await go_on.wait()
        ended.set()
        return "kept"

    caplog.set_level(logging.DEBUG)
    async with working(docket, redelivery_timeout=lease, reconnection_delay=outage):
        execution = await docket.add(hold)()
        await soon(entered.wait())
        await asyncio.to_thread(own_server.stop)
        # The outcome is sent, in vain, when the worker has begun to wait, so it is sent again after all else has been.
        await until(lambda: caplog.text.count("renewing leases fails") >= 4, "the lease has run out")
        go_on.set()
        await soon(ended.wait())
        await until(lambda: "recording outcomes fails" in caplog.text, "the outcome has nowhere to go")
        await asyncio.to_thread(own_server.start)
        assert await result_of(execution) == "kept"
        assert await result_of(await docket.add(echo)()) == "done"
    assert runs == 1


async def test_nothing_is_lost_while_the_server_comes_and_goes(open_own: OpenDocket, own_server: ServerProcess) -> None:
    """Whatever was acknowledged is done, however often the server is stopped while tasks drain."""
    docket = await open_own()
    runs: Counter[int] = Counter()

    async def note(number: int) -> None:
        await asyncio.sleep(0.002)
        runs[number] += 1

    async with working(docket, concurrency=5, redelivery_timeout=timedelta(seconds=1), **HASTY):
        added = 0
        for _ in range(3):
            for _ in range(60):
                await docket.add(note)(added)
                added += 1
            await restart(own_server)
        await until(lambda: len(runs) == added, "all have run", 15)
        await until(lambda: _finished(docket), "all are recorded", 15)
    assert set(runs) == set(range(added))


async def _finished(docket: Docket) -> bool:
    return (await docket.snapshot()).total_tasks == 0


async def test_a_killed_connection_is_made_anew(open_own: OpenDocket) -> None:
    """Cutting every connection, of callers and of workers, again and again, loses nothing."""
    docket = await open_own()
    runs: Counter[int] = Counter()

    async def note(number: int) -> None:
        runs[number] += 1
        await asyncio.sleep(0.001)

    docket.register(note)
    other = await open_own(docket.name)
    async with working(docket, concurrency=4, redelivery_timeout=timedelta(seconds=1), **HASTY):
        for number in range(100):
            await other.add(note)(number)
            if number % 20 == 10:
                await command(other, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await until(lambda: _finished(other), "all are recorded")
    assert set(runs) == set(range(100))


async def test_a_delivery_that_is_lost_on_its_way_is_made_up_for(open_own: OpenDocket) -> None:
    """Work that was delivered to a connection in the very moment that it was cut is done all the same."""
    docket = await open_own()
    docket.register(echo)
    other = await open_own(docket.name)
    async with working(docket, **HASTY):
        for number in range(2):
            # In one write, so that the worker's connection is cut before the delivery has left the server.
            execution, _ = await asyncio.gather(
                other.add(echo)(str(number)), command(other, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            )
            assert await result_of(execution) == str(number)


async def test_a_worker_survives_a_flush(open_own: OpenDocket) -> None:
    """When somebody empties the server, what was there is gone, what runs is stopped, and new work is done at once."""
    docket = await open_own()
    entered, stopped = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    async with working(
        docket,
        redelivery_timeout=timedelta(milliseconds=300),
        minimum_check_interval=MINUTE,
        scheduling_resolution=MINUTE,
    ):
        for _ in range(3):
            entered.clear()
            stopped.clear()
            await docket.add(hold)()
            await docket.add(echo, when=later(seconds=60))()
            await soon(entered.wait())
            await command(docket, "FLUSHALL")
            await soon(stopped.wait())
            assert await result_of(await docket.add(echo)()) == "done"
        assert (await docket.snapshot()).total_tasks == 0


async def test_an_idle_worker_survives_a_flush(open_own: OpenDocket) -> None:
    """A worker that waits for work finds its queue again after it was deleted, without being told."""
    docket = await open_own()
    async with working(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE):
        for _ in range(5):
            await command(docket, "FLUSHALL")
            assert await result_of(await docket.add(echo)()) == "done"
        await command(docket, "DEL", docket.storage._keys.ready)
        assert await result_of(await docket.add(echo, when=later(milliseconds=50))()) == "done"


async def test_a_worker_survives_the_loss_of_its_scripts(docket: Docket) -> None:
    """Scripts that the server has forgotten are sent again."""
    async with working(docket):
        for number in range(10):
            execution = await docket.add(echo)(str(number))
            await command(docket, "SCRIPT", "FLUSH")
            assert await result_of(execution) == str(number)


async def test_a_worker_survives_a_full_server(open_own: OpenDocket, caplog: pytest.LogCaptureFixture) -> None:
    """A server that has no memory left refuses; as soon as it has some again, the worker goes on."""
    docket = await open_own()
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> str:
        entered.set()
        await go_on.wait()
        return "kept"

    async with working(
        docket, minimum_check_interval=timedelta(milliseconds=20), redelivery_timeout=timedelta(seconds=1), **HASTY
    ):
        execution = await docket.add(hold)()
        scheduled = await docket.add(echo, when=later(milliseconds=100))("scheduled")
        await soon(entered.wait())
        await command(docket, "CONFIG", "SET", "maxmemory", "1")
        go_on.set()
        await until(lambda: "maxmemory" in caplog.text, "the worker is told that there is no memory")
        await command(docket, "CONFIG", "SET", "maxmemory", "0")
        assert await result_of(execution) == "kept"
        assert await result_of(scheduled) == "scheduled"


async def test_a_worker_leaves_although_the_server_is_away(own_server: ServerProcess) -> None:
    """An idle worker that is told to stop while its server is away stops soon, instead of waiting for it."""
    async with Docket("outage", own_server.url) as docket:
        worker = Worker(docket, reconnection_delay=MINUTE)
        run = asyncio.create_task(worker.run_forever())
        assert await result_of(await docket.add(echo)()) == "done"
        await asyncio.to_thread(own_server.stop)
        worker.stop()
        await asyncio.wait([run], timeout=10)
        assert run.done()
        assert run.exception() is None


async def test_opening_a_docket_says_what_cannot_be_reached() -> None:
    """The error names the docket, the server and the reason, and no password."""
    told = r"cannot open the docket 'orders' at redis://127\.0\.0\.1:\d+/0: "
    with refusing_port() as port, pytest.raises(ConnectionLost, match=told) as caught:
        async with Docket("orders", f"redis://user:secret@127.0.0.1:{port}/0"):
            """Never reached."""
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value, ConnectionError)


async def test_a_caller_is_told_that_the_server_is_away(own_server: ServerProcess) -> None:
    """Scheduling while the server is away is an error at the caller, and works again when it is back."""
    async with Docket("outage", own_server.url) as docket:
        await docket.add(echo, when=later(seconds=60), key="before")()
        await asyncio.to_thread(own_server.stop)
        for attempt in (docket.add(echo)(), docket.cancel("before"), docket.snapshot(), docket.get_execution("before")):
            with pytest.raises(ConnectionLost):
                await attempt
        await asyncio.to_thread(own_server.start)
        found = await docket.get_execution("before")
        assert found is not None
        assert found.state is ExecutionState.SCHEDULED
        await docket.clear()


async def test_work_that_was_running_when_the_server_was_killed_is_done(
    open_own: OpenDocket, own_server: ServerProcess
) -> None:
    """A server that crashes and comes back with its data has the work done, by a worker that was started since."""
    docket = await open_own()
    execution = await docket.add(echo)("kept")
    await command(docket, "CONFIG", "SET", "appendfsync", "always")
    await docket.add(echo, when=later(seconds=60), key="far")()
    await asyncio.to_thread(own_server.kill)
    await asyncio.to_thread(own_server.start)
    assert (await docket.add(echo, key="far")()).disposition is Disposition.ALREADY_SCHEDULED
    async with working(docket, **HASTY):
        assert await result_of(execution) == "kept"
        await reaches(execution, ExecutionState.COMPLETED)
    await docket.cancel("far")


async def test_a_connection_cut_while_idle_is_not_noticed(open_own: OpenDocket) -> None:
    """A server or a proxy that closes idle connections is no error of whoever asks something next."""
    docket, other = await open_own(), await open_own()
    await docket.add(echo, when=later(seconds=60), key="key")()
    asks = [lambda: docket.get_execution("key"), docket.snapshot, docket.workers, lambda: docket.cancel("key")]
    for ask in asks:
        await command(other, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await ask()
