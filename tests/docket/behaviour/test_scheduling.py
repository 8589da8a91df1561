"""Work starts when it is due, once, in order, and wherever somebody is free to do it."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from docket import Disposition, Docket, ExecutionState, Worker
from tests.docket.conftest import OpenDocket
from tests.docket.harness import (
    MINUTE,
    finish,
    later,
    now,
    reaches,
    result_of,
    soon,
    working,
)

pytestmark = pytest.mark.timeout(20)


async def double(number: int) -> int:
    return 2 * number


async def nothing() -> None:
    pass


async def test_work_without_a_time_runs_at_once(docket: Docket) -> None:
    """What is added runs with its arguments, positional and by name, and its handle tells how it went."""
    execution = await docket.add(double)(number=21)
    assert execution.disposition is Disposition.SCHEDULED
    assert execution.state is ExecutionState.QUEUED
    assert execution.started_at is execution.completed_at is execution.worker is None
    await finish(docket, name="the worker")
    assert await result_of(execution) == 42
    assert execution.state is ExecutionState.COMPLETED
    assert execution.worker == "the worker"
    assert execution.started_at is not None
    assert execution.completed_at is not None
    assert execution.when <= execution.started_at <= execution.completed_at
    assert execution.attempt == 1
    assert not execution.redelivered


async def test_an_idle_worker_wakes_for_new_work(docket: Docket) -> None:
    """New work runs within milliseconds although the worker would look by itself once a minute."""
    async with working(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE):
        for number in range(5):
            started = time.monotonic()
            assert await result_of(await docket.add(double)(number)) == 2 * number
            assert time.monotonic() - started < 1


async def test_future_work_starts_when_it_is_due(docket: Docket) -> None:
    """Future work starts not before its time and soon after it, although the worker looks by itself once a minute."""
    begun: list[datetime] = []

    async def note() -> None:
        begun.append(now())

    async with working(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE):
        when = later(milliseconds=300)
        execution = await docket.add(note, when=when)()
        assert execution.state is ExecutionState.SCHEDULED
        assert abs(execution.when - when) <= timedelta(milliseconds=1)
        await result_of(execution)
    assert -1 <= (begun[0] - when) / timedelta(milliseconds=1) < 250
    assert execution.started_at is not None
    assert execution.started_at >= execution.when


async def test_work_is_scheduled_before_there_is_a_worker(docket: Docket) -> None:
    """A worker that comes later finds what is due, and waits for what is not."""
    due = await docket.add(double)(1)
    future = await docket.add(double, when=later(milliseconds=200))(2)
    async with working(docket, minimum_check_interval=MINUTE, scheduling_resolution=MINUTE):
        assert await result_of(due) == 2
        assert await result_of(future) == 4


@pytest.mark.parametrize(
    "when",
    [
        pytest.param(datetime.now(UTC) - timedelta(days=1), id="yesterday"),
        pytest.param(datetime.fromtimestamp(0, UTC), id="the epoch"),
        pytest.param(datetime(1, 1, 2, tzinfo=UTC), id="the first year"),
    ],
)
async def test_work_for_the_past_runs_at_once(docket: Docket, when: datetime) -> None:
    """A time that has passed is no obstacle."""
    execution = await docket.add(double, when=when)(4)
    assert execution.state is ExecutionState.QUEUED
    await finish(docket)
    assert await result_of(execution) == 8


async def test_work_for_the_far_future_can_be_scheduled_and_cancelled(docket: Docket) -> None:
    """The last year of the calendar is as good as any, and an idle worker is not disturbed by it."""
    when = datetime(9999, 12, 30, tzinfo=UTC)
    async with working(docket):
        execution = await docket.add(double, when=when, key="late")(4)
        assert execution.when == when
        assert await result_of(await docket.add(double)(1)) == 2
        await docket.cancel("late")


async def test_work_for_the_end_of_the_calendar_can_be_seen(docket: Docket) -> None:
    """A time that lies beyond the last year in UTC is shown as the last moment that there is."""
    when = datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))
    await docket.add(nothing, when=when, key="last")()
    (seen,) = (await docket.snapshot()).future
    assert (seen.key, seen.when.year) == ("last", 9999)
    assert await docket.clear() == 1


async def test_fresh_keys_are_uuids_of_version_7(docket: Docket) -> None:
    """Without a key of one's own, each execution has a different one, and they sort by time."""
    keys = [(await docket.add(nothing)()).key for _ in range(3)]
    assert {UUID(key).version for key in keys} == {7}
    assert len(set(keys)) == 3
    moments = [UUID(key).int >> 80 for key in keys]
    assert moments == sorted(moments)
    assert abs(moments[0] - time.time_ns() // 1_000_000) < 60_000
    await docket.clear()


async def test_a_key_that_is_scheduled_is_left_alone(docket: Docket) -> None:
    """A second `add` of a future key changes nothing, and says so."""
    when = later(seconds=30)
    await docket.add(double, when=when, key="once")(1)
    second = await docket.add(double, when=later(seconds=60), key="once")(2)
    assert second.disposition is Disposition.ALREADY_SCHEDULED
    assert second.state is ExecutionState.SCHEDULED
    found = await docket.get_execution("once")
    assert found is not None
    assert found.args == (1,)
    assert abs(found.when - when) <= timedelta(milliseconds=1)
    await docket.cancel("once")


async def test_a_key_that_is_queued_is_left_alone(docket: Docket) -> None:
    """A second `add` of a queued key changes nothing, and its handle brings the first one's result."""
    await docket.add(double, key="once")(1)
    second = await docket.add(double, key="once")(2)
    assert second.disposition is Disposition.ALREADY_SCHEDULED
    assert second.state is ExecutionState.QUEUED
    await finish(docket)
    assert await result_of(second) == 2


async def test_a_key_that_is_running_is_left_alone(docket: Docket) -> None:
    """A second `add` of a running key, by anyone but itself, changes nothing, and says so."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    runs = []

    async def hold(number: int) -> int:
        runs.append(number)
        begun.set()
        await go_on.wait()
        return number

    async with working(docket):
        first = await docket.add(hold, key="once")(1)
        await soon(begun.wait())
        second = await docket.add(hold, key="once")(2)
        assert second.disposition is Disposition.ALREADY_SCHEDULED
        assert second.state is ExecutionState.RUNNING
        go_on.set()
        assert await result_of(first) == 1
        assert await result_of(second) == 1
    assert runs == [1]


async def test_a_key_that_has_ended_can_be_used_again(docket: Docket) -> None:
    """An ended execution does not keep its key, whether it has completed, failed or been cancelled."""

    async def fail() -> None:
        raise RuntimeError("no good")

    async with working(docket):
        assert await result_of(await docket.add(double, key="again")(1)) == 2
        failing = await docket.add(fail, key="again")()
        assert failing.disposition is Disposition.SCHEDULED
        await reaches(failing, ExecutionState.FAILED)
        assert (await docket.add(double, when=later(seconds=30), key="again")(2)).disposition is Disposition.SCHEDULED
        await docket.cancel("again")
        last = await docket.add(double, key="again")(3)
        assert last.disposition is Disposition.SCHEDULED
        assert await result_of(last) == 6
        assert last.generation == 4


async def test_of_many_who_add_a_key_at_once_one_succeeds(docket: Docket) -> None:
    """However many add a key at the same moment, it is scheduled once."""
    handles = await asyncio.gather(*[docket.add(double, key="once")(number) for number in range(50)])
    assert Counter(handle.disposition for handle in handles) == {
        Disposition.SCHEDULED: 1,
        Disposition.ALREADY_SCHEDULED: 49,
    }
    await finish(docket)
    assert len({await result_of(handle) for handle in handles}) == 1


async def test_a_task_is_added_by_a_name_unknown_to_the_caller(open_docket: OpenDocket) -> None:
    """Who schedules need not have the function, only its name; arguments are checked where it is known."""
    caller, runner = await open_docket(), None
    runner = await open_docket(caller.name)
    runner.register(double)
    execution = await caller.add("double")(number=4)
    assert execution.function is None
    assert execution.function_name == "double"
    await finish(runner)
    assert await result_of(execution) == 8


async def test_a_task_is_registered_under_other_names(open_docket: OpenDocket) -> None:
    """A function may go by several names, so that work under an old one is still done."""
    docket = await open_docket()
    docket.register(double, names=["double_v2", "double_v1"])
    old = await docket.add("double_v1")(1)
    new = await docket.add(double)(2)
    assert new.function_name == "double_v2"
    await finish(docket)
    assert [await result_of(old), await result_of(new)] == [2, 4]


async def test_work_is_done_in_the_order_it_was_added(docket: Docket) -> None:
    """One at a time, work that is due runs in the order of adding."""
    order: list[int] = []

    async def note(number: int) -> None:
        order.append(number)

    for number in range(20):
        await docket.add(note)(number)
    await finish(docket, concurrency=1)
    assert order == list(range(20))


async def test_future_work_is_done_in_the_order_of_its_times(docket: Docket) -> None:
    """One at a time, future work runs in the order of its times, whatever the order of adding."""
    order: list[int] = []

    async def note(number: int) -> None:
        order.append(number)

    base = later(milliseconds=150)
    for number in (3, 0, 2, 1):
        await docket.add(note, when=base + timedelta(milliseconds=10 * number))(number)
    await finish(docket, concurrency=1)
    assert order == [0, 1, 2, 3]


async def test_a_crowd_of_tasks_all_run_exactly_once(docket: Docket) -> None:
    """Five hundred tasks, a hundred at a time, future ones among them: each runs once."""
    runs: Counter[int] = Counter()

    async def note(number: int) -> None:
        runs[number] += 1
        await asyncio.sleep(0)

    due = later(milliseconds=100)
    await asyncio.gather(*[docket.add(note, when=due if number % 2 else None)(number) for number in range(500)])
    await finish(docket, concurrency=100)
    assert runs == dict.fromkeys(range(500), 1)


async def test_many_workers_share_a_crowd_of_tasks(open_docket: OpenDocket) -> None:
    """Several workers on one docket run each task once."""
    runs: Counter[int] = Counter()

    async def note(number: int) -> None:
        runs[number] += 1
        await asyncio.sleep(0)

    first = await open_docket()
    second = await open_docket(first.name)
    second.register(note)
    await asyncio.gather(*[first.add(note)(number) for number in range(300)])
    # Who is idle while another one ends the last task looks again after that.
    hasty = {"concurrency": 7, "minimum_check_interval": timedelta(milliseconds=50)}
    await asyncio.gather(*[finish(docket, **hasty) for docket in (first, first, second)])
    assert runs == dict.fromkeys(range(300), 1)


async def test_a_thousand_at_a_time_is_possible(docket: Docket) -> None:
    """A concurrency far above the number of connections is no obstacle."""
    count, all_run, running = 1000, asyncio.Event(), 0

    async def wait_for_all() -> None:
        nonlocal running
        running += 1
        if running == count:
            all_run.set()
        await all_run.wait()

    await asyncio.gather(*[docket.add(wait_for_all)() for _ in range(count)])
    async with asyncio.timeout(15):
        await Worker(docket, concurrency=count).run_until_finished()
