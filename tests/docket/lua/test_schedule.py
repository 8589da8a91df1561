"""`schedule.lua`: one live execution per key, and the successor that a running one records for itself."""

import asyncio
from collections.abc import Callable

import pytest

from docket.model.states import Disposition, ExecutionState
from docket.storage.deliveries import Retry
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench


async def test_what_is_due_now_is_queued(bench: Bench) -> None:
    """A call without a time gets a record that says all of it, and one pointer in the queue."""
    before = await bench.now()
    scheduling = await bench.add(function="task", payload=b"payload")
    after = await bench.now()
    assert scheduling[:3] == (Disposition.SCHEDULED, 1, ExecutionState.QUEUED)
    assert before <= scheduling.when_ms <= after
    record = await bench.record()
    assert record == {
        "state": b"queued",
        "generation": b"1",
        "function": b"task",
        "payload": b"payload",
        "when": str(scheduling.when_ms).encode(),
        "attempt": b"1",
        "deliveries": b"0",
        "scheduled_at": record["scheduled_at"],
        "request": record["request"],
    }
    assert before <= int(record["scheduled_at"]) <= after
    assert await bench.ready() == [(b"key", 1)]
    assert await bench.later() == {}
    assert await bench.ttl() == -1


@pytest.mark.parametrize("ago_ms", [0, 1, HOUR_MS])
async def test_what_was_due_before_is_queued_at_once(bench: Bench, ago_ms: int) -> None:
    """A time in the past, by the server's clock, is now; the record still says which it was."""
    when = await bench.now() - ago_ms
    assert (await bench.add(when_ms=when))[2:] == (ExecutionState.QUEUED, when)
    assert await bench.ready() == [(b"key", 1)]


async def test_what_is_due_later_waits_for_its_time(bench: Bench) -> None:
    """A call for a later time is filed under that, to the millisecond, and not in the queue."""
    when = await bench.now() + HOUR_MS
    assert await bench.add(when_ms=when) == (Disposition.SCHEDULED, 1, ExecutionState.SCHEDULED, when)
    assert await bench.later() == {b"key": when}
    assert (b"key", 1) not in await bench.ready()
    assert (await bench.record())["when"] == str(when).encode()


@pytest.mark.parametrize("state", ["scheduled", "queued", "running"])
async def test_add_on_a_live_key_changes_nothing_and_says_so(bench: Bench, state: str) -> None:
    """While a key is scheduled, queued or running, another call under it leaves everything as it is."""
    when = await bench.now() + (HOUR_MS if state == "scheduled" else 0)
    await bench.add(when_ms=when)
    if state == "running":
        await bench.take_one()
    before = await bench.everything()
    for other in (None, when + 1, 0):
        scheduling = await bench.add(function="other", payload=b"other", when_ms=other)
        assert scheduling == (Disposition.ALREADY_SCHEDULED, 1, ExecutionState(state), when)
    assert await bench.everything() == before


async def test_of_many_at_once_one_is_scheduled(make_bench: Callable[..., Bench]) -> None:
    """Of a hundred clients that add the same key at the same time, one schedules it and all others are told so."""
    benches = [make_bench() for _ in range(4)]
    scheduled = await asyncio.gather(*[benches[n % 4].add(payload=b"%d" % n) for n in range(100)])
    outcomes = [scheduling.disposition for scheduling in scheduled]
    assert outcomes.count(Disposition.SCHEDULED) == 1
    assert outcomes.count(Disposition.ALREADY_SCHEDULED) == 99
    assert (await benches[0].record())["payload"] == b"%d" % outcomes.index(Disposition.SCHEDULED)
    assert await benches[0].ready() == [(b"key", 1)]


@pytest.mark.parametrize("state", [ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED])
async def test_after_a_terminal_state_the_key_is_free(bench: Bench, state: ExecutionState) -> None:
    """A key whose execution has ended is scheduled anew, as the next generation."""
    await bench.finish(await bench.start(), state, "what went wrong", b"result")
    scheduling = await bench.add(payload=b"second")
    assert scheduling[:3] == (Disposition.SCHEDULED, 2, ExecutionState.QUEUED)
    assert await bench.ready() == [(b"key", 2)]


async def test_the_new_record_has_nothing_of_the_old_one(bench: Bench) -> None:
    """Whatever an ended execution has left in its record is gone when its key is reused, and so is the TTL."""
    claim = await bench.start()
    await bench.executions.replace("key", "successor", b"", await bench.now() + HOUR_MS)
    await bench.finish(claim, ExecutionState.FAILED, "error", b"result", final=True)
    assert await bench.ttl() > 0
    await bench.add()
    fields = {"state", "generation", "function", "payload", "when", "request", "attempt", "deliveries", "scheduled_at"}
    assert set(await bench.record()) == fields
    assert (await bench.record())["attempt"] == b"1"
    assert await bench.ttl() == -1


