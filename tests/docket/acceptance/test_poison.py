"""A task that ends its worker's process, or blocks it, does so a few times and no more; all other work is done."""

import asyncio
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from docket import Docket, ExecutionState
from docket.errors import TaskDied
from tests.docket.acceptance.processes import Crew, WorkerProcess, crew_of
from tests.docket.conftest import OpenDocket
from tests.docket.harness import reaches, state_of, until
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


async def gone(worker: WorkerProcess) -> int | None:
    """Wait for the end of a worker process; returns its exit code."""
    await until(lambda: worker.exit_code is not None, f"the worker is gone:\n{worker.told}", WAIT_SECONDS)
    return worker.exit_code


@pytest.mark.parametrize(
    ("task", "exit_code"), [("leave", 3), ("kill", -signal.SIGKILL), ("exit_in_child", 3), ("cancel_all", 1)]
)
async def test_a_task_that_ends_its_process_is_dead_after_a_few(
    crew: Crew, docket: Docket, task: str, exit_code: int
) -> None:
    """Each worker that takes it is gone, by a crash or in order, and the next one does other work."""
    frail = ["--redelivery-timeout", "300ms", "--max-redeliveries", "1"]
    execution = await docket.add(task, key="poison")()
    for _ in range(2):
        assert await gone(crew.start(*frail)) == exit_code
    survivor = crew.start(*frail)
    with pytest.raises(TaskDied, match=r"'poison' has died: its worker was lost 2 time\(s\) in attempt 1, the last"):
        await execution.get_result(timeout=timedelta(seconds=WAIT_SECONDS))
    await docket.add("brief")(1)
    await until(lambda: crew.diary("brief") == [1], "other work is done", WAIT_SECONDS)
    assert len(crew.diary("begin")) == 2
    assert survivor.exit_code is None
    assert ("poison has died: " in survivor.told) is (task in {"leave", "kill"})
    (dead,) = await docket.dead.list()
    assert (dead.key, dead.attempt, dead.deliveries, dead.worker is not None) == ("poison", 1, 2, True)


async def test_a_task_that_blocks_its_worker_past_the_lease_is_dead(crew: Crew, docket: Docket) -> None:
    """Another worker comes upon it; the blocked one finds out when it is let go, changes nothing, and goes on."""
    frail = ["--redelivery-timeout", "300ms", "--max-redeliveries", "0"]
    blocked = crew.start(*frail)
    execution = await docket.add("block", key="poison")()
    await until(lambda: crew.diary("begin") == [blocked.pid], "the worker is blocked", WAIT_SECONDS)
    other = crew.start(*frail)
    with pytest.raises(TaskDied, match="or block that for longer than the lease"):
        await execution.get_result(timeout=timedelta(seconds=WAIT_SECONDS))
    await docket.add("brief")(1)
    await until(lambda: crew.diary("brief") == [1], "other work is done", WAIT_SECONDS)
    other.kill()
    crew.let_go(blocked.pid)
    await until(lambda: crew.diary("end") == [blocked.pid], "the worker is not blocked any more", WAIT_SECONDS)
    await docket.add("brief")(2)
    await until(lambda: crew.diary("brief") == [1, 2], "it does other work", WAIT_SECONDS)
    assert await state_of(docket, "poison") is ExecutionState.DEAD


@pytest.mark.timeout(150)
async def test_a_task_that_ends_its_process_takes_no_other_one_with_it(crew: Crew, docket: Docket) -> None:
    """Of ten tasks that are lost together again and again, only the one that is to blame dies; the others end."""
    frail = ["--redelivery-timeout", "1s", "--max-redeliveries", "3"]
    poison = await docket.add("kill", key="poison")()
    innocent = [await docket.add("linger", key=f"innocent-{number}")(number) for number in range(9)]
    worker = crew.start(*frail)

    async def all_have_ended() -> bool:
        nonlocal worker
        if worker.exit_code is not None:
            worker = crew.start(*frail)
        await asyncio.gather(*[execution.sync() for execution in (poison, *innocent)])
        return all(execution.state.is_terminal for execution in (poison, *innocent))

    await until(all_have_ended, "the poison is dead and all others are done", 8 * WAIT_SECONDS)
    assert poison.state is ExecutionState.DEAD
    assert {execution.state for execution in innocent} == {ExecutionState.COMPLETED}
    assert [dead.key for dead in await docket.dead.list()] == ["poison"]
    assert sorted(crew.diary("lingered")) == [*range(9)]


async def test_a_deploy_uses_up_no_redelivery(crew: Crew, docket: Docket) -> None:
    """What workers give back when they are told to stop is handed out as often as it takes."""
    strict = ["--redelivery-timeout", "10m", "--max-redeliveries", "0"]
    execution = await docket.add("hold", key="long")()
    for number in (1, 2, 3):
        worker = crew.start(*strict)
        await until(lambda number=number: len(crew.diary("begin")) == number, "it is held", WAIT_SECONDS)
        worker.send(signal.SIGTERM)
        await until(lambda worker=worker: "taking no more work" in worker.told, "it has heard that", WAIT_SECONDS)
        await until(lambda worker=worker: _insists(worker), "it has given it back", WAIT_SECONDS)
    await reaches(execution, ExecutionState.QUEUED)
    last = crew.start(*strict)
    await until(lambda: last.pid in crew.diary("begin"), "it is held once more", WAIT_SECONDS)
    crew.let_go(last.pid)
    assert await execution.get_result(timeout=timedelta(seconds=WAIT_SECONDS)) == last.pid
    assert execution.attempt == 1
    assert await docket.dead.count() == 0


def _insists(worker: WorkerProcess) -> bool:
    """Tell a worker once more to stop, for signals that come close together are one; whether it has ended."""
    worker.send(signal.SIGTERM)
    return worker.exit_code is not None
