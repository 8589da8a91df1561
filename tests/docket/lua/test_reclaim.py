"""`take.lua`, of leases that have run out: how often an attempt is handed out again, and how it dies."""

from collections.abc import Callable

import pytest

from docket.storage.deliveries import Release, Retry
from tests.docket.lua.bench import DEAD_TTL_MS, Bench, consumer


async def lose(bench: Bench, times: int, borne: int) -> list[str]:
    """Have the lease on an execution run out some times, on workers that bear so many; returns who has died."""
    died: list[str] = []
    frail = consumer(lease_ms=1, max_redeliveries=borne)
    for _ in range(times):
        await bench.take(frail, slots=1)
        await bench.reached(await bench.now() + 2)
        died += [death.key for death in (await bench.take(frail, slots=0)).died]
    return died


@pytest.mark.parametrize("borne", [0, 2])
async def test_what_has_lost_too_many_leases_has_died(bench: Bench, borne: int) -> None:
    """It is handed out again as often as may be; with one lease more it is dead, is announced, and nobody gets it."""
    await bench.add()
    assert await lose(bench, borne, borne) == []
    assert (await bench.state(), await bench.died()) == ("queued", {})
    before = await bench.now()
    async with bench.hearing() as heard:
        assert await lose(bench, 1, borne) == ["key"]
        assert [await heard.event(), await heard.event()] == ["1 running", "1 dead"]
    record = await bench.record()
    assert (record["state"], record["attempt"], record["deliveries"]) == (b"dead", b"1", b"%d" % (borne + 1))
    assert record["error"].startswith(b"its worker was lost %d time(s) in attempt 1, the last one was" % (borne + 1))
    assert "claim" not in record
    assert before <= int(record["finished_at"]) == (await bench.died())[b"key"] - DEAD_TTL_MS
    assert (await bench.leases(), (await bench.take()).claimed) == ({}, [])
    assert 0 < await bench.ttl() <= DEAD_TTL_MS


async def test_whoever_finds_the_dead_is_told_why(bench: Bench) -> None:
    """The reason is that of the record, and it is said that this is kept."""
    await bench.start(worker=consumer(lease_ms=1))
    await bench.reached(await bench.now() + 2)
    (death,) = (await bench.take(consumer(max_redeliveries=0), slots=0)).died
    assert (death.key, death.reason.encode(), death.is_kept) == ("key", (await bench.record())["error"], True)


async def test_each_attempt_may_lose_as_many_leases(bench: Bench) -> None:
    """A retry begins to count anew, as it begins anew with everything."""
    await bench.add()
    for _ in range(3):
        assert await lose(bench, 2, 2) == []
        await bench.deliveries.settle([Retry(await bench.take_one(), 0, "error", b"")])
    assert await lose(bench, 3, 2) == ["key"]


async def test_what_is_given_back_is_no_lost_lease(bench: Bench) -> None:
    """Neither workers that stop, nor those that do not know a task, nor a lost answer use up what may be lost."""
    await bench.add()
    for first_delay in (0, 1):
        for _ in range(3):
            await bench.deliveries.settle([Release(await bench.take_one(), first_delay, 1)])
            await bench.reached(await bench.now() + 2)
    for _ in range(3):
        await bench.take(consumer(max_redeliveries=0), token="same", lost="same")
    assert await bench.state() == "running"
    assert "losses" not in await bench.record()


async def test_a_successor_follows_what_has_died(bench: Bench) -> None:
    """The key goes on with what was recorded for it, and nothing is kept of the dead generation."""
    claim = await bench.start(worker=consumer(lease_ms=1))
    await bench.add(function="next", claim=claim)
    await bench.reached(await bench.now() + 2)
    async with bench.hearing() as heard:
        (death,) = (await bench.take(consumer(max_redeliveries=0), slots=0)).died
        assert (death.key, death.is_kept) == ("key", False)
        assert death.reason.startswith("its worker was lost 1 time(s) in attempt 1, the last one was name of worker")
        assert [await heard.event(), await heard.event()] == ["1 dead", "2 queued"]
    assert await bench.died() == {}
    assert [record.function for _, record in (await bench.take()).claimed] == ["next"]


async def test_a_cancelled_run_that_is_lost_ends_as_cancelled(bench: Bench) -> None:
    """However many leases it has lost, it has come to the end that was asked for."""
    await bench.start(worker=consumer(lease_ms=1))
    await bench.executions.cancel("key")
    await bench.reached(await bench.now() + 2)
    assert (await bench.take(consumer(max_redeliveries=0))).died == []
    assert (await bench.state(), await bench.died()) == ("cancelled", {})


async def test_the_dead_of_a_docket_that_keeps_none_are_gone(make_bench: Callable[..., Bench]) -> None:
    """With a `dead_ttl` of zero the death is announced, and that is all."""
    bench = make_bench("brief", dead_ttl_ms=0)
    await bench.add()
    async with bench.hearing() as heard:
        assert await lose(bench, 1, 0) == ["key"]
        assert [await heard.event(), await heard.event()] == ["1 running", "1 dead"]
    assert (await bench.record(), await bench.died()) == ({}, {})
