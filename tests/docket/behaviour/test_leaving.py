"""A worker leaves in bounded time, however it is ended and whatever is broken, and leaves nothing behind."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from docket import Docket, ExecutionState, Worker
from docket.worker import _shift
from docket.worker._departure import abandoned
from docket.worker._intake import Intake
from docket.worker._leases import Leases
from docket.worker._outcomes import Outcomes
from tests.docket.harness import (
    MINUTE,
    Stage,
    command,
    finish,
    idle,
    later,
    on_roster,
    reaches,
    record_key,
    result_of,
    soon,
    state_of,
    until,
    working,
)
from tests.proxy import running_proxy
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(30)

PATIENT = {"minimum_check_interval": MINUTE, "scheduling_resolution": MINUTE}
BRISK = {"shutdown_timeout": timedelta(seconds=3), **PATIENT}


async def consumers(docket: Docket) -> list[Any]:
    """Who is in the consumer group of the docket's queue."""
    return list(await command(docket, "XINFO", "CONSUMERS", docket.storage._keys.ready, "workers"))


async def losses(docket: Docket, key: str) -> bytes | None:
    """How often the execution of a key was lost together with its worker."""
    count: bytes | None = await command(docket, "HGET", record_key(docket, key), "losses")
    return count


async def begun(docket: Docket, worker: Worker) -> asyncio.Task[None]:
    """A run of a worker, which is on the roster by now."""
    run = asyncio.create_task(worker.run_forever())
    await until(lambda: run.done() or on_roster(docket, worker), "it is on the roster")
    return run


class Stubborn:
    """A task that goes on although it is cancelled, a number of times."""

    def __init__(self, cancellations: int) -> None:
        self.left = cancellations
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()
        self.ended = asyncio.Event()

    async def hold(self) -> str:
        self.entered.set()
        while not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                if not self.left:
                    raise
                self.left -= 1
        self.ended.set()
        return "stubborn"


@pytest.fixture
async def stubborn() -> AsyncIterator[Stubborn]:
    """A task that no cancellation ends; it ends with the test, even one that fails, or its loop could not close."""
    task = Stubborn(1000)
    yield task
    task.let_go.set()


async def test_a_worker_that_leaves_is_gone_from_the_group(docket: Docket) -> None:
    """No consumer stays behind, though leaving wakes whoever waits, and the one that leaves was waiting itself."""
    await docket.add("nobody knows", when=later(seconds=60), key="far")()
    for _ in range(10):
        worker = Worker(docket, **PATIENT)
        run = await begun(docket, worker)
        await idle(docket)
        worker.stop()
        await soon(run)
        assert await consumers(docket) == []
        assert await command(docket, "XPENDING", docket.storage._keys.ready, "workers") == [0, None, None, None]
    await docket.cancel("far")


async def test_a_worker_that_may_not_kill_connections_is_gone_all_the_same(own_server: ServerProcess) -> None:
    """A user of the server without administrative rights leaves no consumer either."""
    async with Docket("admin", own_server.url) as admin:
        rules = ("on", ">secret", "~*", "&*", "+@all", "-client|kill", "-client|id")
        await command(admin, "ACL", "SETUSER", "plain", *rules)
        await command(admin, "ACL", "SETUSER", "limited", "on", ">secret", "~*", "&*", "+@all", "-client|kill")
        for user in ("plain", "limited"):
            async with Docket("orders", own_server.url.replace("://", f"://{user}:secret@")) as docket:
                worker = Worker(docket, **PATIENT)
                run = await begun(docket, worker)
                await idle(docket)
                worker.stop()
                await soon(run)
                assert await consumers(docket) == []


async def test_what_outlasts_the_time_to_finish_is_given_back(docket: Docket, stage: Stage) -> None:
    """A worker that is told to stop does not wait for ever for what it runs: another one begins it at once."""
    worker = Worker(docket, name="leaving", **BRISK)
    run = await begun(docket, worker)
    execution = await docket.add(stage.hold)()
    await soon(stage.entered.wait())
    worker.stop()
    await soon(run)
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    stage.let_go.set()
    await finish(docket, name="next")
    assert await result_of(execution) == "next"
    assert stage.attempts == [(1, False), (1, True)]


