"""`survey.lua`, `requeue.lua`, `drop.lua` and whatever else an execution may come to after it has died."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from docket.model.states import Cancellation, Disposal, ExecutionState
from docket.storage.dead import Dead
from docket.storage.deliveries import Claim, Condemn
from docket.storage.executions import Executions
from tests.docket.lua.bench import DEAD_TTL_MS, HOUR_MS, TTL_MS, Bench, consumer
from tests.docket.lua.lossy import LossyWire


async def kill(bench: Bench, *keys: str, **call: object) -> None:
    """Have executions die, one after the other."""
    for key in keys:
        claim = await bench.start(key, **call)
        await bench.deliveries.settle([Condemn(claim, f"the reason of {key}")])


async def age(bench: Bench, key: str, by_ms: int) -> None:
    """Make it so long ago that an execution has died."""
    await bench.call("HINCRBY", bench.keys.run(key), "finished_at", -by_ms)
    expiry = await bench.call("ZINCRBY", bench.keys.dead, -by_ms, key)
    await bench.call("PEXPIREAT", bench.keys.run(key), int(expiry))


async def listed(bench: Bench, offset: int = 0, limit: int = 100) -> list[str]:
    return [record.key for record in (await bench.dead.survey(offset, limit)).records]


# Looking --------------------------------------------------------------------------------------------------------------


async def test_the_dead_are_listed_the_first_first(bench: Bench) -> None:
    """Each with its record, in the order of their deaths, not of their keys."""
    await kill(bench, "a", "b", "c")
    await age(bench, "b", 1000)
    before = await bench.now()
    survey = await bench.dead.survey(0, 10)
    assert before <= survey.now_ms <= await bench.now()
    assert (survey.total, [record.key for record in survey.records]) == (3, ["b", "a", "c"])
    assert (survey.records[0].error, survey.records[0].state) == ("the reason of b", ExecutionState.DEAD)


async def test_the_list_is_read_in_parts(bench: Bench) -> None:
    """Each part has its number at most, and together they are all; of the others only the number is told."""
    await kill(bench, *"abcde")
    assert [await listed(bench, offset, 2) for offset in (0, 2, 4, 6)] == [["a", "b"], ["c", "d"], ["e"], []]
    assert (await bench.dead.survey(0, 0))[1:] == (5, [])


async def test_nobody_is_dead_at_first(bench: Bench) -> None:
    """Where nothing has died there is nothing to list, and nothing comes of looking."""
    assert (await bench.dead.survey(0, 10))[1:] == (0, [])
    assert await bench.everything() == {}


# Leaving --------------------------------------------------------------------------------------------------------------


async def by_looking(bench: Bench) -> object:
    return await bench.dead.survey(0, 0)


async def by_a_beat(bench: Bench) -> object:
    return await bench.roster.beat(consumer(), [])


@pytest.mark.parametrize("occasion", [by_looking, by_a_beat])
async def test_those_whose_time_is_over_leave_with_their_records(
    bench: Bench, occasion: Callable[[Bench], Awaitable[object]]
) -> None:
    """On the occasion of a heartbeat or a look, in one step; those whose time is not over stay."""
    await kill(bench, "old", "new")
    await age(bench, "old", DEAD_TTL_MS)
    await age(bench, "new", DEAD_TTL_MS - 30_000)
    await occasion(bench)
    assert list(await bench.died()) == [b"new"]
    assert (await bench.state("old"), await bench.state("new")) == (None, "dead")


async def test_not_all_leave_at_once(bench: Bench) -> None:
    """However many there are, a call removes a bounded number; the others are not listed any more all the same."""
    keys = [f"key-{number}" for number in range(250)]
    await kill(bench, *keys)
    for key in keys:
        await age(bench, key, DEAD_TTL_MS)
    assert (await bench.dead.survey(0, 10))[1:] == (0, [])
    assert len(await bench.died()) == 50
    await bench.roster.beat(consumer(), [])
    assert (await bench.died(), await bench.call("KEYS", bench.keys.runs + b"*")) == ({}, [])


@pytest.mark.parametrize("occasion", [by_looking, by_a_beat])
async def test_the_time_of_the_dead_is_that_of_the_docket_they_died_on(
    make_bench: Callable[..., Bench], occasion: Callable[[Bench], Awaitable[object]]
) -> None:
    """Whoever looks or beats with a shorter `dead_ttl` of its own removes nothing before its time."""
    kept = make_bench("same", dead_ttl_ms=90 * DEAD_TTL_MS)
    await kill(kept, "key")
    await age(kept, "key", 80 * DEAD_TTL_MS)
    hasty = make_bench("same", dead_ttl_ms=1)
    await occasion(hasty)
    assert (await listed(kept), await listed(hasty)) == (["key"], ["key"])
    assert 0 < await kept.ttl() <= 10 * DEAD_TTL_MS


async def test_a_long_time_to_live_is_no_trouble(make_bench: Callable[..., Bench]) -> None:
    """The longest time that there is keeps them."""
    longest = round(timedelta.max / timedelta(milliseconds=1))
    bench = make_bench("long", dead_ttl_ms=longest)
    await kill(bench, "key")
    assert await listed(bench) == ["key"]
    assert await bench.roster.beat(consumer(), []) == 0
    assert await bench.state() == "dead"


# Scheduling over the dead ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when_ms", [None, HOUR_MS * 24 * 365 * 100])
async def test_the_key_of_the_dead_is_free(bench: Bench, when_ms: int | None) -> None:
    """Adding over it schedules anew and takes it off the index."""
    await kill(bench, "key")
    assert (await bench.add(when_ms=when_ms)).generation == 2
    assert (await bench.died(), await bench.state()) == ({}, "scheduled" if when_ms else "queued")
    assert not {"error", "finished_at", "worker"} & set(await bench.record())


async def test_the_dead_are_replaced(bench: Bench) -> None:
    """Replacing does the same."""
    await kill(bench, "key")
    assert (await bench.executions.replace("key", "other", b"", 0)).generation == 2
    assert (await bench.died(), await bench.state()) == ({}, "queued")


async def test_the_dead_cannot_be_cancelled(bench: Bench) -> None:
    """It has ended before, and stays where it is."""
    await kill(bench, "key")
    before = await bench.everything()
    assert await bench.executions.cancel("key") is Cancellation.FINISHED
    assert await bench.executions.clear() == 0
    assert await bench.everything() == before


# Requeueing -----------------------------------------------------------------------------------------------------------


async def test_a_requeued_execution_begins_anew(bench: Bench) -> None:
    """The same call as a new generation, with no attempt used, nothing lost, and nothing left of its death."""
    await kill(bench, "key", function="task", payload=b"payload")
    await bench.call("HSET", bench.keys.run("key"), "attempt", 3, "losses", 6, "releases", 2, "trace", "kept")
    before = await bench.now()
    async with bench.hearing() as heard:
        assert await bench.dead.requeue("key") is Disposal.REQUEUED
        assert await heard.event() == "2 queued"
    record = await bench.record()
    assert (record["state"], record["generation"], record["payload"]) == (b"queued", b"2", b"payload")
    assert (record["attempt"], record["deliveries"], record["trace"]) == (b"1", b"0", b"kept")
    assert before <= int(record["when"]) == int(record["scheduled_at"]) <= await bench.now()
    assert not {"error", "finished_at", "worker", "started_at", "losses", "releases"} & set(record)
    assert (await bench.died(), await bench.ttl()) == ({}, -1)
    ((_, seen),) = (await bench.take()).claimed
    assert (seen.generation, seen.attempt, seen.deliveries, seen.function) == (2, 1, 1, "task")


async def test_no_successor_of_a_final_run_comes_back(bench: Bench) -> None:
    """What was recorded for the dead generation is not taken for a successor of the new one, nor is its number used."""
    claim = await bench.start()
    successor = await bench.add(function="next", claim=claim)
    await bench.deliveries.settle([Condemn(claim, "reason", final=True)])
    await bench.dead.requeue("key")
    assert int((await bench.record())["generation"]) > successor.generation
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)
    assert (await bench.state(), await bench.ready()) == ("completed", [])


async def end(bench: Bench) -> None:
    await bench.finish(await bench.start(), ExecutionState.FAILED)


async def queue(bench: Bench) -> None:
    await bench.add()


async def run(bench: Bench) -> None:
    await bench.start()


@pytest.mark.parametrize("bring", [end, queue, run])
async def test_only_the_dead_are_requeued_and_dropped(bench: Bench, bring: Callable[[Bench], Awaitable[None]]) -> None:
    """What is live, or has ended otherwise, is left alone."""
    await bring(bench)
    before = await bench.record()
    assert await bench.dead.requeue("key") is Disposal.NOT_DEAD
    assert await bench.dead.drop("key") is Disposal.NOT_DEAD
    assert await bench.record() == before


async def test_what_is_unknown_is_neither_requeued_nor_dropped(bench: Bench) -> None:
    """And nothing comes of asking."""
    assert await bench.dead.requeue("key") is Disposal.UNKNOWN
    assert await bench.dead.drop("key") is Disposal.UNKNOWN
    assert await bench.everything() == {}


async def test_a_requeue_that_is_sent_again_happens_once(bench: Bench) -> None:
    """Its first answer was lost, and by the second the call may have run already."""
    await kill(bench, "key")
    await bench.dead.requeue("unknown")

    async def work() -> None:
        await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)

    wire = LossyWire(bench.call, work)
    dead = Dead(wire, bench.keys, bench.strikes)  # type: ignore[arg-type]
    assert await dead.requeue("key") is Disposal.REQUEUED
    assert (await bench.state(), (await bench.record())["generation"]) == ("completed", b"2")


async def requeued_and_run(bench: Bench) -> None:
    await bench.dead.requeue("key")
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)


async def dropped(bench: Bench) -> None:
    await bench.dead.drop("key")


@pytest.mark.parametrize("fate", [requeued_and_run, dropped])
async def test_a_call_that_is_sent_again_after_its_death_happens_once(
    bench: Bench, fate: Callable[[Bench], Awaitable[None]]
) -> None:
    """The answer to whoever has scheduled it was lost, and by the second time it has died and met its fate."""
    await bench.executions.cancel("warm")
    await kill(bench, "warm")
    await bench.dead.drop("warm")

    async def meanwhile() -> None:
        await bench.deliveries.settle([Condemn(await bench.take_one(), "reason")])
        await fate(bench)

    wire = LossyWire(bench.call, meanwhile)
    executions = Executions(wire, bench.keys, TTL_MS, DEAD_TTL_MS, bench.strikes)  # type: ignore[arg-type]
    scheduling = await executions.schedule("key", "task", b"payload", None, None)
    assert scheduling is not None
    assert (scheduling.disposition, scheduling.generation) == ("scheduled", 1)
    assert (await bench.ready(), await bench.died()) == ([], {})


async def test_a_drop_that_is_sent_again_spares_what_has_died_since(bench: Bench) -> None:
    """Its first answer was lost, and by the second time the key was scheduled anew and has died again."""
    await kill(bench, "key")
    await bench.dead.drop("unknown")
    wire = LossyWire(bench.call, lambda: kill(bench, "key"))
    dead = Dead(wire, bench.keys, bench.strikes)  # type: ignore[arg-type]
    assert await dead.drop("key") is Disposal.DROPPED
    assert (await bench.state(), list(await bench.died())) == ("dead", [b"key"])


# Dropping -------------------------------------------------------------------------------------------------------------


async def test_nothing_is_left_of_what_is_dropped(bench: Bench) -> None:
    """Record and member of the index leave together, and the others stay."""
    await kill(bench, "key", "other")
    assert await bench.dead.drop("key") is Disposal.DROPPED
    assert (await bench.record(), list(await bench.died())) == ({}, [b"other"])
    assert await bench.dead.drop("key") is Disposal.UNKNOWN


@pytest.mark.parametrize("key", ["", "a:b", "{x}", "new\nline", "nul\0", "é\udcff", "ready", "k" * 10_000])
async def test_the_key_of_the_dead_may_be_anything(bench: Bench, key: str) -> None:
    """It dies, is listed, requeued, dies again and is dropped, whatever characters it holds."""
    await kill(bench, key)
    assert await listed(bench) == [key]
    assert await bench.dead.requeue(key) is Disposal.REQUEUED
    claim: Claim = await bench.take_one()
    await bench.deliveries.settle([Condemn(claim, "again")])
    assert await bench.dead.drop(key) is Disposal.DROPPED
    assert (await bench.died(), await bench.record(key)) == ({}, {})
