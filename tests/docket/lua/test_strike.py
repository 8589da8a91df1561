"""`strike.lua` and `restore.lua`, and that no script schedules or claims for somebody who has missed a strike."""

import asyncio
from collections.abc import Callable

import pytest

from docket.model.seal import Seal
from docket.model.states import ExecutionState
from docket.model.strikes import NO_VERSION, InForce, Strike
from docket.storage.executions import Scheduling
from docket.storage.strikes import Strikes
from tests.docket.lua.bench import HOUR_MS, Bench, consumer
from tests.docket.lua.lossy import LateWire, LossyWire

pytestmark = pytest.mark.timeout(20)


def rule(value: object = 3) -> Strike:
    return Strike.of("task", "size", "==", value)


def shown(in_force: InForce) -> list[str]:
    return sorted(str(strike) for strike in in_force)


def elsewhere(bench: Bench) -> Strikes:
    """The strikes as another process knows them, which has just been started."""
    return Strikes(bench.strikes._wire, bench.keys, Seal("bench"))


async def stored(bench: Bench) -> dict[bytes, bytes]:
    flat = await bench.call("HGETALL", bench.keys.strikes)
    return dict(zip(flat[::2], flat[1::2], strict=True))


async def schedule(bench: Bench, key: str = "key") -> Scheduling | None:
    return await bench.executions.schedule(key, "task", b"payload", None, None)


async def test_a_strike_is_in_force_for_who_comes_later(bench: Bench) -> None:
    """It is stored, with a version, and read as it was struck."""
    assert await bench.strikes.strike(rule())
    fields = await stored(bench)
    version = fields.pop(b"version")
    assert list(fields) == [version]
    assert shown(await elsewhere(bench).load()) == ["task(size == 3)"]
    assert bench.strikes.in_force.version == version


async def test_striking_twice_is_the_same_as_once(bench: Bench) -> None:
    """Here or elsewhere, a strike that is in force changes nothing, and that is said."""
    await bench.strikes.strike(rule())
    before = await bench.everything()
    assert not await bench.strikes.strike(rule())
    assert not await elsewhere(bench).strike(rule(3.0))
    assert await bench.everything() == before


async def test_restoring_leaves_nothing_behind(bench: Bench) -> None:
    """When the last strike is taken back there is a version, and nothing else."""
    await bench.strikes.strike(rule(1))
    await bench.strikes.strike(rule(2))
    assert await elsewhere(bench).restore(rule(1))
    assert shown(await elsewhere(bench).load()) == ["task(size == 2)"]
    assert await elsewhere(bench).restore(rule(2))
    assert list(await stored(bench)) == [b"version"]
    assert len(await elsewhere(bench).load()) == 0


async def test_restoring_what_is_not_struck_is_harmless(bench: Bench) -> None:
    """Nothing changes, and that is said, also to someone who believes that it is struck still."""
    assert not await bench.strikes.restore(rule())
    assert await stored(bench) == {}
    await bench.strikes.strike(rule())
    assert not await bench.strikes.restore(rule(4))
    await elsewhere(bench).restore(rule())
    assert not await bench.strikes.restore(rule())
    assert list(await stored(bench)) == [b"version"]


async def test_what_is_stored_stays_small(bench: Bench) -> None:
    """However often it is struck and restored, there is only what is in force."""
    for number in range(50):
        await bench.strikes.strike(rule(number % 5))
        await bench.strikes.restore(rule((number + 2) % 5))
    assert len(await stored(bench)) == len(bench.strikes.in_force) + 1 <= 6
    assert shown(await elsewhere(bench).load()) == shown(bench.strikes.in_force)


async def test_who_strikes_without_knowing_the_others_loses_none(bench: Bench) -> None:
    """All strikes of processes that struck at the same time are in force, and each only once."""
    processes = [elsewhere(bench) for _ in range(8)]
    answers = await asyncio.gather(*[process.strike(rule(number % 4)) for number, process in enumerate(processes)])
    assert sorted(answers) == [False] * 4 + [True] * 4
    assert shown(await bench.strikes.load()) == [f"task(size == {number})" for number in range(4)]
    answers = await asyncio.gather(*[process.restore(rule(number % 4)) for number, process in enumerate(processes)])
    assert sorted(answers) == [False] * 4 + [True] * 4
    assert list(await stored(bench)) == [b"version"]


async def test_a_strike_that_is_sent_again_happens_once(bench: Bench) -> None:
    """When its answer is lost on the way it is in force, also if another one came in between, and says so."""
    await bench.strikes.strike(rule(0))
    others = elsewhere(bench)

    async def another() -> None:
        await others.strike(rule(1))

    async def nothing() -> None: ...

    for value, meanwhile in ((2, nothing), (3, another)):
        lossy = elsewhere(bench)
        lossy.adopt(await bench.call("HGETALL", bench.keys.strikes))
        lossy._wire = LossyWire(bench.call, meanwhile, bench.strikes._wire.read)  # type: ignore[assignment]
        assert await lossy.strike(rule(value))
    assert shown(await bench.strikes.load()) == [f"task(size == {number})" for number in range(4)]


async def test_a_restore_that_is_sent_again_has_restored(bench: Bench) -> None:
    """Who has lost the answer is told that it was restored by that call, though nothing is struck any more."""
    await bench.strikes.strike(rule())
    lossy = elsewhere(bench)
    await lossy.load()

    async def nothing() -> None:
        """Nothing happens in between."""

    lossy._wire = LossyWire(bench.call, nothing, bench.strikes._wire.read)  # type: ignore[assignment]
    assert await lossy.restore(rule())
    assert not await lossy.restore(rule())
    assert shown(await bench.strikes.load()) == []


