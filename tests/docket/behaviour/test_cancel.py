"""Cancelling says what it did, and it sticks."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from docket import Cancellation, CurrentDocket, Depends, Disposition, Docket, ExecutionState, Retry, TaskKey
from docket.errors import ExecutionCancelled
from tests.docket.conftest import OpenDocket
from tests.docket.harness import (
    MINUTE,
    command,
    finish,
    later,
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


class Stage:
    """A task that is on until it is cancelled or let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()
        self.cancelled = 0
        self.runs = 0

    async def hold(self) -> str:
        self.runs += 1
        self.entered.set()
        try:
            await self.let_go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "finished"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_scheduled_work_is_cancelled(docket: Docket, stage: Stage) -> None:
    """Future work that is cancelled never runs, and its result is ExecutionCancelled."""
    execution = await docket.add(stage.hold, when=later(milliseconds=100), key="future")()
    assert await docket.cancel("future") is Cancellation.CANCELLED
    assert await state_of(docket, "future") is ExecutionState.CANCELLED
    with pytest.raises(ExecutionCancelled, match="'future' was cancelled"):
        await result_of(execution)
    last = await docket.add(echo, when=later(milliseconds=150))()
    await finish(docket)
    assert await result_of(last) == "done"
    assert not stage.runs


async def test_queued_work_is_cancelled(docket: Docket, stage: Stage) -> None:
    """Work that waits for a worker and is cancelled never runs."""
    execution = await docket.add(stage.hold, key="queued")()
    assert await docket.cancel("queued") is Cancellation.CANCELLED
    await finish(docket)
    assert not stage.runs
    with pytest.raises(ExecutionCancelled):
        await result_of(execution)
    assert execution.state is ExecutionState.CANCELLED
    assert execution.completed_at is not None


async def test_cancelled_work_is_not_counted(docket: Docket) -> None:
    """What was queued and is cancelled or replaced is not unfinished any more, though no worker has come by."""
    await docket.add(echo, key="one")()
    await docket.add(echo, key="two")()
    await docket.cancel("one")
    await docket.replace(echo, later(seconds=30), "two")()
    snapshot = await docket.snapshot()
    assert [execution.key for execution in snapshot.future] == ["two"]
    assert snapshot.total_tasks == 1
    await docket.cancel("two")


async def test_running_work_is_cancelled(docket: Docket, stage: Stage) -> None:
    """A running task gets a CancelledError; when it has stopped, its execution is cancelled and its slot is free."""
    async with working(docket, concurrency=1):
        execution = await docket.add(stage.hold, key="running")()
        await soon(stage.entered.wait())
        assert await docket.cancel("running") is Cancellation.CANCELLING
        with pytest.raises(ExecutionCancelled):
            await result_of(execution)
        assert execution.state is ExecutionState.CANCELLED
        assert await result_of(await docket.add(echo)()) == "done"
    assert stage.cancelled == stage.runs == 1


async def test_cancelling_twice_is_cancelling_once(docket: Docket, stage: Stage) -> None:
    """A second call tells the same while the task stops, and then that it has ended."""
    stopping, stop = asyncio.Event(), asyncio.Event()

    async def linger() -> None:
        try:
            await stage.hold()
        finally:
            stopping.set()
            await stop.wait()

    async with working(docket):
        execution = await docket.add(linger, key="running")()
        await soon(stage.entered.wait())
        assert await docket.cancel("running") is Cancellation.CANCELLING
        await soon(stopping.wait())
        assert await docket.cancel("running") is Cancellation.CANCELLING
        stop.set()
        await reaches(execution, ExecutionState.CANCELLED)
        assert await docket.cancel("running") is Cancellation.FINISHED


async def test_work_that_has_ended_is_not_cancelled(docket: Docket) -> None:
    """What has completed stays completed."""
    async with working(docket):
        execution = await docket.add(echo, key="ended")()
        assert await result_of(execution) == "done"
        assert await docket.cancel("ended") is Cancellation.FINISHED
        assert await state_of(docket, "ended") is ExecutionState.COMPLETED
        assert await result_of(execution) == "done"


async def test_a_key_that_nobody_knows_is_not_cancelled(docket: Docket) -> None:
    """Cancelling what does not exist says so, and does not make it exist."""
    assert await docket.cancel("nobody") is Cancellation.UNKNOWN
    assert await docket.get_execution("nobody") is None


