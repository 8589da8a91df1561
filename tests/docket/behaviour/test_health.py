"""A worker that cannot work says so, to whoever asks it and to whoever asks over HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from docket import Docket, Worker
from docket.errors import ServerRefusal
from docket.storage.deliveries import Deliveries
from docket.worker._health import serving_health
from docket.worker._intake import Intake
from tests.docket.conftest import OpenDocket
from tests.docket.harness import Stage, command, result_of, soon, until, working
from tests.proxy import running_proxy
from tests.servers import ServerProcess, free_port

pytestmark = pytest.mark.timeout(30)

HASTY = {"reconnection_delay": timedelta(milliseconds=20), "minimum_check_interval": timedelta(milliseconds=100)}
FRAIL = {"heartbeat_interval": timedelta(milliseconds=50), "missed_heartbeats": 4}


async def echo(value: str = "done") -> str:
    return value


async def ask(port: int, request: str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n") -> tuple[str, str]:
    """The status line and the body of an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        head, _, body = (await soon(reader.read())).decode().partition("\r\n\r\n")
        return head.splitlines()[0], body
    finally:
        writer.close()
        await writer.wait_closed()


async def test_a_worker_is_healthy_while_it_runs(docket: Docket) -> None:
    """Before and after a run it is not, and says why."""
    async with working(docket) as worker:
        await result_of(await docket.add(echo)())
        assert worker.healthy
        assert worker.troubles() == []
    assert not worker.healthy
    assert worker.troubles() == ["it does not run"]


async def test_a_full_and_an_idle_worker_stay_healthy(open_docket: OpenDocket, stage: Stage) -> None:
    """Neither having no room for work for a long time nor having none to do is a trouble."""
    # Its patience is longer than machines stall, and it has no reason to look by itself in the time that passes here.
    patience = timedelta(seconds=1)
    docket = await open_docket(heartbeat_interval=patience / 20, missed_heartbeats=20)
    settings = {"redelivery_timeout": timedelta(seconds=1), "minimum_check_interval": timedelta(seconds=20)}
    async with working(docket, concurrency=1, **settings) as worker:
        for _ in ("idle", "full"):
            await asyncio.sleep(2.5 * patience.total_seconds())  # that more time passes than its patience is the point
            assert worker.troubles() == []
            if not stage.entered.is_set():
                await docket.add(stage.hold)()
                await docket.add(echo, key="waits")()
                await soon(stage.entered.wait())
        stage.let_go.set()


@pytest.mark.parametrize("fault", ["away", "silent", "read-only"])
async def test_a_worker_that_cannot_reach_its_server_is_not_healthy(own_server: ServerProcess, fault: str) -> None:
    """After the time in which others take it for dead, it says what does not work; and is healthy when that works."""
    async with (
        running_proxy(own_server.port) as proxy,
        Docket("admin", own_server.url) as admin,
        Docket("ill", proxy.url, **FRAIL) as docket,
        working(docket, **HASTY) as worker,
    ):
        await result_of(await docket.add(echo)())
        match fault:
            case "away":
                proxy.accepting = False
                await proxy.cut()
            case "silent":
                proxy.blackhole()
            case "read-only":
                await command(admin, "REPLICAOF", "127.0.0.1", free_port())
        await until(lambda: not worker.healthy, "it is not healthy")
        assert any("taking work has not succeeded for" in trouble for trouble in await in_trouble(worker))
        await command(admin, "REPLICAOF", "NO", "ONE")
        proxy.heal()
        await until(lambda: worker.healthy, "it is healthy again", 15)
        assert await result_of(await docket.add(echo)()) == "done"


async def in_trouble(worker: Worker) -> list[str]:
    """What the worker says when it does not take work."""
    await until(lambda: any("taking work" in trouble for trouble in worker.troubles()), "it does not take work", 15)
    return worker.troubles()


async def test_a_worker_whose_loop_hangs_is_not_healthy(
    open_docket: OpenDocket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop that neither fails nor gets anywhere is found out, whatever else of the worker lives."""
    docket = await open_docket(**FRAIL)

    async def hang(self: object) -> None:
        await asyncio.Event().wait()

    async with working(docket, shutdown_timeout=timedelta(seconds=1), **HASTY) as worker:
        monkeypatch.setattr(Intake, "_take", hang)
        await until(lambda: not worker.healthy, "it is not healthy")
        assert any("taking work" in trouble for trouble in worker.troubles())


async def test_a_lease_that_is_not_renewed_is_tried_again_soon(
    open_docket: OpenDocket, stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One failure does not make a worker unhealthy until the next turn: it tries again after its reconnection delay."""
    docket = await open_docket()
    tries = 0
    renew = Deliveries.renew

    async def fail_once(self: Deliveries, *args: Any) -> Any:
        nonlocal tries
        task = asyncio.current_task()
        if task is None or task.get_name() != "docket leases":
            return await renew(self, *args)  # others may want it sooner, each for his own reasons
        tries += 1
        if tries == 1:
            raise ServerRefusal("out of memory")
        return await renew(self, *args)

    monkeypatch.setattr(Deliveries, "renew", fail_once)
    await docket.add(stage.hold)()
    caplog.set_level("INFO", "docket.worker")
    lease = timedelta(seconds=3)  # a turn each second
    async with working(docket, redelivery_timeout=lease, reconnection_delay=timedelta(milliseconds=20)) as worker:
        await until(lambda: tries >= 2, "it was tried again")
        await until(lambda: worker.healthy, "it is well")
        stage.let_go.set()
    assert "renewing leases fails; trying again every 0.02 s" in caplog.text


async def test_it_is_answered_over_http() -> None:
    """200 without troubles, 503 with some, which are told in JSON; what is no HTTP gets no answer and does no harm."""
    troubles: list[str] = []
    async with serving_health(lambda: troubles, 0, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        status, body = await ask(port)
        assert (status, json.loads(body)) == ("HTTP/1.1 200 OK", {"healthy": True, "troubles": []})
        troubles.append("it does not run")
        status, body = await ask(port)
        assert status == "HTTP/1.1 503 Service Unavailable"
        assert json.loads(body) == {"healthy": False, "troubles": ["it does not run"]}
        assert await ask(port, "HEAD / HTTP/1.1\r\n\r\n") == ("HTTP/1.1 503 Service Unavailable", "")
        assert (await ask(port, "POST / HTTP/1.1\r\n\r\n"))[0] == "HTTP/1.1 405 Method Not Allowed"
        with pytest.raises(IndexError):
            await ask(port, "x" * 20_000)
        # Somebody who says nothing does not hold up the end.
        _, silent = await asyncio.open_connection("127.0.0.1", port)
        await ask(port)
    silent.close()
    await silent.wait_closed()


async def test_a_program_answers_for_its_worker(open_docket: OpenDocket) -> None:
    """`Worker.run` listens while it runs, and not before or after."""
    docket = await open_docket()
    port = free_port()
    run = asyncio.create_task(
        Worker.run(docket.name, docket.url, healthcheck_port=port, healthcheck_host="127.0.0.1", tasks=[])
    )
    await until(docket.workers, "it runs")
    assert (await ask(port))[0] == "HTTP/1.1 200 OK"
    run.cancel()
    await asyncio.wait([run], timeout=5)
    with pytest.raises(ConnectionRefusedError):
        await ask(port)


async def test_a_port_that_is_taken_is_told(docket: Docket) -> None:
    """A program whose port is another's does not start, and says which."""
    async with serving_health(list, 0, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            await soon(Worker.run(docket.name, docket.url, healthcheck_port=port, healthcheck_host="127.0.0.1"))