async def test_a_running_execution_records_its_successor(bench: Bench) -> None:
    """A running task that adds its own key is followed by that call, and nothing is queued until it has ended."""
    claim = await bench.start()
    when = await bench.now() + HOUR_MS
    scheduling = await bench.add(function="next", payload=b"next", when_ms=when, claim=claim)
    assert scheduling == (Disposition.SCHEDULED, 2, ExecutionState.SCHEDULED, when)
    record = await bench.record()
    assert (record["state"], record["generation"], record["payload"]) == (b"running", b"1", b"payload")
    assert (await bench.ready(), await bench.later()) == ([], {})

    await bench.finish(claim, ExecutionState.COMPLETED)
    record = await bench.record()
    assert (record["state"], record["generation"]) == (b"scheduled", b"2")
    assert (record["function"], record["payload"]) == (b"next", b"next")
    assert await bench.later() == {b"key": when}


async def test_a_successor_without_a_time_is_due_when_the_run_has_ended(bench: Bench) -> None:
    """A chain without a delay goes on at once, but not before the running copy has ended."""
    claim = await bench.start()
    assert (await bench.add(claim=claim)).generation == 2
    assert await bench.ready() == []
    ended = await bench.now()
    await bench.finish(claim, ExecutionState.COMPLETED)
    assert await bench.ready() == [(b"key", 2)]
    assert int((await bench.record())["when"]) >= ended


async def test_only_the_current_claim_may_record_a_successor(bench: Bench) -> None:
    """A copy that has lost its lease adds its own key in vain, as a stranger would."""
    stale = await bench.start()
    await bench.deliveries.settle([Retry(stale, 0, "error", b"")])
    current = await bench.take_one()
    before = await bench.everything()
    assert (await bench.add(claim=stale)).disposition is Disposition.ALREADY_SCHEDULED
    assert await bench.everything() == before
    assert (await bench.add(claim=current)).disposition is Disposition.SCHEDULED


async def test_a_claim_of_an_ended_run_does_not_make_a_successor(bench: Bench) -> None:
    """What adds its own key after its run has ended schedules like anybody else."""
    claim = await bench.start()
    await bench.finish(claim, ExecutionState.COMPLETED)
    scheduling = await bench.add(claim=claim)
    assert scheduling[:3] == (Disposition.SCHEDULED, 2, ExecutionState.QUEUED)
    assert "next_function" not in await bench.record()


async def test_a_cancelled_run_is_not_followed(bench: Bench) -> None:
    """A running task that was cancelled adds its own key in vain, and is told that it was superseded."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    before = await bench.everything()
    assert (await bench.add(claim=claim)).disposition is Disposition.SUPERSEDED
    assert await bench.everything() == before


async def test_a_chain_does_not_override_what_somebody_has_put_in_its_place(bench: Bench) -> None:
    """A call recorded by `replace` while a key runs takes the place of the run's own rescheduling, even a later one."""
    claim = await bench.start()
    when = await bench.now() + HOUR_MS
    await bench.executions.replace("key", "replacement", b"replacement", when)
    await bench.add(function="perpetual", claim=claim)
    await bench.finish(claim, ExecutionState.COMPLETED)
    assert (await bench.record())["function"] == b"replacement"


async def test_a_run_records_one_successor(bench: Bench) -> None:
    """The second time that a running task adds its own key the key has its successor: nothing changes."""
    claim = await bench.start()
    when = await bench.now() + HOUR_MS
    await bench.add(function="first", when_ms=when, claim=claim)
    before = await bench.everything()
    scheduling = await bench.add(function="second", claim=claim)
    assert scheduling == (Disposition.ALREADY_SCHEDULED, 2, ExecutionState.SCHEDULED, when)
    assert await bench.everything() == before


async def test_an_idle_worker_is_woken_when_something_is_due_first(bench: Bench) -> None:
    """Work that is due before all other scheduled work leaves one entry that wakes one waiting worker."""
    now = await bench.now()
    await bench.add("first", when_ms=now + 3 * HOUR_MS)
    assert await bench.ready() == [(b"", 0)]
    await bench.add("later", when_ms=now + 4 * HOUR_MS)
    await bench.add("earlier", when_ms=now + 2 * HOUR_MS)
    assert await bench.nudges() == 1
    await bench.take()
    assert await bench.ready() == []
    await bench.add("latest", when_ms=now + 5 * HOUR_MS)
    assert await bench.ready() == []
    await bench.add("earliest", when_ms=now + HOUR_MS)
    assert await bench.nudges() == 1


async def test_it_is_announced(bench: Bench) -> None:
    """Whoever watches a key hears of each scheduling and its state, and of nothing when nothing has changed."""
    async with bench.hearing() as heard:
        await bench.add(when_ms=await bench.now() + HOUR_MS)
        await bench.add()
        await bench.add("other")
        assert await heard.event() == "1 scheduled"
        assert await heard.event("other") == "1 queued"


async def test_a_record_lives_as_long_as_its_execution(bench: Bench) -> None:
    """A live record never expires: the TTL of the ended one is lifted when its key is scheduled anew."""
    await bench.finish(await bench.start(), ExecutionState.COMPLETED)
    assert 0 < await bench.ttl() <= TTL_MS
    await bench.add()
    assert await bench.ttl() == -1
