"""`condemn.lua`: the end of an execution that cannot be run to an end of its own."""

from collections.abc import Callable

import pytest

from docket.storage.deliveries import Claim, Condemn
from tests.docket.lua.bench import DEAD_TTL_MS, Bench


async def condemn(bench: Bench, *claims: Claim, final: bool = False) -> list[Claim]:
    return await bench.deliveries.settle([Condemn(claim, "the reason", final) for claim in claims])


async def test_the_record_is_kept_with_its_reason(bench: Bench) -> None:
    """It has no TTL and is found by way of the index, under the time of its death; claim and lease are gone."""
    claim = await bench.start(payload=b"payload")
    before = await bench.now()
    async with bench.hearing() as heard:
        assert await condemn(bench, claim) == []
        assert await heard.event() == "1 dead"
    record = await bench.record()
    assert (record["state"], record["error"], record["payload"]) == (b"dead", b"the reason", b"payload")
    assert (record["worker"], record["deliveries"]) == (b"name of worker", b"1")
    assert "claim" not in record
    assert before <= int(record["finished_at"]) == (await bench.died())[b"key"] - DEAD_TTL_MS <= await bench.now()
    assert (await bench.leases(), await bench.ready()) == ({}, [])
    assert 0 < await bench.ttl() <= DEAD_TTL_MS


@pytest.mark.parametrize("stranger", [Claim(b"key", b"stranger"), Claim(b"unknown", b"token-1"), Claim(b"key", b"")])
async def test_a_token_that_is_not_current_changes_nothing(bench: Bench, stranger: Claim) -> None:
    """Only who holds a claim can say that it cannot be run."""
    await bench.start()
    before = await bench.everything()
    assert await condemn(bench, stranger) == [stranger]
    assert await bench.everything() == before


async def test_it_counts_once(bench: Bench) -> None:
    """Sent again, because the answer was lost, it is lost and changes nothing."""
    claim = await bench.start()
    await condemn(bench, claim)
    before = await bench.everything()
    assert await condemn(bench, claim) == [claim]
    assert await bench.everything() == before


async def test_the_successor_is_filed_at_once(bench: Bench) -> None:
    """The key goes on with what was recorded for it; no dead member is left."""
    claim = await bench.start()
    await bench.add(function="next", claim=claim)
    async with bench.hearing() as heard:
        await condemn(bench, claim)
        assert [await heard.event(), await heard.event()] == ["1 dead", "2 queued"]
    assert (await bench.died(), await bench.ready()) == ({}, [(b"key", 2)])
    assert (await bench.record())["function"] == b"next"


async def test_after_a_final_run_no_successor_is_filed(bench: Bench) -> None:
    """A run that nothing may follow is dead like any other."""
    claim = await bench.start()
    await bench.add(function="next", claim=claim)
    await condemn(bench, claim, final=True)
    assert (await bench.state(), list(await bench.died()), await bench.ready()) == ("dead", [b"key"], [])


async def test_a_cancelled_run_ends_as_cancelled(bench: Bench) -> None:
    """It has come to the end that was asked for, and expires like all that has ended."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    await condemn(bench, claim)
    assert (await bench.state(), await bench.died()) == ("cancelled", {})
    assert await bench.ttl() > 0


async def test_the_dead_of_a_docket_that_keeps_none_are_gone(make_bench: Callable[..., Bench]) -> None:
    """With a `dead_ttl` of zero the death is announced, and that is all."""
    bench = make_bench("brief", dead_ttl_ms=0)
    claim = await bench.start()
    async with bench.hearing() as heard:
        await condemn(bench, claim)
        assert await heard.event() == "1 dead"
    assert (await bench.record(), await bench.died(), await bench.leases()) == ({}, {}, {})


async def test_many_die_in_one_call_and_are_answered_in_order(bench: Bench) -> None:
    """Of a batch the lost ones are named, and all others are dead."""
    for number in range(20):
        await bench.add(f"key-{number}")
    claims = [claim for claim, _ in (await bench.take(slots=20)).claimed]
    lost = Claim(b"key-0", b"stranger")
    assert await condemn(bench, lost, *claims) == [lost]
    assert len(await bench.died()) == 20
