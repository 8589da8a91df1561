"""Worker processes are killed, stalled and told to leave; no work is lost, and none counts twice."""

import asyncio
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from docket import Docket, Execution, ExecutionState
from tests.docket.acceptance.processes import Crew, WorkerProcess, crew_of
from tests.docket.conftest import OpenDocket
from tests.docket.harness import MINUTE, command, idle, on_roster, state_of, until, working
from tests.servers import ServerProcess

WAIT_SECONDS = 60.0
"""How long a process may take to start, on a busy machine."""


@pytest.fixture
async def docket(open_own: OpenDocket) -> Docket:
    """An open docket on a server that keeps what it has acknowledged."""
    return await open_own(f"acceptance-{uuid4().hex}")


@pytest.fixture
def crew(tmp_path: Path, docket: Docket, own_server: ServerProcess) -> Iterator[Crew]:
    """Worker processes on that docket."""
    with crew_of(tmp_path, docket.name, own_server.url) as crew:
        yield crew


async def holding(crew: Crew, worker: WorkerProcess) -> None:
    """Wait until a worker process holds a task."""
    await until(lambda: worker.pid in crew.diary("begin"), f"a task is held:\n{worker.told}", WAIT_SECONDS)


async def ended(worker: WorkerProcess) -> int | None:
    """Wait for the end of a worker process; returns its exit code."""
    await until(lambda: worker.exit_code is not None, "the worker process has ended", WAIT_SECONDS)
    return worker.exit_code


async def result_of(execution: Execution) -> object:
    """The result of an execution, for which a process may have to start first."""
    return await execution.get_result(timeout=timedelta(seconds=WAIT_SECONDS))


async def test_what_a_killed_worker_ran_is_run_by_another(crew: Crew, docket: Docket) -> None:
    """After SIGKILL in the middle of a task, another worker runs it when the redelivery timeout is over, once."""
    first = crew.start("--redelivery-timeout", "500ms")
    execution = await docket.add("hold")()
    await holding(crew, first)
    first.kill()
    second = crew.start("--redelivery-timeout", "500ms")
    await holding(crew, second)
    crew.let_go(second.pid)
    assert await result_of(execution) == second.pid
    assert crew.diary("begin") == [first.pid, second.pid]
    assert crew.diary("end") == [second.pid]
    assert execution.redelivered
    assert execution.attempt == 1
    assert "delivered again" in second.told


async def test_a_stalled_worker_is_fenced(crew: Crew, docket: Docket) -> None:
    """A worker that was stopped for longer than its lease changes nothing later on: the other's result counts."""
    stalled = crew.start("--redelivery-timeout", "500ms")
    execution = await docket.add("hold")()
    await holding(crew, stalled)
    stalled.send(signal.SIGSTOP)
    other = crew.start("--redelivery-timeout", "500ms", "--name", "other")
    await holding(crew, other)
    crew.let_go(stalled.pid)
    stalled.send(signal.SIGCONT)
    await until(
        lambda: "lost the lease" in stalled.told or "another worker has it by now" in stalled.told,
        "the stalled worker is told that it has lost its claim",
        WAIT_SECONDS,
    )
    await execution.sync()
    assert execution.state is ExecutionState.RUNNING
    assert execution.worker == "other"
    crew.let_go(other.pid)
    assert await result_of(execution) == other.pid
    assert stalled.exit_code is None
    # The stalled one is as good as before.
    await docket.add("brief")(1)
    await until(lambda: crew.diary("brief") == [1], "new work is done")


async def test_sigterm_lets_a_worker_finish(crew: Crew, docket: Docket) -> None:
    """After SIGTERM a worker takes nothing more, finishes what it runs, and ends with 0."""
    worker = crew.start()
    execution = await docket.add("hold")()
    await holding(crew, worker)
    worker.send(signal.SIGTERM)
    await until(lambda: "taking no more work" in worker.told, "it has heard the signal")
    more = await docket.add("brief")(1)
    crew.let_go(worker.pid)
    assert await ended(worker) == 0
    assert await result_of(execution) == worker.pid
    assert await state_of(docket, more.key) is ExecutionState.QUEUED
    assert crew.diary("brief") == []
    assert await docket.workers() == []
    await docket.clear()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_gives_back_what_runs(crew: Crew, docket: Docket, number: signal.Signals) -> None:
    """A second signal, not at the same moment, cancels what runs, which then waits for another worker, untouched."""
    worker = crew.start("--redelivery-timeout", "10m")
    execution = await docket.add("hold")()
    await holding(crew, worker)
    worker.send(number)
    worker.send(number)  # as when a whole process group gets it, and a wrapper passes it on: this is still the first

    await until(lambda: "taking no more work" in worker.told, "it has heard the signal")
    await asyncio.sleep(0.6)  # that time passes between the signals is the point: closer ones count as one
    assert worker.exit_code is None
    worker.send(number)
    assert await ended(worker) == 0
    assert "giving back what runs" in worker.told
    await execution.sync()
    assert execution.state is ExecutionState.QUEUED
    assert execution.attempt == 1
    assert crew.diary("end") == []
    await docket.cancel(execution.key)


