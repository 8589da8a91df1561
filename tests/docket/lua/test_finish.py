"""`finish.lua`: the end of an execution, its record's time to live, and what follows."""

from collections.abc import Callable

import pytest

from docket.model.record import Record
from docket.model.states import ExecutionState
from docket.storage.deliveries import Claim, Finish, Retry
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench, consumer

TERMINAL = [ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED]


@pytest.mark.parametrize("state", TERMINAL)
async def test_the_outcome_is_recorded_and_expires(bench: Bench, state: ExecutionState) -> None:
    """State, error, result and time are in the record, which has its TTL; claim and lease are gone."""
    claim = await bench.start()
    before = await bench.now()
    assert await bench.finish(claim, state, "what went wrong", b"\x00result\xff") == []
    record = await bench.record()
    assert (record["state"], record["error"], record["result"]) == (
        state.encode(),
        b"what went wrong",
        b"\x00result\xff",
    )
    assert before <= int(record["finished_at"]) <= await bench.now()
    assert "claim" not in record
    assert record["worker"] == b"name of worker"
    assert 0 < await bench.ttl() <= TTL_MS
    assert (await bench.leases(), await bench.ready(), await bench.later()) == ({}, [], {})


async def test_without_a_ttl_the_record_is_deleted(make_bench: Callable[..., Bench]) -> None:
    """A docket that keeps nothing of ended executions keeps nothing."""
    bench = make_bench("brief", ttl_ms=0)
    await bench.finish(await bench.start(), ExecutionState.COMPLETED)
    assert await bench.record() == {}
    assert (await bench.leases(), await bench.ready()) == ({}, [])


@pytest.mark.parametrize("ttl_ms", [0, TTL_MS])
async def test_the_end_is_announced(make_bench: Callable[..., Bench], ttl_ms: int) -> None:
    """Whoever waits for an execution hears of its end, also when nothing is kept of it."""
    bench = make_bench("announced", ttl_ms=ttl_ms)
    claim = await bench.start()
    async with bench.hearing() as heard:
        await bench.finish(claim, ExecutionState.FAILED)
        assert await heard.event() == "1 failed"


async def test_a_token_that_is_not_current_changes_nothing(bench: Bench) -> None:
    """An outcome under another token than the record's is refused as lost."""
    await bench.start()
    before = await bench.everything()
    stranger = Claim(b"key", b"stranger")
    assert await bench.finish(stranger, ExecutionState.COMPLETED, "", b"result") == [stranger]
    assert await bench.everything() == before


@pytest.mark.parametrize("key", [b"unknown", b"queued"])
@pytest.mark.parametrize("token", [b"token-1", b""])
async def test_what_is_not_running_cannot_end(bench: Bench, key: bytes, token: bytes) -> None:
    """No token, an empty one neither, ends what nobody has claimed; no record comes of it."""
    await bench.add("queued")
    before = await bench.everything()
    claim = Claim(key, token)
    assert await bench.finish(claim, ExecutionState.COMPLETED) == [claim]
    assert await bench.everything() == before


async def test_a_run_that_was_taken_over_does_not_count(bench: Bench) -> None:
    """The outcome of a worker that lost its lease is dropped; that of the one that holds it counts."""
    old = await bench.start(worker=consumer("stalled", lease_ms=1))
    await bench.reached(await bench.now() + 2)
    new = await bench.take_one(consumer("other"))
    assert await bench.finish(old, ExecutionState.FAILED, "stalled") == [old]
    assert await bench.state() == "running"
    assert await bench.finish(new, ExecutionState.COMPLETED, "", b"other") == []
    assert (await bench.record())["result"] == b"other"


async def test_an_outcome_counts_once(bench: Bench) -> None:
    """Sent again, because the answer was lost, it changes nothing: not the outcome, not the TTL, not the next run."""
    claim = await bench.start()
    await bench.finish(claim, ExecutionState.COMPLETED, "", b"first")
    record = await bench.record()
    assert await bench.finish(claim, ExecutionState.FAILED, "again", b"again") == [claim]
    assert await bench.record() == record
    await bench.add()
    before = await bench.everything()
    await bench.finish(claim, ExecutionState.COMPLETED)
    assert await bench.everything() == before


