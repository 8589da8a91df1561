"""Who works on a docket."""

from datetime import timedelta

import pytest

from docket import (
    Docket,
    Worker,
)
from tests.docket.conftest import OpenDocket
from tests.docket.harness import (
    Stage,
    now,
    on_roster,
    result_of,
    until,
    working,
)

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "done") -> str:
    return value


async def test_a_worker_is_known_by_what_it_can_do(open_docket: OpenDocket, stage: Stage) -> None:
    """`workers` and `task_workers` tell of workers that are alive, by name and by tasks."""
    one = await open_docket()
    two = await open_docket(one.name)
    one.register(echo)
    two.register(stage.hold)
    assert await one.workers() == []
    async with working(one, name="w1"):
        before = now()
        async with working(two, name="w2"):
            known = {worker.name: worker for worker in await one.workers()}
            assert {name: set(worker.tasks) for name, worker in known.items()} == {"w1": {"echo"}, "w2": {"hold"}}
            assert abs(known["w2"].last_seen - before) < timedelta(seconds=5)
            assert [worker.name for worker in await two.task_workers("echo")] == ["w1"]
            assert [worker.name for worker in await one.task_workers("hold")] == ["w2"]
            assert await one.task_workers("nothing") == []
        assert [worker.name for worker in await one.workers()] == ["w1"]
    assert await one.workers() == []


async def test_a_task_registered_later_is_known_soon(open_docket: OpenDocket) -> None:
    """A heartbeat tells the tasks that a worker knows by then."""
    docket = await open_docket(heartbeat_interval=timedelta(milliseconds=20))
    async with working(docket):
        assert await docket.task_workers("echo") == []
        docket.register(echo)
        await until(lambda: docket.task_workers("echo"), "the worker says that it knows it")


async def test_a_silent_worker_is_no_longer_listed(open_docket: OpenDocket) -> None:
    """A worker that has missed its heartbeats counts as dead, whether or not anyone has tidied up after it."""
    docket = await open_docket(heartbeat_interval=timedelta(milliseconds=50), missed_heartbeats=2)
    async with working(docket) as worker:
        assert worker._shift is not None
        identity = worker._shift._consumer.identity
        await docket.storage.roster.leave(worker._shift._consumer)
        assert identity
        await until(lambda: on_roster(docket, worker), "it says again that it is alive")
    await until(lambda: _none(docket), "it is gone")


async def _none(docket: Docket) -> bool:
    return not await docket.workers()


async def test_workers_have_a_name_of_their_own(docket: Docket) -> None:
    """Without a name a worker is called by its host and process; two of them share that and nothing else."""
    first, second = Worker(docket), Worker(docket)
    assert first.name == second.name
    assert "#" in first.name


async def test_two_workers_of_one_name_are_two(docket: Docket, stage: Stage) -> None:
    """In one process two workers of the same name share the work, and neither's end disturbs the other."""
    async with working(docket, name="twin", concurrency=1):
        async with working(docket, name="twin", concurrency=1):
            executions = [await docket.add(stage.hold)() for _ in range(2)]
            await until(lambda: stage.running == 2, "both run one")
            assert [worker.name for worker in await docket.workers()] == ["twin", "twin"]
            stage.let_go.set()
            assert [await result_of(execution) for execution in executions] == ["twin", "twin"]
        assert await result_of(await docket.add(echo)()) == "done"
        assert [worker.name for worker in await docket.workers()] == ["twin"]
