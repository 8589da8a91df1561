"""`leave.lua`: a worker goes in good order."""

import asyncio

from tests.docket.lua.bench import HOUR_MS, Bench, consumer


async def test_nothing_is_left_of_it(bench: Bench) -> None:
    """It is off the roster and out of the group, and its profile is gone."""
    await bench.roster.beat(consumer("leaving"), ["task"])
    await bench.take(consumer("leaving"))
    await bench.roster.leave(consumer("leaving"))
    assert (await bench.beats(), await bench.consumers(), await bench.roster.workers()) == ({}, {}, [])
    assert await bench.call("EXISTS", bench.keys.profile("leaving")) == 0


async def test_the_others_stay(bench: Bench) -> None:
    """Only the one that leaves is taken off, with what was delivered to it alone."""
    entry = await bench.deliver(consumer("staying"))
    for identity in ("staying", "leaving"):
        await bench.roster.beat(consumer(identity), [])
    await bench.roster.leave(consumer("leaving"))
    assert list(await bench.beats()) == [b"staying"]
    assert await bench.consumers() == {b"staying": 1}
    assert len((await bench.take(consumer("staying"), delivered=[entry])).claimed) == 1


async def test_what_was_delivered_to_it_is_queued_again(bench: Bench) -> None:
    """An execution that it was handed, but has not claimed, wakes another worker at once."""
    await bench.deliver(consumer("leaving"))
    waiting = asyncio.ensure_future(bench.deliveries.wait(consumer("other"), 5000))
    await bench.roster.leave(consumer("leaving"))
    entry = await waiting
    assert entry is not None
    taken = await bench.take(consumer("other"), delivered=[entry])
    assert [(record.key, record.deliveries) for _, record in taken.claimed] == [("delivered", 1)]


async def test_it_wakes_somebody_to_watch_the_clock(bench: Bench) -> None:
    """The one that leaves may have been the only one that knew of the next due time."""
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    await bench.take(consumer("leaving"))
    waiting = asyncio.ensure_future(bench.deliveries.wait(consumer("other"), 5000))
    await bench.roster.leave(consumer("leaving"))
    entry = await waiting
    assert entry is not None
    wait = (await bench.take(consumer("other"), delivered=[entry])).wait_ms
    assert wait is not None
    assert wait > HOUR_MS - 5000


async def test_it_wakes_nobody_without_reason(bench: Bench) -> None:
    """Where nothing is scheduled, or somebody is about to look anyway, no entry is added."""
    await bench.roster.leave(consumer("one"))
    assert await bench.ready() == []
    await bench.add()
    await bench.add("later", when_ms=await bench.now() + HOUR_MS)
    await bench.roster.leave(consumer("two"))
    assert await bench.ready() == [(b"key", 1)]


async def test_leaving_twice_is_the_same_as_once(bench: Bench) -> None:
    """Sent again, because the answer was lost, it changes nothing; nor does it for a worker nobody has heard of."""
    await bench.deliver(consumer("leaving"))
    await bench.roster.beat(consumer("leaving"), [])
    await bench.roster.leave(consumer("leaving"))
    before = await bench.everything()
    await bench.roster.leave(consumer("leaving"))
    await bench.roster.leave(consumer("stranger"))
    assert await bench.everything() == before


async def test_what_it_still_runs_is_left_to_its_lease(bench: Bench) -> None:
    """Leaving takes no claim away."""
    claim = await bench.start(worker=consumer("leaving"))
    await bench.roster.leave(consumer("leaving"))
    assert await bench.deliveries.renew(consumer("leaving"), [claim]) == [b"held"]


async def test_on_a_flushed_server_it_leaves_in_peace(bench: Bench) -> None:
    """A worker can leave when there is nothing left to leave."""
    await bench.roster.leave(consumer())
    assert (await bench.beats(), await bench.ready()) == ({}, [])
