"""`take.lua`: claiming, promoting, putting back, and when there is next something to do."""

import asyncio
from collections.abc import Callable

import pytest

from docket.model.states import ExecutionState
from docket.storage.deliveries import MOST_TIDIED, MOST_TOGETHER, Finish, Release
from tests.docket.lua.bench import HOUR_MS, LEASE_MS, Bench, consumer


async def add_many(bench: Bench, number: int, **call: object) -> list[str]:
    keys = [f"key-{n}" for n in range(number)]
    await asyncio.gather(*[bench.add(key, **call) for key in keys])
    return keys


async def test_a_claim_is_written_to_the_record(bench: Bench) -> None:
    """What is taken is running, under the claim and the worker's name, with a lease, and no longer in the queue."""
    await bench.add(function="task", payload=b"payload")
    before = await bench.now()
    taken = await bench.take(consumer("worker"), token="the token")
    ((claim, seen),) = taken.claimed
    assert claim == (b"key", b"the token")
    record = await bench.record()
    assert (record["state"], record["claim"], record["worker"]) == (b"running", b"the token", b"name of worker")
    assert before <= int(record["started_at"]) <= await bench.now()
    assert await bench.ready() == []
    assert (await bench.leases())[b"key"] == int(record["started_at"]) + LEASE_MS
    assert await bench.consumers() == {b"worker": 0}
    assert (seen.key, seen.function, seen.payload, seen.state) == ("key", "task", b"payload", "running")
    assert (seen.generation, seen.attempt, seen.deliveries) == (1, 1, 1)
    assert (seen.when_ms, seen.started_at_ms) == (int(record["when"]), int(record["started_at"]))


async def test_an_empty_docket_gives_nothing(bench: Bench) -> None:
    """Nothing to claim, no time to wait for, nothing unfinished; and the queue is there to wait on."""
    assert (await bench.take())[:3] == ([], None, 0)
    assert await bench.call("EXISTS", bench.keys.ready) == 1


@pytest.mark.parametrize("slots", [0, 1, 3, 7, 10])
async def test_at_most_as_many_as_there_are_slots(bench: Bench, slots: int) -> None:
    """It claims as many as it may, in the order in which they were queued, and leaves the rest."""
    for number in range(7):
        await bench.add(f"key-{number}")
    taken = await bench.take(slots=slots)
    assert [record.key for _, record in taken.claimed] == [f"key-{n}" for n in range(min(slots, 7))]
    assert taken.unfinished == 7
    assert len(await bench.ready()) == 7 - min(slots, 7)
    assert len(await bench.leases()) == min(slots, 7)


@pytest.mark.parametrize("number", [101, 1000, 5000])
async def test_any_number_of_slots_can_be_filled(bench: Bench, number: int) -> None:
    """A worker of great concurrency claims and finishes whatever there is, and every claim has its lease."""
    await add_many(bench, number)
    claims = []
    for _ in range(number):
        taken = await bench.take(slots=number - len(claims))
        claims += [claim for claim, _ in taken.claimed]
        if len(claims) == number:
            break
    assert len(await bench.leases()) == number
    assert await bench.deliveries.settle([Finish(claim, ExecutionState.COMPLETED) for claim in claims]) == []
    assert await bench.leases() == {}


async def test_no_two_workers_get_the_same(make_bench: Callable[..., Bench]) -> None:
    """Many workers that take at the same time share the queue among them."""
    benches = [make_bench() for _ in range(5)]
    keys = await add_many(benches[0], 100)
    takes = [benches[n % 5].take(consumer(f"worker {n}"), slots=7, token=f"{n}") for n in range(20)]
    taken = [record.key for take in await asyncio.gather(*takes) for _, record in take.claimed]
    assert sorted(taken) == sorted(keys)


async def test_what_is_due_is_promoted_and_claimed_in_one_call(bench: Bench) -> None:
    """Scheduled work starts when its time has come by the server's clock, never before; other work stays put."""
    now = await bench.now()
    await bench.add("soon", when_ms=now + 50)
    await bench.add("later", when_ms=now + HOUR_MS)
    while not (claimed := (await bench.take()).claimed):
        assert await bench.now() < now + 10_000
    ((_, record),) = claimed
    assert (record.key, record.when_ms) == ("soon", now + 50)
    assert record.started_at_ms >= record.when_ms
    assert await bench.later() == {b"later": now + HOUR_MS}


async def test_what_is_due_in_the_far_future_is_not_taken(bench: Bench) -> None:
    """Not even a worker with many free slots begins what is not due."""
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    assert (await bench.take(slots=100)).claimed == []
    assert await bench.state() == "scheduled"


async def make_due(bench: Bench, *keys: str) -> None:
    """Let the time of scheduled work have come, one after the other."""
    for moment, key in enumerate(keys, 1):
        await bench.call("ZADD", bench.keys.later, "XX", moment, key)