@pytest.mark.parametrize("state", TERMINAL)
async def test_the_successor_is_filed_at_once(bench: Bench, state: ExecutionState) -> None:
    """In the same step the key goes from one generation to the next: there is no moment without it."""
    claim = await bench.start()
    await bench.add(function="next", payload=b"next", claim=claim)
    async with bench.hearing() as heard:
        await bench.finish(claim, state, "error", b"result")
        assert [await heard.event(), await heard.event()] == [f"1 {state}", "2 queued"]
    record = await bench.record()
    assert (record["state"], record["generation"], record["function"]) == (b"queued", b"2", b"next")
    assert not {"error", "result", "claim", "next_function", "next_payload", "next_when"} & set(record)
    assert (await bench.ttl(), await bench.leases(), await bench.ready()) == (-1, {}, [(b"key", 2)])


async def test_the_successor_is_run_once(bench: Bench) -> None:
    """After the successor's own end nothing follows."""
    claim = await bench.start()
    await bench.add(claim=claim)
    await bench.finish(claim, ExecutionState.COMPLETED)
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)
    assert (await bench.state(), await bench.ready()) == ("completed", [])


async def test_a_successor_for_later_waits(bench: Bench) -> None:
    """It is filed under the time it was asked for, and wakes an idle worker to watch for that."""
    claim = await bench.start()
    when = await bench.now() + HOUR_MS
    await bench.add(when_ms=when, claim=claim)
    await bench.finish(claim, ExecutionState.COMPLETED)
    assert (await bench.later(), await bench.nudges()) == ({b"key": when}, 1)


async def test_after_a_final_run_no_successor_is_filed(bench: Bench) -> None:
    """A run that nothing may follow ends its key's chain, and its record is kept as the outcome."""
    claim = await bench.start()
    await bench.add(claim=claim)
    await bench.finish(claim, ExecutionState.COMPLETED, final=True)
    assert (await bench.state(), await bench.ready(), await bench.later()) == ("completed", [], {})
    assert 0 < await bench.ttl() <= TTL_MS


async def test_many_end_in_one_call_and_are_answered_in_order(bench: Bench) -> None:
    """Of a batch the lost ones are named, and all others are ended, each with its own outcome."""
    for number in range(50):
        await bench.add(f"key-{number}")
    claims = [claim for claim, _ in (await bench.take(slots=50)).claimed]
    lost = [Claim(claim.key, b"stranger") for claim in claims[::5]]
    shown = [lost[n // 5] if n % 5 == 0 else claim for n, claim in enumerate(claims)]
    outcomes = [Finish(claim, ExecutionState.COMPLETED, result=claim.key) for claim in shown]
    assert await bench.deliveries.settle(outcomes) == lost
    assert sorted(await bench.leases()) == sorted(claim.key for claim in lost)
    assert (await bench.record("key-7"))["result"] == b"key-7"


async def test_outcomes_of_all_kinds_go_together(bench: Bench) -> None:
    """A batch may hold ends and retries; the lost ones of both are named."""
    done, again = await bench.start("done"), await bench.start("again")
    lost = [Claim(b"done", b"x"), Claim(b"again", b"x")]
    outcomes = [Finish(lost[0], ExecutionState.FAILED), Retry(lost[1], 0, "", b"")]
    outcomes += [Finish(done, ExecutionState.COMPLETED), Retry(again, 0, "error", b"")]
    assert set(await bench.deliveries.settle(outcomes)) == set(lost)
    assert (await bench.state("done"), await bench.state("again")) == ("completed", "queued")


async def test_nothing_to_end_is_no_call(bench: Bench) -> None:
    """An empty batch does nothing."""
    assert await bench.deliveries.settle([]) == []
    assert await bench.everything() == {}


@pytest.mark.parametrize(
    "text", ["", "two\nlines", "nul \x00 inside", "é \U0001f600", "file \udcff name", "x" * 100_000]
)
async def test_an_error_of_any_text_is_recorded(bench: Bench, text: str) -> None:
    """Whatever an exception says, the execution ends, and the others of its batch with it."""
    failed, done = await bench.start("failed"), await bench.start("done")
    outcomes = [Finish(failed, ExecutionState.FAILED, text), Finish(done, ExecutionState.COMPLETED)]
    assert await bench.deliveries.settle(outcomes) == []
    assert (await bench.state("failed"), await bench.state("done")) == ("failed", "completed")
    record = await bench.executions.load("failed")
    assert isinstance(record, Record)
    assert (record.error or "") == text
