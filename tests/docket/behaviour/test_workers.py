"""Workers do so much at a time, keep hold of what they run, and give back what they cannot finish."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from docket import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Docket,
    Execution,
    ExecutionState,
    Retry,
    TaskKey,
    Worker,
)
from tests.docket.harness import (
    MINUTE,
    Stage,
    finish,
    later,
    on_roster,
    reaches,
    result_of,
    soon,
    state_of,
    until,
    working,
)

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "done") -> str:
    return value


async def test_stopping_finishes_what_runs(docket: Docket, stage: Stage) -> None:
    """After `stop` a worker takes nothing more, and ends when what it runs has ended."""
    async with Worker(docket) as worker:
        run = asyncio.create_task(worker.run_forever())
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        worker.stop()
        more = await docket.add(echo)()
        async with working(docket, name="another"):
            await result_of(more)  # by the other worker, for this one takes nothing more
            assert more.worker == "another"
        assert not run.done()
        stage.let_go.set()
        await soon(run)
    assert await result_of(execution) == worker.name
    assert await docket.workers() == []


async def test_an_idle_worker_stops_at_once(docket: Docket) -> None:
    """A worker that waits for work need not wait until there is some."""
    async with Worker(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE) as worker:
        run = asyncio.create_task(worker.run_forever())
        await until(lambda: on_roster(docket, worker), "it is on the roster")
        worker.stop()
        await asyncio.wait_for(run, timeout=2)


async def test_stopping_now_gives_back_what_runs(docket: Docket, stage: Stage) -> None:
    """After `stop_now` another worker has the work at once, with no attempt used and no lease to run out."""
    async with Worker(docket, name="first", redelivery_timeout=MINUTE) as worker:
        run = asyncio.create_task(worker.run_forever())
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        worker.stop_now()
        await soon(run)
    snapshot = await docket.snapshot()
    assert [given_back.state for given_back in snapshot.future] == [ExecutionState.QUEUED]
    assert (snapshot.total_tasks, snapshot.running) == (1, [])
    assert stage.running == 0
    stage.let_go.set()
    async with working(docket, name="second"):
        assert await result_of(execution) == "second"
    assert stage.workers == ["first", "second"]
    assert stage.attempts == [(1, False), (1, True)]


async def test_cancelling_a_worker_gives_back_what_runs(docket: Docket, stage: Stage) -> None:
    """Cancelling `run_forever` is no crash: what runs is stopped, cleaned up and given back."""
    async with Worker(docket, name="first", redelivery_timeout=MINUTE) as worker:
        run = asyncio.create_task(worker.run_forever())
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await soon(run)
    assert await docket.workers() == []
    stage.let_go.set()
    async with working(docket, name="second"):
        assert await result_of(execution) == "second"
    assert execution.attempt == 1


async def test_a_task_may_finish_although_its_worker_stops_now(docket: Docket) -> None:
    """A body that takes the CancelledError and returns has done its work, and is not run again."""
    entered = asyncio.Event()
    runs = 0

    async def finish_anyway() -> str:
        nonlocal runs
        runs += 1
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "finished anyway"
        return "never"

    async with working(docket) as worker:
        execution = await docket.add(finish_anyway)()
        await soon(entered.wait())
        worker.stop_now()
        assert await result_of(execution) == "finished anyway"
    await finish(docket)
    assert runs == 1


async def test_a_worker_may_run_again(docket: Docket) -> None:
    """The same worker object runs as often as it is asked to, but not twice at once."""
    async with Worker(docket) as worker:
        for _ in range(3):
            execution = await docket.add(echo)()
            await soon(worker.run_until_finished())
            assert await result_of(execution) == "done"
        run = asyncio.create_task(worker.run_forever())
        await until(lambda: on_roster(docket, worker), "it is on the roster")
        with pytest.raises(RuntimeError, match="is running already"):
            await worker.run_forever()
        worker.stop()
        await soon(run)


async def test_until_finished_means_all_of_it(docket: Docket) -> None:
    """What is scheduled, retried, or added by tasks is finished too."""
    done: list[str] = []

    async def leaf(name: str) -> None:
        done.append(name)

    async def root(retry: Retry = Retry(2, timedelta(milliseconds=50)), docket: Docket = CurrentDocket()) -> None:
        if retry.attempt == 1:
            raise RuntimeError("again")
        await docket.add(leaf)("now")
        await docket.add(leaf, when=later(milliseconds=50))("later")

    await docket.add(root)()
    await docket.add(leaf, when=later(milliseconds=20))("first")
    await finish(docket)
    assert done == ["first", "now", "later"]
    assert (await docket.snapshot()).total_tasks == 0


async def test_until_finished_ends_at_once_without_work(docket: Docket) -> None:
    """An empty docket is finished."""
    await finish(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE)


async def test_until_finished_waits_for_other_workers(docket: Docket, stage: Stage) -> None:
    """What another worker runs is unfinished as well."""
    async with working(docket):
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        waiting = asyncio.create_task(finish(docket, minimum_check_interval=timedelta(milliseconds=20)))
        assert await result_of(await docket.add(echo)()) == "done"
        assert not waiting.done()
        stage.let_go.set()
        await waiting
        assert await state_of(docket, execution.key) is ExecutionState.COMPLETED


async def test_a_key_runs_at_most_so_often(docket: Docket) -> None:
    """With `run_at_most` what perpetuates itself for ever runs so many times, and other work is finished."""
    runs: list[str] = []

    async def perpetual(key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        runs.append(key)
        await docket.add(perpetual, key=key)()

    async def fail(key: str = TaskKey(), retry: Retry = Retry.forever()) -> None:
        runs.append(key)
        raise RuntimeError("no good")

    await docket.add(perpetual, key="perpetual")()
    await docket.add(fail, key="failing")()
    others = [await docket.add(echo)() for _ in range(3)]
    await soon(Worker(docket).run_at_most({"perpetual": 3, "failing": 2}))
    assert sorted(runs) == ["failing"] * 2 + ["perpetual"] * 3
    assert [await result_of(other) for other in others] == ["done"] * 3
    assert (await docket.snapshot()).total_tasks == 0
    assert await state_of(docket, "perpetual") is ExecutionState.COMPLETED
    assert await state_of(docket, "failing") is ExecutionState.FAILED


async def test_a_lease_is_renewed_while_a_task_runs(docket: Docket, stage: Stage) -> None:
    """A task that takes three times the redelivery timeout runs once, though another worker is idle."""
    lease = timedelta(milliseconds=200)

    async def take_time(execution: Execution = CurrentExecution()) -> bool:
        stage.workers.append("run")
        await asyncio.sleep(3 * lease.total_seconds())
        return execution.redelivered

    one = working(docket, name="one", redelivery_timeout=lease)
    async with one, working(docket, name="two", redelivery_timeout=lease):
        assert await result_of(await docket.add(take_time)()) is False
    assert stage.workers == ["run"]


async def test_a_worker_whose_loop_was_held_up_does_not_run_things_twice(docket: Docket) -> None:
    """A task that blocks the event loop longer than the lease does not make its own worker take what it runs."""
    runs: list[str] = []
    entered = asyncio.Event()

    async def patient() -> str:
        runs.append("patient")
        entered.set()
        await asyncio.sleep(0.5)
        return "patient"

    async def blocking() -> None:
        runs.append("blocking")
        time.sleep(0.4)  # noqa: ASYNC251 - that it blocks is the point

    async with working(docket, redelivery_timeout=timedelta(milliseconds=150)):
        execution = await docket.add(patient)()
        await soon(entered.wait())
        await docket.add(blocking)()
        assert await result_of(execution) == "patient"
    assert sorted(runs) == ["blocking", "patient"]


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_concurrency_is_honoured_exactly(docket: Docket, stage: Stage, concurrency: int) -> None:
    """So many run at once and never more, future work included; and as soon as one ends, the next begins."""
    running = most = 0
    full = asyncio.Event()

    async def note() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == concurrency:
            full.set()
        await full.wait()
        await asyncio.sleep(0)
        running -= 1

    due = later(milliseconds=30)
    for number in range(20):
        await docket.add(note, when=due if number % 2 else None)()
    await finish(docket, concurrency=concurrency, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE)
    assert most == concurrency


async def test_a_full_worker_takes_the_next_as_soon_as_one_ends(docket: Docket) -> None:
    """Nobody sleeps between one task and the next: a hundred one after another are done within a second or two."""
    for _ in range(100):
        await docket.add(asyncio_sleep)()
    async with asyncio.timeout(5):
        await Worker(
            docket, concurrency=1, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE
        ).run_until_finished()


async def asyncio_sleep() -> None:
    await asyncio.sleep(0)


async def test_a_task_that_retries_for_ever_does_not_starve_others(docket: Docket) -> None:
    """A task that fails at once, again and again, leaves room for other work."""

    async def fail(retry: Retry = Retry.forever()) -> None:
        raise RuntimeError("no good")

    async with working(docket, concurrency=1):
        await docket.add(fail, key="failing")()
        for number in range(5):
            assert await result_of(await docket.add(echo)(str(number))) == str(number)
        await until(lambda: _cancelled(docket, "failing"), "it is cancelled")


async def _cancelled(docket: Docket, key: str) -> bool:
    await docket.cancel(key)
    return await state_of(docket, key) is ExecutionState.CANCELLED


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"concurrency": 0}, "concurrency of at least 1, not 0"),
        ({"redelivery_timeout": timedelta(0)}, "at least a millisecond, not 0:00:00"),
        ({"minimum_check_interval": timedelta(seconds=-1)}, "at least a millisecond"),
    ],
)
async def test_a_worker_that_makes_no_sense_is_refused(docket: Docket, options: dict[str, Any], reason: str) -> None:
    """A setting that no worker can have is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=reason):
        Worker(docket, **options)


async def test_a_task_that_stops_its_worker_is_finished_by_it(docket: Docket) -> None:
    """`stop` may be called by a task: it ends as any other, and then the worker."""

    async def last(worker: Worker = CurrentWorker()) -> str:
        worker.stop()
        await asyncio.sleep(0)
        return "the last"

    execution = await docket.add(last)()
    await soon(Worker(docket).run_forever())
    assert await result_of(execution) == "the last"


async def test_an_execution_that_is_lost_is_stopped(docket: Docket, stage: Stage) -> None:
    """A worker that finds its lease gone stops its own copy, whose end changes nothing."""
    async with working(docket, name="one", redelivery_timeout=timedelta(milliseconds=150)):
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        # As if this worker had been away for too long and another one had taken it.
        call, record = docket.storage._wire.call, docket.storage._keys.run(execution.key)
        await call("HSET", record, "claim", "another's")
        await until(lambda: stage.running == 0, "this copy is stopped")
        await execution.sync()
        assert execution.state is ExecutionState.RUNNING
        # The other one is never heard of: its lease runs out, and the work is done after all.
        stage.let_go.set()
        assert await result_of(execution) == "one"
    await reaches(execution, ExecutionState.COMPLETED)
    assert stage.attempts == [(1, False), (1, True)]