async def test_promotion_goes_by_due_time(bench: Bench) -> None:
    """What was due first is claimed first, whenever it was scheduled."""
    when = await bench.now() + HOUR_MS
    for key in ("third", "first", "fourth", "second"):
        await bench.add(key, when_ms=when)
    await make_due(bench, "first", "second", "third", "fourth")
    taken = await bench.take()
    assert [record.key for _, record in taken.claimed] == ["first", "second", "third", "fourth"]


async def test_it_promotes_no_more_than_its_batch(bench: Bench) -> None:
    """A flood of due work is filed in bites, so that no call holds up the server; the next one is due at once."""
    number = 2 * MOST_TIDIED - 5
    keys = await add_many(bench, number, when_ms=await bench.now() + HOUR_MS)
    await make_due(bench, *keys)
    left = []
    for _ in range(2):
        taken = await bench.take(slots=0)
        left.append(len(await bench.later()))
        assert taken.unfinished >= number
        if left[-1]:
            assert taken.wait_ms == 0
    assert left == [MOST_TIDIED - 5, 0]
    assert len((await bench.take(slots=1000)).claimed) == number


async def test_a_promoted_member_without_a_scheduled_record_is_dropped(bench: Bench) -> None:
    """The index is not the truth: a member that no scheduled record stands behind starts nothing."""
    await bench.add("queued")
    for key in ("unknown", "queued"):
        await bench.call("ZADD", bench.keys.later, 1, key)
    taken = await bench.take()
    assert [record.key for _, record in taken.claimed] == ["queued"]
    assert await bench.later() == {}


async def test_it_says_when_there_is_next_something_to_do(bench: Bench) -> None:
    """The wait is until the next due time or the end of the first lease, whichever comes first."""
    now = await bench.now()
    await bench.add("later", when_ms=now + HOUR_MS)
    wait = (await bench.take()).wait_ms
    assert wait is not None
    assert HOUR_MS - 5000 < wait <= HOUR_MS
    await bench.add("now")
    wait = (await bench.take()).wait_ms
    assert wait is not None
    assert LEASE_MS - 5000 < wait <= LEASE_MS
    await bench.add("sooner", when_ms=now + 20_000)
    wait = (await bench.take()).wait_ms
    assert wait is not None
    assert 15_000 < wait <= 20_000


async def test_it_says_how_many_are_unfinished(bench: Bench) -> None:
    """Scheduled, queued and running executions count, those it has just claimed included; ended ones do not."""
    await bench.finish(await bench.start("ended"), ExecutionState.COMPLETED)
    await bench.add("later", when_ms=await bench.now() + HOUR_MS)
    for number in range(5):
        await bench.add(f"key-{number}")
    taken = await bench.take(slots=2)
    assert taken.unfinished == 1 + 5 + (await bench.nudges())
    for claim, _ in taken.claimed:
        await bench.finish(claim, ExecutionState.COMPLETED)
    assert (await bench.take()).unfinished == 1 + 3


async def test_delivered_entries_come_first(bench: Bench) -> None:
    """What a blocking read has brought is claimed before what came to the queue earlier."""
    entry = await bench.deliver(consumer(), "delivered")
    await bench.add("queued")
    taken = await bench.take(slots=1, delivered=[entry])
    assert [record.key for _, record in taken.claimed] == ["delivered"]
    assert await bench.ready() == [(b"queued", 1)]
    assert await bench.consumers() == {b"worker": 0}


async def test_delivered_entries_that_find_no_slot_are_put_back(bench: Bench) -> None:
    """Another worker can take what was delivered to one that is full."""
    entry = await bench.deliver(consumer("full"))
    assert (await bench.take(consumer("full"), slots=0, delivered=[entry])).claimed == []
    assert (await bench.consumers())[b"full"] == 0
    taken = await bench.take(consumer("free"))
    assert [(record.key, record.deliveries) for _, record in taken.claimed] == [("delivered", 1)]


async def test_a_delivered_entry_is_claimed_once(bench: Bench) -> None:
    """An entry that is shown again, because an answer was lost, is passed over."""
    entry = await bench.deliver(consumer())
    assert len((await bench.take(delivered=[entry, entry])).claimed) == 1
    assert (await bench.take(delivered=[entry])).claimed == []


async def test_a_delivered_entry_of_a_cancelled_execution_is_dropped(bench: Bench) -> None:
    """Between delivery and claim an execution may end; nothing of it is left in the queue."""
    entry = await bench.deliver(consumer())
    await bench.executions.cancel("delivered")
    assert (await bench.take(delivered=[entry])).claimed == []
    assert (await bench.ready(), await bench.consumers()) == ([], {b"worker": 0})


async def test_entries_that_only_wake_are_consumed(bench: Bench) -> None:
    """The entry that tells of an earlier due time points to nothing and is gone after the look that it has caused."""
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    assert await bench.nudges() == 1
    assert (await bench.take()).claimed == []
    assert await bench.ready() == []


async def test_many_stale_pointers_do_not_hide_what_is_behind_them(bench: Bench) -> None:
    """A call passes over as many stale pointers as it may, and goes on to what is queued behind them."""
    for key in await add_many(bench, MOST_TOGETHER - 1):
        await bench.executions.cancel(key)
    await bench.add("live")
    assert [record.key for _, record in (await bench.take(slots=1)).claimed] == ["live"]


