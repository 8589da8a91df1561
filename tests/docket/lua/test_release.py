"""`release.lua`: an execution given back unfinished, at once or after a growing delay."""

from docket.model.states import ExecutionState
from docket.storage.deliveries import Claim, Release, Retry
from tests.docket.lua.bench import HOUR_MS, Bench, consumer


async def release(bench: Bench, claim: Claim, first: int = 0, longest: int = 0) -> list[Claim]:
    return await bench.deliveries.settle([Release(claim, first, longest)])


async def next_claim(bench: Bench) -> Claim:
    """Claim what waits for its time, as if that had come."""
    await bench.call("ZADD", bench.keys.later, 1, "key")
    return await bench.take_one()


async def test_without_a_delay_it_is_queued_at_once(bench: Bench) -> None:
    """Another worker can have it in the same moment, and no attempt is used."""
    claim = await bench.start()
    assert await release(bench, claim) == []
    record = await bench.record()
    assert (record["state"], record["attempt"], record["generation"]) == (b"queued", b"1", b"1")
    assert not {"claim", "worker", "started_at"} & set(record)
    assert (await bench.leases(), await bench.ready(), await bench.ttl()) == ({}, [(b"key", 1)], -1)
    assert [seen.attempt for _, seen in (await bench.take(consumer("other"))).claimed] == [1]


async def test_the_delay_doubles_up_to_its_longest(bench: Bench) -> None:
    """Each time that it is given back it waits twice as long as the time before, until that is long enough."""
    claim = await bench.start()
    delays = []
    for _ in range(8):
        before = await bench.now()
        await release(bench, claim, 10_000, 200_000)
        due = (await bench.later())[b"key"]
        delays.append(round((due - before) / 10_000))
        claim = await next_claim(bench)
    assert delays == [1, 2, 4, 8, 16, 20, 20, 20]


async def test_a_delay_is_found_after_any_number_of_releases(bench: Bench) -> None:
    """A function that stays unknown for weeks does not overflow its delay."""
    claim = await bench.start()
    for releases in (62, 1022, 1_000_000):
        await bench.call("HSET", bench.keys.run("key"), "releases", releases)
        await release(bench, claim, 1000, 60_000)
        assert (await bench.later())[b"key"] <= await bench.now() + 60_000
        claim = await next_claim(bench)
        await bench.call("HSET", bench.keys.run("key"), "releases", releases)
        await release(bench, claim)
        claim = await bench.take_one()


async def test_a_shutdown_does_not_lengthen_the_delay(bench: Bench) -> None:
    """To be given back by workers that stop, at once, is not to be unknown to them."""
    claim = await bench.start()
    for _ in range(5):
        await release(bench, claim)
        claim = await bench.take_one()
    before = await bench.now()
    await release(bench, claim, 10_000, 600_000)
    assert (await bench.later())[b"key"] < before + 15_000


async def test_the_delay_begins_anew_with_the_next_scheduling(bench: Bench) -> None:
    """Another generation of the key has not been given back yet."""
    claim = await bench.start()
    for _ in range(3):
        await release(bench, claim, 10_000, HOUR_MS)
        claim = await next_claim(bench)
    await bench.finish(claim, ExecutionState.COMPLETED)
    claim = await bench.start()
    before = await bench.now()
    await release(bench, claim, 10_000, HOUR_MS)
    assert (await bench.later())[b"key"] <= before + 15_000


async def test_the_record_says_when_it_is_due(bench: Bench) -> None:
    """Its time in the record is the one it waits for."""
    claim = await bench.start()
    await release(bench, claim, 10_000, 60_000)
    record = await bench.record()
    assert (record["state"], int(record["when"])) == (b"scheduled", (await bench.later())[b"key"])


async def test_a_token_that_is_not_current_changes_nothing(bench: Bench) -> None:
    """Only who holds a claim can give it back, and only once."""
    claim = await bench.start()
    before = await bench.everything()
    for stranger in (Claim(b"key", b"stranger"), Claim(b"key", b""), Claim(b"unknown", b"token-1")):
        assert await release(bench, stranger) == [stranger]
    assert await bench.everything() == before
    await release(bench, claim)
    before = await bench.everything()
    assert await release(bench, claim) == [claim]
    assert await bench.everything() == before


async def test_a_release_keeps_the_attempt_and_its_error(bench: Bench) -> None:
    """What is given back in its second attempt is still in its second attempt."""
    await bench.deliveries.settle([Retry(await bench.start(), 0, "error", b"")])
    await release(bench, await bench.take_one())
    record = await bench.record()
    assert (record["attempt"], record["error"]) == (b"2", b"error")


async def test_a_cancelled_run_ends(bench: Bench) -> None:
    """A run that was cancelled is not given to anybody else, and what was recorded after that follows."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    async with bench.hearing() as heard:
        await release(bench, claim, 1000, 1000)
        assert await heard.event() == "1 cancelled"
    assert (await bench.later(), await bench.leases()) == ({}, {})


async def test_a_release_that_is_due_first_wakes_an_idle_worker(bench: Bench) -> None:
    """Somebody watches the clock for it."""
    await release(bench, await bench.start(), 10_000, 60_000)
    assert await bench.nudges() == 1


async def test_many_are_given_back_in_one_call(bench: Bench) -> None:
    """A worker that stops gives back all it has, each answered in order."""
    for number in range(20):
        await bench.add(f"key-{number}")
    claims = [claim for claim, _ in (await bench.take(slots=20)).claimed]
    lost = Claim(b"key-0", b"stranger")
    assert await bench.deliveries.settle([Release(lost), *map(Release, claims)]) == [lost]
    assert [key for key, _ in await bench.ready()] == [f"key-{n}".encode() for n in range(20)]


async def test_it_is_announced(bench: Bench) -> None:
    """Whoever watches a key hears that its execution is not running any more."""
    claim = await bench.start()
    async with bench.hearing() as heard:
        await release(bench, claim)
        assert await heard.event() == "1 queued"


async def test_what_brings_down_its_workers_dies(bench: Bench) -> None:
    """Given back by a worker that was brought down it counts as lost, and one time too many it has died."""
    await bench.deliveries.settle([Release(await bench.start(), borne=1)])
    assert ((await bench.record())["losses"], await bench.state()) == (b"1", "queued")
    claim = await bench.take_one()
    assert await bench.deliveries.settle([Release(claim, borne=1)]) == []
    assert (await bench.state(), [*await bench.died()], await bench.leases()) == ("dead", [b"key"], {})
    assert (await bench.record())["error"].startswith(b"its worker was lost 2 time(s) in attempt 1, the last one was ")
    assert await bench.deliveries.settle([Release(claim, borne=1)]) == [claim]


async def test_what_was_never_begun_was_not_delivered(bench: Bench) -> None:
    """Given back with a delay, for its task is unknown there, it does not count as delivered; a shutdown does."""
    await release(bench, await bench.start(), 1000, 1000)
    assert (await bench.record())["deliveries"] == b"0"
    await release(bench, await next_claim(bench))
    assert (await bench.record())["deliveries"] == b"1"