@pytest.mark.parametrize("stop", [Worker.stop, Worker.stop_now])
async def test_a_task_that_will_not_stop_is_given_back_and_fenced(
    docket: Docket, stubborn: Stubborn, stop: Callable[[Worker], None], caplog: pytest.LogCaptureFixture
) -> None:
    """It does not hold up its worker, and whatever it still does changes nothing of the execution."""
    worker = Worker(docket, name="leaving", redelivery_timeout=10 * MINUTE, **BRISK)
    run = await begun(docket, worker)
    execution = await docket.add(stubborn.hold)()
    await soon(stubborn.entered.wait())
    stop(worker)
    await soon(run)
    assert "still runs although it was cancelled; given back" in caplog.text
    assert len(abandoned) == 1
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    stubborn.entered.clear()
    async with working(docket, name="next"):
        await soon(stubborn.entered.wait())
        await execution.sync()
        assert (execution.state, execution.worker) == (ExecutionState.RUNNING, "next")
        stubborn.let_go.set()
        assert await result_of(execution) == "stubborn"
        assert execution.worker == "next"
    await until(lambda: not abandoned, "the old copy has ended")


async def test_a_task_that_swallows_one_cancellation_is_cancelled_again(docket: Docket) -> None:
    """At the end of its time a task that has gone on is cancelled once more, and is given back when that stops it."""
    stubborn = Stubborn(1)
    worker = Worker(docket, **BRISK)
    run = await begun(docket, worker)
    execution = await docket.add(stubborn.hold)()
    await soon(stubborn.entered.wait())
    worker.stop_now()
    await soon(run)
    assert not abandoned
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    await docket.cancel(execution.key)


async def test_a_second_cancellation_does_not_break_off_the_departure(docket: Docket) -> None:
    """However often a run is cancelled, clean-ups are waited for, and what ran is given back."""
    entered, cleaning, clean = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def tidy() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaning.set()
            await clean.wait()

    worker = Worker(docket, redelivery_timeout=10 * MINUTE, **PATIENT)
    run = await begun(docket, worker)
    execution = await docket.add(tidy)()
    await soon(entered.wait())
    run.cancel()
    await soon(cleaning.wait())
    for _ in range(3):
        run.cancel()
        await asyncio.sleep(0)
    assert not run.done()
    clean.set()
    await asyncio.wait([run], timeout=5)
    assert run.cancelled()
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    assert (await docket.workers(), await consumers(docket)) == ([], [])
    await docket.cancel(execution.key)


async def broken(*args: object) -> None:
    raise RuntimeError("a loop is broken")


LOOPS: dict[str, tuple[object, str]] = {
    "listener": (Intake, "listen"),
    "leases": (Leases, "run"),
    "outcomes": (Outcomes, "run"),
    "heartbeat": (_shift, "beat"),
    "signals": (_shift, "obey"),
}


@pytest.mark.parametrize("loop", [*LOOPS])
async def test_a_worker_whose_loop_fails_leaves_in_order(
    docket: Docket, stage: Stage, monkeypatch: pytest.MonkeyPatch, loop: str
) -> None:
    """Whichever of its loops is broken, it gives back what it runs, signs off, and raises what was wrong."""
    owner, name = LOOPS[loop]
    go_on = asyncio.Event()

    async def late(*args: object) -> None:
        await go_on.wait()
        await broken()

    monkeypatch.setattr(owner, name, late)
    executions = [await docket.add(stage.hold)() for _ in range(3)]
    run = asyncio.create_task(Worker(docket, redelivery_timeout=10 * MINUTE, **PATIENT).run_forever())
    await until(lambda: stage.running == 3, "it runs them")
    go_on.set()
    with pytest.raises(RuntimeError, match="a loop is broken"):
        await soon(run)
    assert {await state_of(docket, execution.key) for execution in executions} == {ExecutionState.QUEUED}
    assert (await docket.workers(), await consumers(docket)) == ([], [])
    await docket.clear()


