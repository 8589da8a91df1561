"""`replace.lua`: another function, payload and time in place of what is pending, or after what is running."""

import pytest

from docket.model.states import Disposition, ExecutionState
from docket.storage.deliveries import Release, Retry
from tests.docket.lua.bench import HOUR_MS, Bench, consumer


async def test_an_unknown_key_is_scheduled(bench: Bench) -> None:
    """Where there is nothing to replace, it is an add."""
    when = await bench.now() + HOUR_MS
    scheduling = await bench.executions.replace("key", "task", b"payload", when)
    assert scheduling == (Disposition.SCHEDULED, 1, ExecutionState.SCHEDULED, when)
    assert await bench.later() == {b"key": when}


@pytest.mark.parametrize("old", ["scheduled", "queued"])
@pytest.mark.parametrize("new", ["scheduled", "queued"])
async def test_what_is_pending_is_swapped_in_one_step(bench: Bench, old: str, new: str) -> None:
    """Function, payload and time are the new ones, in a new generation, wherever the old call waited."""
    now = await bench.now()
    await bench.add(function="old", payload=b"old", when_ms=now + (2 * HOUR_MS if old == "scheduled" else 0))
    when = now + (HOUR_MS if new == "scheduled" else 0)
    scheduling = await bench.executions.replace("key", "new", b"new", when)
    assert scheduling == (Disposition.SCHEDULED, 2, ExecutionState(new), when)
    record = await bench.record()
    assert (record["function"], record["payload"], record["when"]) == (b"new", b"new", b"%d" % when)
    assert (record["state"], record["generation"]) == (new.encode(), b"2")
    assert await bench.later() == ({b"key": when} if new == "scheduled" else {})
    assert ((b"key", 2) in await bench.ready()) == (new == "queued")


async def test_a_stale_pointer_is_dropped_when_it_is_met(bench: Bench) -> None:
    """What a replaced call left in the queue is neither run nor kept, and the new call is run once."""
    await bench.add(payload=b"old")
    now = await bench.now()
    await bench.executions.replace("key", "task", b"new", now)
    assert await bench.ready() == [(b"key", 1), (b"key", 2)]
    taken = await bench.take()
    assert [(record.generation, record.payload) for _, record in taken.claimed] == [(2, b"new")]
    assert await bench.ready() == []


async def test_a_replaced_call_does_not_run_before_its_new_time(bench: Bench) -> None:
    """A queued call that is put off leaves a pointer, and that does not start it early."""
    await bench.add()
    when = await bench.now() + HOUR_MS
    await bench.executions.replace("key", "task", b"payload", when)
    assert (await bench.take()).claimed == []
    assert await bench.state() == "scheduled"
    assert await bench.later() == {b"key": when}


async def test_a_stale_pointer_does_not_run_what_is_queued_again(bench: Bench) -> None:
    """However often a key is put off and fetched forward, it is claimed once."""
    now = await bench.now()
    for generation in range(1, 6):
        await bench.executions.replace("key", "task", b"%d" % generation, now - 1)
        await bench.executions.replace("key", "task", b"x", now + HOUR_MS)
    await bench.executions.replace("key", "task", b"last", now)
    taken = await bench.take()
    assert [(record.generation, record.payload) for _, record in taken.claimed] == [(11, b"last")]


async def test_while_it_runs_a_successor_is_recorded(bench: Bench) -> None:
    """Anybody may replace a running key: the running copy is left alone, and the call follows when it has ended."""
    claim = await bench.start()
    when = await bench.now() + HOUR_MS
    scheduling = await bench.executions.replace("key", "new", b"new", when)
    assert scheduling == (Disposition.SCHEDULED, 2, ExecutionState.SCHEDULED, when)
    record = await bench.record()
    assert (record["state"], record["function"], record["claim"]) == (b"running", b"task", claim.token)
    assert await bench.finish(claim, ExecutionState.COMPLETED) == []
    record = await bench.record()
    assert (record["state"], record["function"], record["payload"]) == (b"scheduled", b"new", b"new")
    assert (await bench.later(), await bench.leases()) == ({b"key": when}, {})


