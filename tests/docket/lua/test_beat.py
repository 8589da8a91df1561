"""`beat.lua`: the roster of workers, and what becomes of the deliveries of those that are dead."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from tests.docket.lua.bench import Bench, consumer

SHORT = timedelta(milliseconds=20)


async def test_a_beat_puts_a_worker_on_the_roster(bench: Bench) -> None:
    """Its name, its functions and the time of its beat, by the server's clock, can be read by everybody."""
    before = await bench.now()
    assert await bench.roster.beat(consumer("worker"), ["one", "two"]) == 0
    (seen,) = await bench.roster.workers()
    assert (seen.name, seen.tasks) == ("name of worker", {"one", "two"})
    assert before <= round(seen.last_seen.timestamp() * 1000) <= await bench.now()


async def test_the_next_beat_renews_it(bench: Bench) -> None:
    """A worker stands on the roster once, with its last beat and its present functions."""
    await bench.roster.beat(consumer(), ["one"])
    first = (await bench.beats())[b"worker"]
    await bench.reached(first + 2)
    await bench.roster.beat(consumer(), ["two"])
    (seen,) = await bench.roster.workers()
    assert seen.tasks == {"two"}
    assert (await bench.beats())[b"worker"] > first


async def test_a_worker_without_functions_is_on_the_roster(bench: Bench) -> None:
    """Knowing nothing is not the same as knowing a function without a name."""
    await bench.roster.beat(consumer(), [])
    assert [seen.tasks for seen in await bench.roster.workers()] == [frozenset()]


async def test_two_workers_of_one_name_are_two(bench: Bench) -> None:
    """The identity tells them apart, not what people call them."""
    await bench.roster.beat(consumer("one"), [])
    await bench.roster.beat(consumer("two"), [])
    assert len(await bench.roster.workers()) == 2


async def test_what_is_known_of_a_worker_expires_with_its_patience(bench: Bench) -> None:
    """The profile of a worker that falls silent goes by itself, even when nobody is left to remove it."""
    await bench.roster.beat(consumer(), [])
    assert 0 < int(await bench.call("PTTL", bench.keys.profile("worker"))) <= 60_000


async def test_a_silent_worker_is_not_shown(make_bench: Callable[..., Bench]) -> None:
    """One whose profile has expired counts as dead, although nobody has removed it yet."""
    bench = make_bench("short", patience=timedelta(milliseconds=1))
    await bench.roster.beat(consumer("silent"), [])
    await bench.reached((await bench.beats())[b"silent"] + 50)
    assert await bench.roster.workers() == []


async def test_the_living_remove_the_dead(make_bench: Callable[..., Bench]) -> None:
    """A worker that has missed its beats is off the roster and out of the group after somebody else's beat."""
    bench = make_bench("short", patience=SHORT)
    await bench.take(consumer("dead"))
    await bench.roster.beat(consumer("dead"), [])
    await bench.reached((await bench.beats())[b"dead"] + 20)
    assert await bench.roster.beat(consumer("alive"), []) == 1
    assert list(await bench.beats()) == [b"alive"]
    assert await bench.call("EXISTS", bench.keys.profile("dead")) == 0
    assert b"dead" not in await bench.consumers()
    assert await bench.roster.beat(consumer("alive"), []) == 0


async def test_a_beating_worker_is_not_removed(bench: Bench) -> None:
    """As long as its beats come in time it stays, and so do its deliveries."""
    entry = await bench.deliver(consumer("one"))
    await bench.roster.beat(consumer("one"), [])
    assert await bench.roster.beat(consumer("two"), []) == 0
    assert await bench.consumers() == {b"one": 1}
    assert len((await bench.take(consumer("one"), delivered=[entry])).claimed) == 1