async def test_a_worker_whose_intake_fails_leaves_in_order(
    docket: Docket, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does one that cannot digest what it was given."""
    worker = Worker(docket, redelivery_timeout=10 * MINUTE, **PATIENT)
    run = await begun(docket, worker)
    execution = await docket.add(stage.hold)()
    await soon(stage.entered.wait())
    monkeypatch.setattr(Intake, "_until_worthwhile", broken)
    await docket.add("nobody knows", key="more")()
    with pytest.raises(RuntimeError, match="a loop is broken"):
        await soon(run)
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    assert (await docket.workers(), await consumers(docket)) == ([], [])
    await docket.clear()


async def test_a_worker_leaves_with_an_event_loop_that_closes(docket: Docket, stage: Stage) -> None:
    """An event loop that closes cancels every task there is, at once; what ran is given back, and counts as lost."""
    execution = await docket.add("hold")()
    entered = threading.Event()

    async def hold() -> None:
        entered.set()
        await asyncio.Event().wait()

    async def program() -> None:
        async with Docket(docket.name, docket.url) as own:
            own.register(hold)
            run = asyncio.create_task(Worker(own, redelivery_timeout=10 * MINUTE, **PATIENT).run_forever())
            await until(entered.is_set, "it runs")
            this = asyncio.current_task()
            for task in asyncio.all_tasks():
                if task is not this:
                    task.cancel()
            await asyncio.wait([run])
            assert run.cancelled()

    await asyncio.to_thread(asyncio.run, program())
    await execution.sync()
    assert (execution.state, execution.attempt, execution.error) == (ExecutionState.QUEUED, 1, None)
    assert (await docket.workers(), await consumers(docket)) == ([], [])
    assert await losses(docket, execution.key) == b"1"
    await docket.clear()


async def test_a_run_that_is_cancelled_by_its_program_loses_nothing(docket: Docket, stage: Stage) -> None:
    """Who cancels `run_forever` alone wants it to leave: what ran is given back as often as it takes."""
    execution = await docket.add(stage.hold, key="key")()
    worker = Worker(docket, max_redeliveries=0, **PATIENT)
    for _ in range(2):
        run = asyncio.create_task(worker.run_forever())
        await reaches(execution, ExecutionState.RUNNING)
        run.cancel()
        await asyncio.wait([run])
        await reaches(execution, ExecutionState.QUEUED)
    assert await losses(docket, "key") is None
    await docket.clear()


async def test_leaving_the_block_of_a_worker_ends_its_run(docket: Docket, stage: Stage) -> None:
    """A run that was begun beside the block is over when that is: it has given back what it ran."""
    async with Worker(docket, **PATIENT) as worker:
        run = await begun(docket, worker)
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    assert (await docket.workers(), await consumers(docket)) == ([], [])
    await soon(run)
    await docket.cancel(execution.key)


@pytest.mark.parametrize("end", ["stop", "stop_now", "cancel"])
async def test_leaving_a_server_that_is_silent_takes_bounded_time(
    own_server: ServerProcess, stage: Stage, end: str, caplog: pytest.LogCaptureFixture
) -> None:
    """When nothing comes back from the server any more, the worker leaves when its time is over, and says so."""
    async with running_proxy(own_server.port) as proxy, Docket("silent", proxy.url) as docket:
        worker = Worker(docket, **BRISK)
        run = await begun(docket, worker)
        await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        proxy.blackhole()
        run.cancel() if end == "cancel" else getattr(worker, end)()
        with suppress(asyncio.CancelledError):
            await soon(run)
        assert run.done()
        assert "left without recording" in caplog.text
        assert "could not sign off" in caplog.text
        proxy.heal()
        await docket.clear()


async def test_leaving_a_server_that_is_away_takes_bounded_time(own_server: ServerProcess, stage: Stage) -> None:
    """When the server is down, the worker tries to tell it what became of its work until its time is over."""
    async with Docket("away", own_server.url) as docket:
        worker = Worker(docket, **BRISK, reconnection_delay=timedelta(milliseconds=50))
        run = await begun(docket, worker)
        await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        await asyncio.to_thread(own_server.stop)
        worker.stop_now()
        await soon(run)


@pytest.mark.parametrize("answer", ["late", "lost"])
async def test_what_is_given_to_a_worker_that_is_leaving_goes_back(
    own_server: ServerProcess, stage: Stage, answer: str
) -> None:
    """Work is not stranded that was claimed by a call whose answer comes when the worker leaves, or never."""
    more: list[str] = []

    async def note() -> None:
        more.append("run")

    async with running_proxy(own_server.port) as proxy, Docket("late", own_server.url) as docket:
        async with Docket("late", proxy.url) as behind:
            behind.register(note)
            worker = Worker(behind, concurrency=1, redelivery_timeout=10 * MINUTE, **PATIENT)
            run = await begun(docket, worker)
            await behind.add(stage.hold)()
            await soon(stage.entered.wait())
            execution = await docket.add("note")()
            proxy.hold_answers()
            stage.let_go.set()
            await until(lambda: _is(docket, execution.key, ExecutionState.RUNNING), "it is claimed")
            run.cancel()
            await asyncio.sleep(0)
            if answer == "lost":
                await proxy.cut()
            proxy.heal()
            await asyncio.wait([run], timeout=5)
            assert run.cancelled()
        await execution.sync()
        assert execution.state is ExecutionState.QUEUED
        assert not more
        await docket.clear()


async def _is(docket: Docket, key: str, state: ExecutionState) -> bool:
    return await state_of(docket, key) is state
