"""A call whose answer is lost on the way is sent once more, and that is the same as once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from docket.model.states import Cancellation, Disposition, ExecutionState
from docket.storage.deliveries import Claim, Condemn, Release
from docket.storage.executions import Executions, Scheduling
from tests.docket.lua.bench import DEAD_TTL_MS, HOUR_MS, TTL_MS, Bench
from tests.docket.lua.lossy import LateWire, LossyWire


@pytest.fixture
async def known(bench: Bench) -> None:
    """The server knows the scripts, so that the first command is the one that counts."""
    await bench.executions.cancel("warm")
    await bench.add("warm")
    await bench.executions.replace("warm", "task", b"", 0)
    await bench.executions.clear()


def lossy(bench: Bench, meanwhile: Callable[[], Awaitable[Any]], ttl_ms: int = TTL_MS) -> Executions:
    """The verbs of a client that loses its first answer."""
    return Executions(LossyWire(bench.call, meanwhile), bench.keys, ttl_ms, DEAD_TTL_MS, bench.strikes)  # type: ignore[arg-type]


async def work(bench: Bench) -> None:
    """Somebody runs the one execution that is queued."""
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)


async def nothing() -> None:
    """Nothing happens in between."""


@pytest.mark.usefixtures("known")
async def test_an_add_that_is_sent_again_says_that_it_has_scheduled(bench: Bench) -> None:
    """What is found under the key is the call itself, and not another one that came first."""
    scheduling = await lossy(bench, nothing).schedule("key", "task", b"payload", None, None)
    assert scheduling[:3] == (Disposition.SCHEDULED, 1, ExecutionState.QUEUED)
    assert await bench.ready() == [(b"key", 1)]


@pytest.mark.usefixtures("known")
async def test_an_add_that_is_sent_again_does_not_run_again(bench: Bench) -> None:
    """A worker may have run and ended the call before it is sent for the second time."""

    async def work() -> None:
        await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)

    scheduling = await lossy(bench, work).schedule("key", "task", b"payload", None, None)
    assert scheduling.generation == 1
    assert (await bench.state(), await bench.ready()) == ("completed", [])


@pytest.mark.usefixtures("known")
async def test_a_replace_that_is_sent_again_does_not_run_again(bench: Bench) -> None:
    """The same holds for a call in place of another one."""

    async def work() -> None:
        await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)

    scheduling = await lossy(bench, work).replace("key", "task", b"payload", 0)
    assert scheduling.generation == 1
    assert (await bench.state(), await bench.ready()) == ("completed", [])


async def schedule(executions: Executions, verb: str) -> Scheduling:
    """Add or replace what is under the key."""
    if verb == "add":
        return await executions.schedule("key", "task", b"payload", None, None)
    return await executions.replace("key", "task", b"payload", 0)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("verb", ["add", "replace"])
@pytest.mark.parametrize("next_verb", ["add", "replace"])
async def test_a_call_is_known_when_its_key_was_scheduled_anew(bench: Bench, verb: str, next_verb: str) -> None:
    """Between the two times that a call is sent, its execution ends, and another one of its key runs and ends."""

    async def meanwhile() -> None:
        await work(bench)
        await schedule(bench.executions, next_verb)
        await work(bench)

    scheduling = await schedule(lossy(bench, meanwhile), verb)
    assert (scheduling.disposition, scheduling.generation) == (Disposition.SCHEDULED, 1)
    assert ((await bench.record())["generation"], await bench.ready()) == (b"2", [])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_call_is_known_when_it_was_replaced(bench: Bench, verb: str) -> None:
    """A call that was replaced before it is sent again does not replace what has replaced it."""

    async def meanwhile() -> None:
        await bench.executions.replace("key", "newer", b"newer", 0)

    scheduling = await schedule(lossy(bench, meanwhile), verb)
    assert scheduling.generation == 1
    assert (await bench.record())["function"] == b"newer"
    assert [record.function for _, record in (await bench.take()).claimed] == ["newer"]


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_call_is_known_when_its_successor_has_taken_its_place(bench: Bench, verb: str) -> None:
    """The successor that an execution leaves takes its record, and does not make the call look like a new one."""

    async def meanwhile() -> None:
        claim = await bench.take_one()
        await bench.add(claim=claim)
        await bench.finish(claim, ExecutionState.COMPLETED)
        await work(bench)

    scheduling = await schedule(lossy(bench, meanwhile), verb)
    assert (scheduling.disposition, scheduling.generation) == (Disposition.SCHEDULED, 1)
    assert ((await bench.record())["generation"], await bench.ready()) == (b"2", [])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("end", ["cancelled", "replaced"])
async def test_a_successor_is_known_when_it_was_dropped(bench: Bench, end: str) -> None:
    """A successor that was cancelled or replaced before its call is sent again does not come back."""
    claim = await bench.start()

    async def meanwhile() -> None:
        if end == "cancelled":
            await bench.executions.cancel("key")
        else:
            await bench.executions.replace("key", "newer", b"newer", 0)
        await bench.finish(claim, ExecutionState.COMPLETED)
        await bench.take()

    scheduling = await lossy(bench, meanwhile).replace("key", "task", b"payload", 0)
    assert scheduling.generation == 2
    assert await bench.ready() == []
    assert "next_function" not in await bench.record()


async def given_back(bench: Bench, claim: Claim) -> None:
    await bench.deliveries.settle([Release(claim)])


async def given_back_and_cancelled(bench: Bench, claim: Claim) -> None:
    await given_back(bench, claim)
    await bench.executions.cancel("key")


async def given_back_and_cleared(bench: Bench, claim: Claim) -> None:
    await given_back(bench, claim)
    await bench.executions.clear()


async def ended_for_good(bench: Bench, claim: Claim) -> None:
    await bench.finish(claim, ExecutionState.COMPLETED, final=True)


async def died_for_good(bench: Bench, claim: Claim) -> None:
    await bench.deliveries.settle([Condemn(claim, "reason", final=True)])


async def requeued(bench: Bench, claim: Claim) -> None:
    await died_for_good(bench, claim)
    await bench.dead.requeue("key")


async def died_and_dropped(bench: Bench, claim: Claim) -> None:
    await died_for_good(bench, claim)
    await bench.dead.drop("key")


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    "fate",
    [
        given_back,
        given_back_and_cancelled,
        given_back_and_cleared,
        ended_for_good,
        died_for_good,
        requeued,
        died_and_dropped,
    ],
)
@pytest.mark.parametrize("by", ["caller", "itself"])
async def test_a_successor_is_known_after_the_run_that_it_was_to_follow(
    bench: Bench, by: str, fate: Callable[[Bench, Claim], Awaitable[None]]
) -> None:
    """The run ends without it, another call takes the key, and the call that is sent again leaves that alone."""
    claim = await bench.start()

    async def meanwhile() -> None:
        await fate(bench, claim)
        await bench.executions.replace("key", "newer", b"newer", await bench.now() + HOUR_MS)

    executions = lossy(bench, meanwhile)
    if by == "caller":
        scheduling = await executions.replace("key", "task", b"payload", 0)
    else:
        scheduling = await executions.schedule("key", "task", b"payload", None, claim.token.decode())
    assert (scheduling.disposition, scheduling.generation) == (Disposition.SCHEDULED, 2)
    record = await bench.record()
    assert (record["function"], record["state"]) == (b"newer", b"scheduled")


@pytest.mark.usefixtures("known")
async def test_a_successor_that_is_sent_again_is_still_itself(bench: Bench) -> None:
    """Nothing happens in between, and the second answer is the first one."""
    await bench.start()
    scheduling = await lossy(bench, nothing).replace("key", "task", b"payload", 0)
    assert (scheduling.disposition, scheduling.generation) == (Disposition.SCHEDULED, 2)


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_call_is_known_where_no_records_are_kept(bench: Bench, verb: str) -> None:
    """With an `execution_ttl` of nothing, the record is gone when the call is sent again."""

    async def meanwhile() -> None:
        await work(bench)
        await bench.call("DEL", bench.keys.run("key"))

    scheduling = await schedule(lossy(bench, meanwhile, ttl_ms=0), verb)
    assert scheduling.generation == 1
    assert (await bench.state(), await bench.ready()) == (None, [])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_call_that_arrives_after_its_repetition_changes_nothing(bench: Bench, verb: str) -> None:
    """A network holds the first one up until the second one has been answered, and its execution has ended."""
    wire = LateWire(bench.call)
    if verb == "add":
        await bench.add()
    answered = await schedule(Executions(wire, bench.keys, TTL_MS, DEAD_TTL_MS, bench.strikes), verb)  # type: ignore[arg-type]
    assert answered.disposition is (Disposition.ALREADY_SCHEDULED if verb == "add" else Disposition.SCHEDULED)
    await work(bench)
    await wire.deliver()
    assert (await bench.state(), await bench.ready()) == ("completed", [])


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("is_running", [False, True])
async def test_a_cancellation_spares_what_was_scheduled_in_the_meantime(bench: Bench, is_running: bool) -> None:
    """A cancellation that is sent again finds another execution under its key, and leaves that alone."""
    await bench.add()
    claim = await bench.take_one() if is_running else None

    async def meanwhile() -> None:
        if claim is not None:
            await bench.finish(claim, ExecutionState.CANCELLED)
        await bench.add()

    cancellation = await lossy(bench, meanwhile).cancel("key")
    assert cancellation is (Cancellation.CANCELLING if is_running else Cancellation.CANCELLED)
    assert ((await bench.record())["generation"], await bench.state()) == (b"2", "queued")


@pytest.mark.usefixtures("known")
async def test_a_cancellation_that_arrives_after_its_repetition_changes_nothing(bench: Bench) -> None:
    """The network holds the first one up until the key has been scheduled anew."""
    await bench.add()
    wire = LateWire(bench.call)
    late = Executions(wire, bench.keys, TTL_MS, DEAD_TTL_MS, bench.strikes)  # type: ignore[arg-type]
    assert await late.cancel("key") is Cancellation.CANCELLED
    await bench.add()
    await wire.deliver()
    assert await bench.state() == "queued"


@pytest.mark.usefixtures("known")
async def test_a_clearance_that_arrives_after_its_repetition_changes_nothing(bench: Bench) -> None:
    """The network holds the first one up, and what is scheduled after the answer to the second stays."""
    await bench.add("before")
    wire = LateWire(bench.call)
    late = Executions(wire, bench.keys, TTL_MS, DEAD_TTL_MS, bench.strikes)  # type: ignore[arg-type]
    assert await late.clear() == 1
    await bench.add("after")
    await wire.deliver()
    assert (await bench.state("before"), await bench.state("after")) == ("cancelled", "queued")


@pytest.mark.usefixtures("known")
async def test_a_clearance_that_is_sent_again_counts_what_it_has_cancelled(bench: Bench) -> None:
    """Its first answer was lost, and what is scheduled before the second stays."""
    await bench.add("before")

    async def meanwhile() -> None:
        await bench.add("after")

    assert await lossy(bench, meanwhile).clear() == 1
    assert (await bench.state("before"), await bench.state("after")) == ("cancelled", "queued")


@pytest.mark.usefixtures("known")
async def test_what_is_kept_of_calls_expires(bench: Bench) -> None:
    """The answers of calls that may come again are kept for two minutes, and none of a call that the record tells."""
    await bench.executions.clear()
    await bench.add("once")
    await bench.finish(await bench.take_one(), ExecutionState.COMPLETED)
    kept = {key for key in await bench.everything() if key.startswith(bench.keys.requests)}
    await bench.add("once")
    (added,) = {key for key in await bench.everything() if key.startswith(bench.keys.requests)} - kept
    assert 0 < await bench.call("PTTL", added) <= 120_000


@pytest.mark.usefixtures("known")
async def test_a_cancellation_that_is_sent_again_is_as_good(bench: Bench) -> None:
    """The execution is cancelled once; the second answer tells of the state that the first has made."""
    await bench.add()
    assert await lossy(bench, nothing).cancel("key") in {Cancellation.CANCELLED, Cancellation.FINISHED}
    assert await bench.state() == "cancelled"
