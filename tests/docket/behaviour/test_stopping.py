"""A worker may be told to stop at any moment, and what it cannot do any more is soon another one's."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Self

import pytest

from docket import CurrentWorker, Docket, Execution, ExecutionState, Worker
from docket.dependencies import Dependency, FailureHook
from tests.docket.harness import MINUTE, Stage, finish, idle, on_roster, result_of, soon, until, working

pytestmark = pytest.mark.timeout(20)

PATIENT = {"minimum_check_interval": MINUTE, "scheduling_resolution": MINUTE}


async def who(worker: Worker = CurrentWorker()) -> str:
    return worker.name


class Undecided(FailureHook, Dependency["Undecided"]):
    """Takes its time to decide what follows a failure."""

    asked = asyncio.Event()
    decided = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        Undecided.asked.set()
        await Undecided.decided.wait()
        return None


@pytest.fixture
def undecided(monkeypatch: pytest.MonkeyPatch) -> type[Undecided]:
    """The hook, of which nobody has asked anything yet."""
    monkeypatch.setattr(Undecided, "asked", asyncio.Event())
    monkeypatch.setattr(Undecided, "decided", asyncio.Event())
    return Undecided


async def fail(undecided: Undecided = Undecided()) -> None:
    raise RuntimeError("no good")


async def stop_now(worker: Worker, run: asyncio.Task[None]) -> None:
    worker.stop_now()
    await soon(run)


async def cancel_run(worker: Worker, run: asyncio.Task[None]) -> None:
    run.cancel()
    await asyncio.wait([run], timeout=5)
    assert run.cancelled()


@pytest.mark.parametrize("end", [stop_now, cancel_run])
async def test_what_follows_a_failure_is_decided_by_another_worker(
    docket: Docket, undecided: type[Undecided], end: Callable[[Worker, asyncio.Task[None]], asyncio.Future[None]]
) -> None:
    """An execution whose failure is being considered when its worker is stopped is given back, not ended by that."""
    worker = Worker(docket)
    run = asyncio.create_task(worker.run_forever())
    execution = await docket.add(fail)()
    await soon(undecided.asked.wait())
    await end(worker, run)
    await execution.sync()
    assert (execution.state, execution.attempt, execution.error) == (ExecutionState.QUEUED, 1, None)
    undecided.decided.set()
    await finish(docket)
    await execution.sync()
    assert (execution.state, execution.error) == (ExecutionState.FAILED, "RuntimeError: no good")


async def test_what_is_cancelled_while_its_failure_is_considered_is_cancelled(
    docket: Docket, undecided: type[Undecided]
) -> None:
    """The cancellation is what came last, so the execution ends by it."""
    async with working(docket):
        execution = await docket.add(fail)()
        await soon(undecided.asked.wait())
        await docket.cancel(execution.key)
        await until(lambda: _ended(execution), "it has ended")
    assert execution.state is ExecutionState.CANCELLED


async def _ended(execution: Execution) -> bool:
    await execution.sync()
    return execution.state.is_terminal


async def test_a_task_that_stops_its_worker_at_once_is_stopped(docket: Docket) -> None:
    """`stop_now` reaches the task that calls it too, even in the first step of its first run."""
    runs: list[str] = []

    async def leave(worker: Worker = CurrentWorker()) -> str:
        runs.append(worker.name)
        if worker.name == "first":
            worker.stop_now()
            await asyncio.Event().wait()
        return worker.name

    execution = await docket.add(leave)()
    await soon(Worker(docket, name="first").run_forever())
    await execution.sync()
    assert execution.state is ExecutionState.QUEUED
    await finish(docket, name="second")
    assert await result_of(execution) == "second"
    assert runs == ["first", "second"]


@pytest.mark.parametrize("stop", [Worker.stop, Worker.stop_now])
async def test_a_run_that_is_stopped_before_it_begins_ends_at_once(
    docket: Docket, stop: Callable[[Worker], None]
) -> None:
    """To be told early is to be told: the run that was asked for takes nothing, and the next one works as ever."""
    execution = await docket.add(who)()
    worker = Worker(docket, name="early", **PATIENT)
    run = asyncio.create_task(worker.run_forever())
    stop(worker)
    await soon(run)
    await execution.sync()
    assert execution.state is ExecutionState.QUEUED
    await soon(worker.run_until_finished())
    assert await result_of(execution) == "early"


async def test_a_stopping_worker_hands_on_what_is_still_delivered_to_it(docket: Docket, stage: Stage) -> None:
    """Work that reaches a worker which is finishing its last task runs elsewhere at once, not when that has ended."""
    worker = Worker(docket, name="leaving", **PATIENT)
    run = asyncio.create_task(worker.run_forever())
    await until(lambda: on_roster(docket, worker), "it is on the roster")
    held = await docket.add(stage.hold)()
    await soon(stage.entered.wait())
    await idle(docket)
    worker.stop()
    async with working(docket, name="staying", **PATIENT):
        for _ in range(5):
            assert await result_of(await docket.add(who)()) == "staying"
        assert not run.done()
        stage.let_go.set()
        await soon(run)
        assert await result_of(held) == "leaving"