async def test_dependencies_are_cleaned_up_before_it_is_cancelled(docket: Docket, stage: Stage) -> None:
    """The clean-up of a cancelled task runs, and only after it the execution is cancelled."""
    seen: list[object] = []

    async def resource(docket: Docket = CurrentDocket()) -> AsyncGenerator[str]:
        try:
            yield "resource"
        except asyncio.CancelledError:
            seen.append("told")
            raise
        finally:
            await asyncio.sleep(0)
            seen.append(await state_of(docket, "running"))

    async def use(resource: str = Depends(resource)) -> str:
        return await stage.hold()

    async with working(docket):
        execution = await docket.add(use, key="running")()
        await soon(stage.entered.wait())
        await docket.cancel("running")
        with pytest.raises(ExecutionCancelled):
            await result_of(execution)
    assert seen == ["told", ExecutionState.RUNNING]


async def test_no_retry_follows_a_cancellation(docket: Docket, stage: Stage) -> None:
    """A task that is retried when it fails is not retried when it is cancelled, whatever it makes of that."""

    async def stubborn(convert: bool, retry: Retry = Retry.forever()) -> None:
        try:
            await stage.hold()
        except asyncio.CancelledError:
            if convert:
                raise RuntimeError("I have failed") from None
            raise

    async with working(docket):
        for convert in (False, True):
            stage.entered.clear()
            execution = await docket.add(stubborn, key="stubborn")(convert)
            await soon(stage.entered.wait())
            assert await docket.cancel("stubborn") is Cancellation.CANCELLING
            await reaches(execution, ExecutionState.CANCELLED)
            with pytest.raises(ExecutionCancelled):
                await result_of(execution)
    assert stage.runs == 2


async def test_a_failed_task_that_waits_for_its_retry_is_cancelled(docket: Docket) -> None:
    """Between two attempts, an execution is scheduled, and cancelled like any other."""
    runs = 0

    async def fail(retry: Retry = Retry.forever(timedelta(seconds=30))) -> None:
        nonlocal runs
        runs += 1
        raise RuntimeError("no good")

    async with working(docket):
        execution = await docket.add(fail, key="failing")()
        await reaches(execution, ExecutionState.SCHEDULED)
        assert await docket.cancel("failing") is Cancellation.CANCELLED
        await reaches(execution, ExecutionState.CANCELLED)
    assert runs == 1