async def test_a_strike_that_arrives_late_is_not_in_force(bench: Bench) -> None:
    """One that the network has held up until its repetition was restored changes nothing."""
    late = LateWire(bench.call)
    striker = elsewhere(bench)
    wire, striker._wire = striker._wire, late  # type: ignore[assignment]
    assert await striker.strike(rule())
    striker._wire = wire
    assert await striker.restore(rule())
    before = await bench.everything()
    await late.deliver()
    assert await bench.everything() == before


# Who has missed a strike ---------------------------------------------------------------------------------------------


async def test_nothing_is_scheduled_for_who_has_missed_a_strike(bench: Bench) -> None:
    """The answer brings what is in force instead; the next call goes through."""
    await elsewhere(bench).strike(rule())
    assert await schedule(bench) is None
    assert await bench.state() is None
    assert await bench.ready() == []
    assert shown(bench.strikes.in_force) == ["task(size == 3)"]
    assert await schedule(bench) is not None


async def test_nothing_is_scheduled_for_who_has_missed_a_restoration(bench: Bench) -> None:
    """Whoever knows strikes of which none is left learns that as well."""
    await bench.strikes.strike(rule())
    await elsewhere(bench).restore(rule())
    assert await schedule(bench) is None
    assert len(bench.strikes.in_force) == 0
    assert await schedule(bench) is not None


async def test_nothing_is_replaced_for_who_has_missed_a_strike(bench: Bench) -> None:
    """What is pending stays, and so does a successor."""
    await bench.add(when_ms=await bench.now() + HOUR_MS)
    await elsewhere(bench).strike(rule())
    before = await bench.everything()
    assert await bench.executions.replace("key", "new", b"new", 0) is None
    assert await bench.everything() == before
    assert await bench.executions.replace("key", "new", b"new", 0) is not None


async def test_nothing_is_claimed_by_who_has_missed_a_strike(bench: Bench) -> None:
    """A worker has the strikes of the moment of its claim, and asks again by itself."""
    await bench.add()
    assert (await bench.take()).in_force.version == NO_VERSION
    await bench.add("next")
    await elsewhere(bench).strike(rule())
    taken = await bench.take()
    assert [record.key for _, record in taken.claimed] == ["next"]
    assert shown(taken.in_force) == ["task(size == 3)"]


async def test_a_delivery_is_not_lost_on_who_has_missed_a_strike(bench: Bench) -> None:
    """An entry that was delivered to the worker is claimed when it has caught up."""
    entry = await bench.deliver(consumer(), "delivered")
    await elsewhere(bench).strike(rule())
    taken = await bench.take(delivered=[entry])
    assert [record.key for _, record in taken.claimed] == ["delivered"]


async def test_a_flushed_server_has_no_strikes(bench: Bench) -> None:
    """What the server has lost is not in force, and whoever knew it learns that."""
    await bench.strikes.strike(rule())
    await bench.call("FLUSHALL")
    assert await schedule(bench) is None
    assert len(bench.strikes.in_force) == 0


async def test_a_call_that_is_sent_again_after_a_strike_has_happened(bench: Bench) -> None:
    """The strike came after it was scheduled, only its answer was lost: it is said to be scheduled, as it is."""
    await schedule(bench, "warm")
    await bench.executions.replace("warm", "task", b"", 0)
    executions, (read, call) = bench.executions, (bench.strikes._wire.read, bench.call)

    async def strike() -> None:
        await elsewhere(bench).strike(rule())

    for place in (schedule, replaced, succeeded):
        executions._wire = LossyWire(call, strike, read)  # type: ignore[assignment]
        if place is succeeded:
            await bench.take()
        scheduling = await place(bench)
        assert scheduling is not None, place
        await elsewhere(bench).restore(rule())
        await bench.strikes.load()
    assert (await bench.record())["next_generation"] == b"3"


async def replaced(bench: Bench) -> Scheduling | None:
    return await bench.executions.replace("key", "task", b"payload", 0)


async def succeeded(bench: Bench) -> Scheduling | None:
    assert await bench.state() == ExecutionState.RUNNING
    return await bench.executions.replace("key", "task", b"payload", 0)


async def test_a_call_that_arrives_late_is_not_scheduled(bench: Bench) -> None:
    """One whose repetition was turned away, for a strike, does not go through after that."""
    await elsewhere(bench).strike(rule())
    await bench.strikes.load()
    late = LateWire(bench.call)
    wire, bench.executions._wire = bench.executions._wire, late  # type: ignore[assignment]
    known = bench.strikes.in_force
    bench.strikes.in_force = InForce()
    assert await schedule(bench) is None
    bench.executions._wire = wire
    await bench.call("HSET", bench.keys.strikes, "version", "")
    await late.deliver()
    assert await bench.state() is None
    await bench.call("HSET", bench.keys.strikes, "version", known.version)


async def test_dockets_have_strikes_of_their_own(make_bench: Callable[..., Bench]) -> None:
    """What is struck on one docket is not struck on another."""
    await make_bench("one").strikes.strike(rule())
    assert len(await make_bench("other").strikes.load()) == 0


async def test_what_cannot_be_read_blocks_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Nonsense among the strikes is told in the log, and keeps nobody from reading the others."""
    await bench.strikes.strike(rule())
    await bench.call("HSET", bench.keys.strikes, "garbage", "nonsense")
    assert shown(await elsewhere(bench).load()) == ["task(size == 3)"]
    assert "a strike cannot be read here, so it blocks nothing here: cannot unpickle 8 bytes" in caplog.text