@pytest.mark.parametrize(("task", "exit_code"), [("hold", 0), ("endure", 1)])
async def test_a_worker_process_is_gone_when_its_time_is_over(
    crew: Crew, docket: Docket, task: str, exit_code: int
) -> None:
    """One SIGTERM is enough, also for a task that will not be stopped: its process ends, and it is given back."""
    worker = crew.start("--shutdown-timeout", "3s", "--redelivery-timeout", "10m")
    execution = await docket.add(task)()
    await holding(crew, worker)
    worker.send(signal.SIGTERM)
    assert await ended(worker) == exit_code, worker.told
    assert "out of time" in worker.told
    assert await state_of(docket, execution.key) is ExecutionState.QUEUED
    assert await docket.workers() == []
    await docket.cancel(execution.key)


async def test_killing_workers_again_and_again_loses_nothing(crew: Crew, docket: Docket) -> None:
    """Workers that are killed while two hundred tasks drain: each task is run, and ends."""
    executions = [await docket.add("brief")(number) for number in range(200)]
    options = ("--redelivery-timeout", "500ms", "--concurrency", "3")
    crew.start(*options)
    for victim in range(3):
        crew.start(*options)
        goal = 30 * (victim + 1)
        await until(lambda goal=goal: len(set(crew.diary("brief"))) >= goal, f"{goal} are done", WAIT_SECONDS)
        crew.workers[victim].kill()
    for execution in executions:
        await result_of(execution)
    runs = Counter(crew.diary("brief"))
    assert set(runs) == set(range(200))
    # At most what the killed ones had in their hands may have run twice.
    assert sum(runs.values()) <= 200 + 3 * 3
    assert (await docket.snapshot()).total_tasks == 0


async def test_work_given_to_a_worker_that_is_stalled_and_dies_is_not_lost(
    crew: Crew, own_server: ServerProcess, open_own: OpenDocket
) -> None:
    """A stopped worker may still be handed work by the server, after it was taken for dead; it is done all the same."""
    docket = await open_own(crew.docket, heartbeat_interval=timedelta(milliseconds=50), missed_heartbeats=4)
    stalled = crew.start_frail()

    async def alone() -> bool:
        return len(await docket.workers()) == 1

    await until(alone, "it is on the roster", WAIT_SECONDS)
    await idle(docket)
    (identity,) = await command(docket, "ZRANGE", docket.storage._keys.workers, 0, -1)
    stalled.send(signal.SIGSTOP)
    ran = asyncio.Event()

    async def noted() -> None:
        ran.set()

    docket.register(noted)
    async with working(docket, name="lives", minimum_check_interval=MINUTE, scheduling_resolution=MINUTE) as worker:
        await until(lambda: _is_dismissed(docket, identity), "the stalled one is taken for dead")
        execution = await docket.add(noted)()
        stalled.kill()
        await execution.get_result(timeout=timedelta(seconds=5))
        assert execution.worker == "lives"
        assert await on_roster(docket, worker)


async def _is_dismissed(docket: Docket, identity: bytes) -> bool:
    return await command(docket, "ZSCORE", docket.storage._keys.workers, identity) is None


async def test_work_goes_on_when_the_server_is_killed_and_started_again(
    crew: Crew, docket: Docket, own_server: ServerProcess
) -> None:
    """A worker process outlives its server, and finishes what was acknowledged before."""
    crew.start("--redelivery-timeout", "1s", "--concurrency", "2")
    for number in range(40):
        await docket.add("brief")(number)
    await until(lambda: len(crew.diary("brief")) >= 5, "some are done", WAIT_SECONDS)
    await asyncio.to_thread(own_server.kill)
    await asyncio.to_thread(own_server.start)
    await until(lambda: set(crew.diary("brief")) == set(range(40)), "all are done", WAIT_SECONDS)
    await until(lambda: _nothing_left(docket), "all are recorded", WAIT_SECONDS)


async def _nothing_left(docket: Docket) -> bool:
    return (await docket.snapshot()).total_tasks == 0
