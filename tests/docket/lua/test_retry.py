"""`retry.lua`: the next attempt of an execution that has failed, or its end where none may follow."""

import pytest

from docket.model.states import ExecutionState
from docket.storage.deliveries import Claim, Retry
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench, consumer


async def retry(bench: Bench, claim: Claim, delay_ms: int = 0) -> list[Claim]:
    return await bench.deliveries.settle([Retry(claim, delay_ms, "what went wrong", b"the exception")])


async def test_the_next_attempt_is_counted(bench: Bench) -> None:
    """The attempt goes up by one and its deliveries begin anew; the generation is the same, and so is the call."""
    await bench.start(worker=consumer(lease_ms=1), payload=b"payload")
    await bench.reached(await bench.now() + 2)
    claim = await bench.take_one()
    assert (await bench.record())["deliveries"] == b"2"
    assert await retry(bench, claim) == []
    record = await bench.record()
    assert (record["attempt"], record["deliveries"], record["generation"]) == (b"2", b"0", b"1")
    assert (record["state"], record["payload"], record["error"]) == (b"queued", b"payload", b"what went wrong")
    ((_, seen),) = (await bench.take()).claimed
    assert (seen.attempt, seen.deliveries) == (2, 1)


async def test_without_a_delay_it_is_queued_at_once(bench: Bench) -> None:
    """The claim and its lease are given up in the same step."""
    claim = await bench.start()
    await retry(bench, claim)
    record = await bench.record()
    assert not {"claim", "worker", "started_at"} & set(record)
    assert (await bench.leases(), await bench.ready(), await bench.ttl()) == ({}, [(b"key", 1)], -1)


async def test_the_delay_counts_from_now_by_the_servers_clock(bench: Bench) -> None:
    """It is scheduled so long after the failure, and the record says when."""
    claim = await bench.start()
    before = await bench.now()
    await retry(bench, claim, HOUR_MS)
    after = await bench.now()
    due = (await bench.later())[b"key"]
    assert before + HOUR_MS <= due <= after + HOUR_MS
    record = await bench.record()
    assert (record["state"], record["when"]) == (b"scheduled", b"%d" % due)
    assert (await bench.take()).claimed == []


async def test_it_is_tried_again_when_the_delay_is_over(bench: Bench) -> None:
    """The second attempt begins at its time."""
    claim = await bench.start()
    await retry(bench, claim, 30)
    await bench.reached((await bench.later())[b"key"])
    assert [record.attempt for _, record in (await bench.take()).claimed] == [2]


async def test_a_token_that_is_not_current_changes_nothing(bench: Bench) -> None:
    """A retry under another token than the record's is lost; so is one that is sent twice."""
    claim = await bench.start()
    before = await bench.everything()
    for stranger in (Claim(b"key", b"stranger"), Claim(b"key", b""), Claim(b"unknown", b"token-1")):
        assert await retry(bench, stranger) == [stranger]
    assert await bench.everything() == before
    await retry(bench, claim)
    before = await bench.everything()
    assert await retry(bench, claim) == [claim]
    assert await bench.everything() == before


async def test_a_successor_takes_its_place(bench: Bench) -> None:
    """What was recorded to follow the run follows its failure, and the retry is off."""
    claim = await bench.start()
    await bench.add(function="next", claim=claim)
    async with bench.hearing() as heard:
        await retry(bench, claim, HOUR_MS)
        assert [await heard.event(), await heard.event()] == ["1 failed", "2 queued"]
    record = await bench.record()
    assert (record["function"], record["generation"], record["attempt"]) == (b"next", b"2", b"1")
    assert (await bench.later(), await bench.leases()) == ({}, {})


async def test_a_cancelled_run_ends_as_cancelled(bench: Bench) -> None:
    """Its error and its exception are kept, for whoever asks."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    await retry(bench, claim)
    record = await bench.record()
    assert (record["state"], record["error"], record["result"]) == (b"cancelled", b"what went wrong", b"the exception")
    assert 0 < await bench.ttl() <= TTL_MS


async def test_the_error_of_an_earlier_attempt_does_not_stay(bench: Bench) -> None:
    """An execution that succeeds in its second attempt has no error."""
    await retry(bench, await bench.start())
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)
    record = await bench.executions.load("key")
    assert record is not None
    assert (record.state, record.error, record.attempt) == ("completed", None, 2)


async def test_a_retry_that_is_due_first_wakes_an_idle_worker(bench: Bench) -> None:
    """Somebody watches the clock for it."""
    claim = await bench.start()
    await retry(bench, claim, HOUR_MS)
    assert await bench.nudges() == 1


@pytest.mark.parametrize("text", ["file \udcff name", "nul \x00 inside"])
async def test_an_error_of_any_text_is_recorded(bench: Bench, text: str) -> None:
    """Whatever an exception says, the next attempt follows."""
    claim = await bench.start()
    assert await bench.deliveries.settle([Retry(claim, 0, text, b"")]) == []
    assert await bench.state() == "queued"


async def test_it_is_announced(bench: Bench) -> None:
    """Whoever watches a key hears where its execution waits now."""
    claim = await bench.start()
    async with bench.hearing() as heard:
        await retry(bench, claim, HOUR_MS)
        assert await heard.event() == "1 scheduled"