async def test_what_was_delivered_to_the_dead_is_queued_again(make_bench: Callable[..., Bench]) -> None:
    """An execution that a worker was handed, but never claimed, is another one's, with nothing counted against it."""
    bench = make_bench("short", patience=SHORT)
    await bench.deliver(consumer("dead"))
    await bench.roster.beat(consumer("dead"), [])
    assert (await bench.take(consumer("alive"))).claimed == []
    await bench.reached((await bench.beats())[b"dead"] + 20)
    await bench.roster.beat(consumer("alive"), [])
    taken = await bench.take(consumer("alive"))
    assert [(record.key, record.deliveries) for _, record in taken.claimed] == [("delivered", 1)]
    assert await bench.ready() == []


async def test_what_the_dead_ran_is_left_to_its_lease(make_bench: Callable[..., Bench]) -> None:
    """Missed beats alone take no claim away: a worker that cannot beat may still renew its leases."""
    bench = make_bench("short", patience=SHORT)
    claim = await bench.start(worker=consumer("dead"))
    await bench.roster.beat(consumer("dead"), [])
    await bench.reached((await bench.beats())[b"dead"] + 20)
    await bench.roster.beat(consumer("alive"), [])
    assert (await bench.take(consumer("alive"))).claimed == []
    assert await bench.deliveries.renew(consumer("dead"), [claim]) == [b"held"]


async def test_a_delivery_to_one_that_was_removed_is_not_lost(make_bench: Callable[..., Bench]) -> None:
    """A frozen worker's blocked read goes on at the server, and may be served after its removal: somebody notices."""
    bench = make_bench("short", patience=SHORT)
    await bench.take(consumer("frozen"))
    await bench.roster.beat(consumer("frozen"), [])
    waiting = asyncio.ensure_future(bench.deliveries.wait(consumer("frozen"), 5000))
    await bench.reached((await bench.beats())[b"frozen"] + 20)
    assert await bench.roster.beat(consumer("alive"), []) == 1
    await bench.add()
    assert await waiting is not None
    for _ in range(1000):
        await bench.roster.beat(consumer("alive"), [])
        if taken := (await bench.take(consumer("alive"))).claimed:
            break
    assert [record.key for _, record in taken] == ["key"]
    # The beat that found the delivery may have come a millisecond too early to find the consumer silent as well.
    for _ in range(1000):
        if list(await bench.consumers()) == [b"alive"]:
            break
        await bench.roster.beat(consumer("alive"), [])
    assert list(await bench.consumers()) == [b"alive"]


async def test_a_removed_worker_that_comes_back_is_welcome(make_bench: Callable[..., Bench]) -> None:
    """With its next beat it is on the roster again, and it can take work before that."""
    bench = make_bench("short", patience=SHORT)
    await bench.roster.beat(consumer("back"), [])
    await bench.reached((await bench.beats())[b"back"] + 20)
    await bench.roster.beat(consumer("alive"), [])
    await bench.add()
    assert len((await bench.take(consumer("back"))).claimed) == 1
    await bench.roster.beat(consumer("back"), [])
    assert b"back" in await bench.beats()


async def test_many_deliveries_of_the_dead_are_all_queued_again(make_bench: Callable[..., Bench]) -> None:
    """However much was delivered to it, nothing is left behind."""
    bench = make_bench("short", patience=SHORT)
    await bench.roster.beat(consumer("dead"), [])
    await asyncio.gather(*[bench.add(f"key-{number}") for number in range(250)])
    read = ["XREADGROUP", "GROUP", "workers", "dead", "COUNT", 250, "STREAMS", bench.keys.ready, ">"]
    await bench.call(*read)
    await bench.reached((await bench.beats())[b"dead"] + 20)
    claimed = 0
    while claimed < 250:
        await bench.roster.beat(consumer("alive"), [])
        claimed += len((await bench.take(consumer("alive"), slots=300)).claimed)
    assert await bench.ready() == []


async def test_a_beat_makes_the_queue(bench: Bench) -> None:
    """After a beat there is a queue to wait on, also on a server that was flushed."""
    await bench.roster.beat(consumer(), [])
    await bench.call("FLUSHALL")
    await bench.roster.beat(consumer(), [])
    assert await bench.call("EXISTS", bench.keys.ready) == 1
    assert list(await bench.beats()) == [b"worker"]