async def test_of_several_successors_the_last_one_counts(bench: Bench) -> None:
    """Replacing a running key again replaces the successor."""
    claim = await bench.start()
    now = await bench.now()
    await bench.executions.replace("key", "new", b"one", now)
    assert (await bench.executions.replace("key", "newer", b"two", now)).generation == 3
    await bench.finish(claim, ExecutionState.COMPLETED)
    record = await bench.record()
    assert (record["function"], record["payload"], record["generation"]) == (b"newer", b"two", b"3")


async def test_it_takes_the_place_of_a_retry(bench: Bench) -> None:
    """A run that fails and would be tried again is followed by what has replaced it instead."""
    claim = await bench.start()
    await bench.executions.replace("key", "new", b"new", await bench.now())
    await bench.deliveries.settle([Retry(claim, 0, "error", b"")])
    record = await bench.record()
    assert (record["function"], record["generation"], record["attempt"]) == (b"new", b"2", b"1")
    assert await bench.ready() == [(b"key", 2)]


async def test_it_takes_the_place_of_a_run_that_is_given_back_before_it_began(bench: Bench) -> None:
    """A call that no worker here knows, and that was replaced while one found that out, is not offered again."""
    claim = await bench.start()
    await bench.executions.replace("key", "new", b"new", await bench.now())
    await bench.deliveries.settle([Release(claim, 1000, 60_000)])
    assert (await bench.record())["function"] == b"new"


async def test_replacing_a_redelivered_run_replaces_its_successor_too(bench: Bench) -> None:
    """A run that went back to the queue, with a successor recorded, is replaced as a whole: nothing old follows."""
    await bench.start(worker=consumer(lease_ms=1))
    now = await bench.now()
    await bench.executions.replace("key", "successor", b"successor", now)
    await bench.reached(now + 3)
    await bench.take(slots=0)
    assert await bench.state() == "queued"
    await bench.executions.replace("key", "new", b"new", now)
    taken = await bench.take()
    assert [record.function for _, record in taken.claimed] == ["new"]
    await bench.finish(taken.claimed[0][0], ExecutionState.COMPLETED)
    assert await bench.state() == "completed"


async def test_after_the_end_the_key_is_scheduled_anew(bench: Bench) -> None:
    """Replacing an ended execution schedules the next generation over its record."""
    await bench.finish(await bench.start(), ExecutionState.FAILED, "error", b"result")
    await bench.executions.replace("key", "new", b"new", await bench.now())
    record = await bench.record()
    assert (record["state"], record["generation"]) == (b"queued", b"2")
    assert not {"error", "result", "finished_at"} & set(record)
    assert await bench.ttl() == -1


async def test_fetching_something_forward_wakes_an_idle_worker(bench: Bench) -> None:
    """A worker that waits for the old time is told of an earlier one, and not of a later one."""
    now = await bench.now()
    await bench.add(when_ms=now + 2 * HOUR_MS)
    await bench.add("other", when_ms=now + 3 * HOUR_MS)
    await bench.take()
    await bench.executions.replace("other", "task", b"", now + 4 * HOUR_MS)
    assert await bench.nudges() == 0
    await bench.executions.replace("other", "task", b"", now + HOUR_MS)
    assert await bench.nudges() == 1


async def test_it_is_announced(bench: Bench) -> None:
    """Whoever watches a key hears of its new generation; a successor is heard of when it is filed."""
    now = await bench.now()
    async with bench.hearing() as heard:
        await bench.add()
        await bench.executions.replace("key", "task", b"", now)
        claim = await bench.take_one()
        await bench.executions.replace("key", "task", b"", now)
        await bench.finish(claim, ExecutionState.COMPLETED)
        heard_of = [await heard.event() for _ in range(5)]
        assert heard_of == ["1 queued", "2 queued", "2 running", "2 completed", "3 queued"]


@pytest.mark.parametrize("verb", ["schedule", "replace"])
async def test_the_generation_of_a_dropped_successor_is_not_used_again(bench: Bench, verb: str) -> None:
    """Whoever holds the handle of a successor that was cancelled must not take what comes later for his."""
    claim = await bench.start()
    promised = await bench.executions.replace("key", "successor", b"", 0)
    await bench.executions.cancel("key")
    await bench.finish(claim, ExecutionState.CANCELLED)
    again = bench.add() if verb == "schedule" else bench.executions.replace("key", "task", b"", 0)
    assert (promised.generation, (await again).generation) == (2, 3)