async def test_no_successor_follows_a_cancellation(docket: Docket, stage: Stage) -> None:
    """Neither a successor that was recorded before is run, nor can the cancelled task record one."""
    dispositions = []

    async def perpetual(key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        await docket.add(perpetual, key=key)()
        try:
            await stage.hold()
        finally:
            dispositions.append((await docket.add(perpetual, key=key)()).disposition)

    async with working(docket):
        await docket.add(perpetual, key="perpetual")()
        await soon(stage.entered.wait())
        assert await docket.cancel("perpetual") is Cancellation.CANCELLING
        await until(lambda: _is_cancelled(docket, "perpetual"), "it is cancelled")
        assert dispositions == [Disposition.SUPERSEDED]
        assert await result_of(await docket.add(echo)()) == "done"
    assert stage.runs == 1
    assert await state_of(docket, "perpetual") is ExecutionState.CANCELLED


async def _is_cancelled(docket: Docket, key: str) -> bool:
    return await state_of(docket, key) is ExecutionState.CANCELLED


async def test_waiting_for_a_successor_that_is_cancelled_ends(docket: Docket, stage: Stage) -> None:
    """Whoever waits for a successor that will never be is told that it was cancelled."""
    async with working(docket):
        await docket.add(stage.hold, key="key")()
        await soon(stage.entered.wait())
        successor = await docket.replace(echo, later(), "key")()
        waiting = asyncio.create_task(result_of(successor))
        await docket.cancel("key")
        with pytest.raises(ExecutionCancelled):
            await waiting


async def test_a_key_is_free_only_when_the_running_copy_is_gone(docket: Docket, stage: Stage) -> None:
    """While a cancelled task still stops, its key is taken, so that there are never two running copies."""
    stopping, stop = asyncio.Event(), asyncio.Event()

    async def linger() -> None:
        try:
            await stage.hold()
        finally:
            stopping.set()
            await stop.wait()

    async with working(docket):
        execution = await docket.add(linger, key="key")()
        await soon(stage.entered.wait())
        await docket.cancel("key")
        await soon(stopping.wait())
        assert (await docket.add(echo, key="key")()).disposition is Disposition.ALREADY_SCHEDULED
        assert await state_of(docket, "key") is ExecutionState.RUNNING
        stop.set()
        await reaches(execution, ExecutionState.CANCELLED)
        again = await docket.add(echo, key="key")()
        assert again.disposition is Disposition.SCHEDULED
        assert await result_of(again) == "done"


async def test_a_task_may_finish_although_it_was_cancelled(docket: Docket, stage: Stage) -> None:
    """A body that takes the CancelledError and returns has done its work, and its execution is completed."""

    async def finish_anyway() -> str:
        try:
            return await stage.hold()
        except asyncio.CancelledError:
            return "finished anyway"

    async with working(docket):
        execution = await docket.add(finish_anyway, key="key")()
        await soon(stage.entered.wait())
        assert await docket.cancel("key") is Cancellation.CANCELLING
        assert await result_of(execution) == "finished anyway"
        assert execution.state is ExecutionState.COMPLETED


async def test_a_task_cancels_itself(docket: Docket) -> None:
    """A task may cancel its own execution; it is stopped where it next waits."""

    async def give_up(key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        assert await docket.cancel(key) is Cancellation.CANCELLING
        await asyncio.Event().wait()

    async with working(docket):
        with pytest.raises(ExecutionCancelled):
            await result_of(await docket.add(give_up)())


async def test_work_on_another_worker_is_cancelled(open_docket: OpenDocket, stage: Stage) -> None:
    """Whoever cancels need not be where the task runs, nor know it."""
    here = await open_docket()
    there = await open_docket(here.name)
    there.register(stage.hold)
    async with working(there), working(there, name="bystander"):
        execution = await here.add("hold", key="far")()
        await soon(stage.entered.wait())
        assert await here.cancel("far") is Cancellation.CANCELLING
        with pytest.raises(ExecutionCancelled):
            await result_of(execution)
    assert stage.cancelled == 1


async def test_a_cancellation_reaches_a_worker_that_missed_the_signal(docket: Docket, stage: Stage) -> None:
    """A signal that was sent while the worker's connection for events was cut is made up for."""
    async with working(docket, redelivery_timeout=10 * MINUTE):
        execution = await docket.add(stage.hold, key="key")()
        await soon(stage.entered.wait())
        signals = docket.storage.events.signals
        await until(lambda: signals in docket.storage.events._subscribed, "the worker listens")
        await command(docket, "CLIENT", "KILL", "TYPE", "pubsub")
        assert await docket.cancel("key") is Cancellation.CANCELLING
        await reaches(execution, ExecutionState.CANCELLED)


async def test_cancelling_at_the_very_moment_of_starting_is_heard(docket: Docket) -> None:
    """However soon after its claim a task is cancelled, it is stopped at once, and not at the next renewal."""

    async def hold() -> None:
        await asyncio.Event().wait()

    async with working(docket, concurrency=100, redelivery_timeout=10 * MINUTE):
        for number in range(100):
            key = f"key {number}"
            execution = await docket.add(hold, key=key)()
            for _ in range(number % 5):
                await asyncio.sleep(0)
            assert await docket.cancel(key) in (Cancellation.CANCELLED, Cancellation.CANCELLING)
            await reaches(execution, ExecutionState.CANCELLED)


async def test_a_burst_of_cancellations_is_obeyed(docket: Docket) -> None:
    """A crowd of tasks that are cancelled while some of them start: all of them end."""

    async def hold() -> None:
        await asyncio.Event().wait()

    async with working(docket, concurrency=20, redelivery_timeout=10 * MINUTE):
        executions = await asyncio.gather(*[docket.add(hold)() for _ in range(200)])
        answers = await asyncio.gather(*[docket.cancel(execution.key) for execution in executions])
        assert set(answers) <= {Cancellation.CANCELLED, Cancellation.CANCELLING}
        for execution in executions:
            await reaches(execution, ExecutionState.CANCELLED)