async def test_expired_leases_are_given_back(bench: Bench) -> None:
    """What a silent worker ran is queued again with its lease over, and its next delivery is counted."""
    await bench.start(worker=consumer("silent", lease_ms=1))
    await bench.reached(await bench.now() + 2)
    async with bench.hearing() as heard:
        taken = await bench.take(consumer("other"))
        assert [await heard.event(), await heard.event()] == ["1 queued", "1 running"]
    ((claim, record),) = taken.claimed
    assert (record.attempt, record.deliveries, record.generation) == (1, 2, 1)
    raw = await bench.record()
    assert (raw["claim"], raw["worker"], raw["deliveries"]) == (claim.token, b"name of other", b"2")
    assert list(await bench.leases()) == [b"key"]


async def test_a_requeued_execution_has_no_claim(bench: Bench) -> None:
    """Between two deliveries nobody holds it, so an old claim does nothing."""
    claim = await bench.start(worker=consumer(lease_ms=1))
    await bench.reached(await bench.now() + 2)
    await bench.take(slots=0)
    record = await bench.record()
    assert record["state"] == b"queued"
    assert not {"claim", "worker", "started_at"} & set(record)
    assert (await bench.leases(), await bench.ready()) == ({}, [(b"key", 1)])
    assert await bench.finish(claim, ExecutionState.COMPLETED) == [claim]


async def test_a_lease_that_has_not_run_out_is_respected(bench: Bench) -> None:
    """Nobody gets what another one runs while that holds its lease."""
    await bench.start()
    before = await bench.record()
    assert (await bench.take(consumer("other"))).claimed == []
    assert await bench.record() == before


async def test_the_successor_of_a_lost_run_is_kept(bench: Bench) -> None:
    """A run that is handed to another worker still has the successor that was recorded before."""
    claim = await bench.start(worker=consumer(lease_ms=1))
    await bench.add(function="next", claim=claim)
    await bench.reached(await bench.now() + 2)
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)
    assert [record.function for _, record in (await bench.take()).claimed] == ["next"]


async def test_claims_of_a_lost_call_are_given_back(bench: Bench) -> None:
    """What a call has claimed whose answer never arrived is put back by the next one, and can be claimed by it."""
    await add_many(bench, 3)
    await bench.take(token="unanswered", slots=2)
    await bench.take(consumer("other"), token="other's", slots=1)
    taken = await bench.take(token="answered", lost="unanswered")
    assert sorted(record.key for _, record in taken.claimed) == ["key-0", "key-1"]
    assert {claim.token for claim, _ in taken.claimed} == {b"answered"}
    assert (await bench.record("key-2"))["claim"] == b"other's"


async def test_a_lost_call_may_be_repeated_under_its_own_token(bench: Bench) -> None:
    """A worker that does not know whether its call has arrived repeats it, and ends up with one claim on each."""
    await add_many(bench, 3)
    for _ in range(3):
        taken = await bench.take(token="same", lost="same")
        assert len(taken.claimed) == 3
    assert len(await bench.leases()) == 3


async def test_a_call_that_was_lost_before_it_arrived_gives_nothing_back(bench: Bench) -> None:
    """A token that nobody holds is no reason to touch anything."""
    await bench.start()
    before = await bench.record()
    assert (await bench.take(lost="never arrived")).claimed == []
    assert await bench.record() == before


async def test_a_flushed_server_gets_its_queue_back(bench: Bench) -> None:
    """After FLUSHALL the next call makes the group anew, and finds what was queued in between."""
    await bench.take()
    await bench.call("FLUSHALL")
    assert await bench.deliveries.wait(consumer(), 1) is None
    await bench.add()
    assert len((await bench.take()).claimed) == 1


async def test_a_queue_without_its_group_is_read_from_the_beginning(bench: Bench) -> None:
    """What was queued before there was any worker is not skipped."""
    await add_many(bench, 3)
    assert len((await bench.take()).claimed) == 3


async def test_what_is_given_back_waits_behind_the_others(bench: Bench) -> None:
    """A released execution goes to the end of the queue, so that it cannot starve the rest."""
    claim = await bench.start("first")
    await bench.add("second")
    await bench.deliveries.settle([Release(claim)])
    assert [key for key, _ in await bench.ready()] == [b"second", b"first"]


async def test_a_waiting_worker_gets_what_is_scheduled(bench: Bench) -> None:
    """A blocking read ends as soon as there is work, or when something is due first."""
    await bench.take()
    waiting = asyncio.ensure_future(bench.deliveries.wait(consumer(), 5000))
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    entry = await waiting
    assert entry is not None
    assert (await bench.take(delivered=[entry])).wait_ms is not None


async def test_a_wait_ends_without_work_in_its_time(bench: Bench) -> None:
    """A blocking read that brings nothing says so."""
    await bench.take()
    assert await bench.deliveries.wait(consumer(), 1) is None
