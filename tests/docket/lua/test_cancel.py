"""`cancel.lua`: what it does to an execution in each state, and what never follows."""

import pytest

from docket.model.states import Cancellation, Disposition, ExecutionState
from docket.storage.deliveries import Release, Retry
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench, consumer


async def test_an_unknown_key_is_said_to_be_unknown(bench: Bench) -> None:
    """Cancelling what does not exist makes nothing."""
    assert await bench.executions.cancel("key") is Cancellation.UNKNOWN
    assert await bench.everything() == {}


async def test_a_scheduled_execution_ends_at_once(bench: Bench) -> None:
    """It is out of the schedule, its record says cancelled and expires, and its key is free."""
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    assert await bench.executions.cancel("key") is Cancellation.CANCELLED
    assert await bench.later() == {}
    assert await bench.state() == "cancelled"
    assert int((await bench.record())["finished_at"]) <= await bench.now()
    assert 0 < await bench.ttl() <= TTL_MS
    assert (await bench.add()).generation == 2


async def test_a_queued_execution_is_not_run(bench: Bench) -> None:
    """Its pointer stays behind in the queue and is dropped when it is met."""
    await bench.add()
    assert await bench.executions.cancel("key") is Cancellation.CANCELLED
    assert await bench.state() == "cancelled"
    assert (await bench.take()).claimed == []
    assert await bench.ready() == []
    assert await bench.state() == "cancelled"


async def test_the_pointer_of_a_cancelled_execution_does_not_start_the_next_one_early(bench: Bench) -> None:
    """A key that is cancelled while queued, and scheduled anew for later, waits for its time."""
    await bench.add()
    await bench.executions.cancel("key")
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    assert (await bench.take()).claimed == []
    assert await bench.state() == "scheduled"


async def test_a_running_execution_is_marked_and_its_worker_signalled(bench: Bench) -> None:
    """It stays running, and its key taken, until its worker says that it has stopped."""
    claim = await bench.start()
    async with bench.hearing() as heard:
        assert await bench.executions.cancel("key") is Cancellation.CANCELLING
        assert await heard.signal() == claim.token + b" key"
    assert await bench.state() == "running"
    assert (await bench.record())["cancelled"] == b"1"
    assert await bench.ttl() == -1
    assert b"key" in await bench.leases()
    assert (await bench.add()).disposition is Disposition.ALREADY_SCHEDULED


async def test_it_is_durable(bench: Bench) -> None:
    """A worker that has missed the signal is told when it renews its lease."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    assert await bench.deliveries.renew(consumer(), [claim]) == [b"cancelled"]


async def test_cancelling_twice_is_the_same_as_once(bench: Bench) -> None:
    """A second cancellation of a running execution changes nothing."""
    await bench.start()
    await bench.executions.cancel("key")
    before = await bench.everything()
    assert await bench.executions.cancel("key") is Cancellation.CANCELLING
    assert await bench.everything() == before


async def test_no_retry_follows(bench: Bench) -> None:
    """A cancelled run that asks to be tried again ends as cancelled."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    assert await bench.deliveries.settle([Retry(claim, 0, "error", b"result")]) == []
    assert (await bench.state(), await bench.ready(), await bench.later()) == ("cancelled", [], {})
    assert 0 < await bench.ttl() <= TTL_MS
    assert await bench.leases() == {}


async def test_no_release_follows(bench: Bench) -> None:
    """A cancelled run that its worker gives back is not queued again: it ends as cancelled."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    assert await bench.deliveries.settle([Release(claim)]) == []
    assert (await bench.state(), await bench.ready(), await bench.leases()) == ("cancelled", [], {})


async def test_no_redelivery_follows(bench: Bench) -> None:
    """A cancelled run whose worker dies is not handed to another one: it ends as cancelled when its lease runs out."""
    await bench.start(worker=consumer(lease_ms=1))
    await bench.executions.cancel("key")
    await bench.reached(await bench.now() + 2)
    assert (await bench.take()).claimed == []
    assert (await bench.state(), await bench.leases()) == ("cancelled", {})
    assert 0 < await bench.ttl() <= TTL_MS


@pytest.mark.parametrize("recorded_by", ["add", "replace"])
async def test_no_successor_recorded_before_follows(bench: Bench, recorded_by: str) -> None:
    """What was to follow a run is dropped with it, whoever has asked for it."""
    claim = await bench.start()
    if recorded_by == "add":
        await bench.add(claim=claim)
    else:
        await bench.executions.replace("key", "new", b"new", 0)
    await bench.executions.cancel("key")
    await bench.finish(claim, ExecutionState.CANCELLED)
    assert (await bench.state(), await bench.ready(), await bench.later()) == ("cancelled", [], {})


@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_dropped_successor_keeps_its_generation_to_itself(bench: Bench, verb: str) -> None:
    """Who holds a handle of a successor that was dropped does not take for his what is scheduled after it."""
    claim = await bench.start()
    dropped = await bench.executions.replace("key", "new", b"new", 0)
    await bench.executions.cancel("key")
    await bench.finish(claim, ExecutionState.CANCELLED)
    if verb == "add":
        scheduling = await bench.add()
    else:
        scheduling = await bench.executions.replace("key", "newer", b"newer", 0)
    assert scheduling.generation > dropped.generation


async def test_a_replacement_after_it_follows(bench: Bench) -> None:
    """Who replaces a key that is being cancelled means the future: the call begins when the old copy has stopped."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    await bench.executions.replace("key", "new", b"new", await bench.now())
    assert (await bench.take()).claimed == []
    await bench.finish(claim, ExecutionState.CANCELLED)
    assert [record.function for _, record in (await bench.take()).claimed] == ["new"]
    assert "cancelled" not in await bench.record()


async def test_the_mark_does_not_outlive_the_run(bench: Bench) -> None:
    """The next execution of a key that was cancelled while it ran is not cancelled."""
    claim = await bench.start()
    await bench.executions.cancel("key")
    await bench.finish(claim, ExecutionState.CANCELLED)
    claim = await bench.start()
    assert await bench.deliveries.renew(consumer(), [claim]) == [b"held"]


@pytest.mark.parametrize("state", [ExecutionState.COMPLETED, ExecutionState.FAILED, ExecutionState.CANCELLED])
async def test_an_ended_execution_is_left_as_it_is(bench: Bench, state: ExecutionState) -> None:
    """What has ended is said to have finished, and its record keeps its outcome and its TTL."""
    await bench.finish(await bench.start(), state, "error", b"result")
    before = await bench.everything()
    assert await bench.executions.cancel("key") is Cancellation.FINISHED
    assert await bench.everything() == before


async def test_a_retry_that_waits_is_cancelled(bench: Bench) -> None:
    """Between two attempts an execution is scheduled, and ends at once."""
    claim = await bench.start()
    await bench.deliveries.settle([Retry(claim, HOUR_MS, "error", b"")])
    assert await bench.executions.cancel("key") is Cancellation.CANCELLED
    assert (await bench.state(), await bench.later()) == ("cancelled", {})


async def test_it_is_announced(bench: Bench) -> None:
    """Whoever watches a key hears that its pending execution was cancelled."""
    await bench.add()
    async with bench.hearing() as heard:
        await bench.executions.cancel("key")
        assert await heard.event() == "1 cancelled"
