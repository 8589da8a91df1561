"""`clear.lua`: all pending work is cancelled, and nothing else."""

import asyncio

from docket.model.states import Disposition, ExecutionState
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench, consumer


async def test_scheduled_and_queued_work_is_cancelled(bench: Bench) -> None:
    """All of it ends as cancelled, is counted, and its keys are free; the queue and the schedule are empty."""
    await bench.add("queued")
    await bench.add("scheduled", when_ms=await bench.now() + HOUR_MS)
    assert await bench.executions.clear() == 2
    for key in ("queued", "scheduled"):
        assert await bench.state(key) == "cancelled"
        assert 0 < await bench.ttl(key) <= TTL_MS
        assert (await bench.add(key)).disposition is Disposition.SCHEDULED
    assert await bench.later() == {}


async def test_running_work_is_left_alone(bench: Bench) -> None:
    """What runs goes on, ends as it would have, and its successor follows."""
    claim = await bench.start()
    await bench.add(function="next", claim=claim)
    before = await bench.everything()
    assert await bench.executions.clear() == 0
    assert await bench.everything() == before
    assert await bench.finish(claim, ExecutionState.COMPLETED) == []
    assert [record.function for _, record in (await bench.take()).claimed] == ["next"]


async def test_an_empty_docket_has_nothing_to_clear(bench: Bench) -> None:
    """Nothing is cancelled, and nothing made."""
    assert await bench.executions.clear() == 0
    assert await bench.everything() == {}


async def test_it_works_in_batches(bench: Bench) -> None:
    """More than one call could do is cancelled in several, all of it, and counted."""
    when = await bench.now() + HOUR_MS
    await asyncio.gather(*[bench.add(f"queued-{n}") for n in range(1100)])
    await asyncio.gather(*[bench.add(f"scheduled-{n}", when_ms=when) for n in range(600)])
    assert await bench.executions.clear() == 1700
    assert (await bench.ready(), await bench.later()) == ([], {})
    assert (await bench.take()).unfinished == 0


async def test_one_key_is_cancelled_once(bench: Bench) -> None:
    """A replaced call has several pointers, of which only the current one counts."""
    now = await bench.now()
    for _ in range(5):
        await bench.executions.replace("key", "task", b"", now)
    await bench.executions.replace("other", "task", b"", now)
    await bench.executions.cancel("other")
    assert await bench.executions.clear() == 1
    assert await bench.ready() == []


async def test_a_replaced_call_that_waits_is_cancelled_although_it_has_a_stale_pointer(bench: Bench) -> None:
    """What was queued and then put off is cancelled once, from where it is now."""
    await bench.add()
    await bench.executions.replace("key", "task", b"", await bench.now() + HOUR_MS)
    assert await bench.executions.clear() == 1
    assert (await bench.state(), await bench.ready(), await bench.later()) == ("cancelled", [], {})


async def test_what_is_delivered_but_not_claimed_is_cancelled(bench: Bench) -> None:
    """It is pending as well, and the worker that was handed it claims nothing."""
    entry = await bench.deliver(consumer())
    assert await bench.executions.clear() == 1
    assert await bench.state("delivered") == "cancelled"
    assert (await bench.take(delivered=[entry])).claimed == []
    assert await bench.consumers() == {b"worker": 0}


async def test_ended_work_keeps_its_outcome(bench: Bench) -> None:
    """What has ended before is as it was."""
    await bench.finish(await bench.start(), ExecutionState.COMPLETED, "", b"result")
    before = await bench.record()
    assert await bench.executions.clear() == 0
    assert await bench.record() == before


async def test_the_workers_stay(bench: Bench) -> None:
    """Clearing is about work: the roster and the group of the queue are as they were."""
    await bench.roster.beat(consumer(), [])
    await bench.start("running")
    await bench.add()
    await bench.executions.clear()
    assert (await bench.beats()).keys() == (await bench.consumers()).keys() == {b"worker"}


async def test_each_cancellation_is_announced(bench: Bench) -> None:
    """Whoever waits for one of them hears that it will not come."""
    await bench.add()
    async with bench.hearing() as heard:
        await bench.executions.clear()
        assert await heard.event() == "1 cancelled"
