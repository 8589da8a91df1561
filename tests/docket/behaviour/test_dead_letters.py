"""`docket.dead`: what could not be run to an end of its own is listed, inspected, requeued and dropped."""

import asyncio
from datetime import timedelta

import pytest

from docket import CurrentExecution, Disposal, Docket, Execution, ExecutionState
from docket.errors import ResultUnavailable, TaskDied
from docket.storage.keys import encode
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, finish, later, now, record_key, result_of, state_of

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "value") -> str:
    return value


async def other() -> None: ...


async def spoil(docket: Docket, *keys: str) -> dict[str, bytes]:
    """Make the arguments of executions unreadable; returns what they were."""
    sound: dict[str, bytes] = {}
    for key in keys:
        sound[key] = await command(docket, "HGET", record_key(docket, key), "payload")
        await command(docket, "HSET", record_key(docket, key), "payload", b"garbage")
    return sound


async def mend(docket: Docket, sound: dict[str, bytes]) -> None:
    """Make them readable again, as a deploy of the missing code would."""
    for key, payload in sound.items():
        await command(docket, "HSET", record_key(docket, key), "payload", payload)


async def kill(docket: Docket, *keys: str) -> dict[str, bytes]:
    """Have executions of `echo` die, one after the other; returns their arguments as they should be."""
    sound: dict[str, bytes] = {}
    for key in keys:
        await docket.add(echo, when=later(milliseconds=20), key=key)(key)
        sound |= await spoil(docket, key)
        await finish(docket, name="undertaker")
    return sound


async def test_the_dead_are_listed_and_inspected(docket: Docket) -> None:
    """Each says what it was, why and when it died, how often it was delivered and to whom."""
    begun = now() - timedelta(seconds=1)
    await kill(docket, "one", "two")
    assert await docket.dead.count() == 2
    one, two = await docket.dead.list()
    assert [one.key, two.key] == ["one", "two"]
    inspected = await docket.dead.inspect("one")
    assert inspected is not None
    for execution in (one, inspected):
        assert (execution.function_name, execution.worker) == ("echo", "undertaker")
        assert execution.state is ExecutionState.DEAD
        assert (execution.attempt, execution.deliveries, execution.generation) == (1, 1, 1)
        assert (execution.error or "").startswith("the arguments cannot be read: cannot unpickle 7 bytes: ")
        assert execution.call_repr() == "echo(?){one}"
        assert execution.scheduled_at is not None
        assert execution.started_at is not None
        assert execution.completed_at is not None
        assert begun < execution.scheduled_at <= execution.started_at <= execution.completed_at
    snapshot = await docket.snapshot()
    assert (snapshot.total_tasks, list(snapshot.future), list(snapshot.running)) == (0, [], [])


async def test_the_list_is_read_in_parts(docket: Docket) -> None:
    """So many at a time, and from a place on."""
    await kill(docket, "a", "b", "c")
    assert [execution.key for execution in await docket.dead.list(2)] == ["a", "b"]
    assert [execution.key for execution in await docket.dead.list(2, offset=2)] == ["c"]
    for limit, offset in ((-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="a list begins somewhere"):
            await docket.dead.list(limit, offset)


async def test_what_is_not_dead_is_not_inspected(docket: Docket) -> None:
    """Neither what is live nor what has ended otherwise nor what is unknown is among the dead."""
    await docket.add(echo, key="ended")()
    await finish(docket)
    await docket.add(echo, when=later(hours=1), key="live")()
    for key in ("ended", "live", "unknown"):
        assert await docket.dead.inspect(key) is None
    assert await docket.dead.list() == []
    await docket.cancel("live")


async def test_a_requeued_execution_runs_when_it_can_be_read(docket: Docket) -> None:
    """With the code back that was missing, it runs as it was first scheduled, in its first attempt."""

    async def attempt(value: str, execution: Execution = CurrentExecution()) -> tuple[str, int, bool]:
        return value, execution.attempt, execution.redelivered

    docket.register(attempt)
    old = await docket.add(attempt, when=later(milliseconds=20), key="key")("hello")
    sound = await spoil(docket, "key")
    await finish(docket)
    await mend(docket, sound)
    assert await docket.dead.requeue("key") is Disposal.REQUEUED
    assert await docket.dead.requeue("key") is Disposal.NOT_DEAD
    await finish(docket)
    execution = await docket.get_execution("key")
    assert execution is not None
    assert await result_of(execution) == ("hello", 1, False)
    assert await docket.dead.count() == 0
    with pytest.raises(ResultUnavailable, match="scheduled anew, as generation 2"):
        await old.sync()


async def test_a_requeued_execution_may_die_again(docket: Docket) -> None:
    """What still cannot be read is dead once more."""
    await kill(docket, "key")
    await docket.dead.requeue("key")
    await finish(docket)
    (execution,) = await docket.dead.list()
    assert (execution.key, execution.generation) == ("key", 2)


async def test_all_are_requeued_or_those_of_a_task(docket: Docket) -> None:
    """Each that was dead once; what dies again at once is not requeued again."""
    keys = [f"key-{number}" for number in range(5)]
    await kill(docket, *keys)
    await docket.add(other, when=later(milliseconds=20), key="other")()
    await spoil(docket, "other")
    await finish(docket)
    assert await docket.dead.requeue_all("nobody") == 0
    assert await docket.dead.requeue_all("other") == 1
    assert await state_of(docket, "other") is ExecutionState.QUEUED
    await finish(docket)
    assert await docket.dead.requeue_all() == 6
    assert await docket.dead.count() == 0
    await finish(docket)
    assert await docket.dead.count() == 6
    assert await docket.dead.requeue_all() == 6
    assert await docket.clear() == 6


async def test_more_than_a_page_is_requeued(docket: Docket) -> None:
    """However many there are, and however many stand before them, all of them run again."""
    keys = [f"key-{number}" for number in range(230)]
    when = later(milliseconds=300)
    await asyncio.gather(*[docket.add(echo, when=when, key=key)() for key in keys])
    await spoil(docket, *keys)
    await finish(docket, concurrency=100)
    await docket.add(other, when=later(milliseconds=20), key="last")()
    await spoil(docket, "last")
    await finish(docket)
    assert await docket.dead.requeue_all("other") == 1
    assert await docket.dead.requeue_all("echo") == 230
    assert await docket.clear() == 231


@pytest.mark.parametrize("by", ["task", "value"])
async def test_what_is_struck_stays_dead(docket: Docket, by: str) -> None:
    """A worker would cancel it, and it would be lost; when it is restored it can be requeued."""
    await mend(docket, await kill(docket, "key", "free"))
    strike = (echo,) if by == "task" else (echo, "value", "==", "key")
    await docket.strike(*strike)  # type: ignore[arg-type]
    assert await docket.dead.requeue("key") is Disposal.STRUCK
    assert await docket.dead.requeue_all() == (0 if by == "task" else 1)
    assert "key" in [execution.key for execution in await docket.dead.list()]
    await docket.restore(*strike)  # type: ignore[arg-type]
    assert await docket.dead.requeue("key") is Disposal.REQUEUED


async def test_who_has_not_heard_of_a_strike_requeues_nothing_that_is_struck(
    docket: Docket, open_docket: OpenDocket
) -> None:
    """The server tells him of it, and changes nothing before."""
    await kill(docket, "key")
    other_docket = await open_docket(docket.name)
    await other_docket.strike("echo")
    assert await docket.dead.requeue("key") is Disposal.STRUCK
    assert await docket.dead.count() == 1


async def test_the_dropped_are_gone(docket: Docket) -> None:
    """Nothing is known of them any more."""
    await kill(docket, "key")
    assert await docket.dead.drop("key") is Disposal.DROPPED
    assert await docket.dead.drop("key") is Disposal.UNKNOWN
    assert await docket.get_execution("key") is None
    assert await docket.dead.list() == []


async def test_the_key_of_the_dead_is_free(docket: Docket) -> None:
    """It is scheduled and replaced as if nothing had been, and is off the list."""
    await kill(docket, "added", "replaced")
    added = await docket.add(echo, key="added")("new")
    replaced = await docket.replace(echo, when=now(), key="replaced")("newer")
    assert (added.disposition, replaced.disposition) == ("scheduled", "scheduled")
    assert await docket.dead.list() == []
    await finish(docket)
    assert [await result_of(added), await result_of(replaced)] == ["new", "newer"]


async def test_the_result_of_the_dead_is_its_reason_at_once(docket: Docket) -> None:
    """Whoever asks, also later, is told what it died of, as a kind of failure."""
    await kill(docket, "key")
    execution = await docket.get_execution("key")
    assert execution is not None
    with pytest.raises(TaskDied, match="'key' has died: the arguments cannot be read"):
        await execution.get_result(timeout=timedelta(0))


async def test_the_dead_leave_when_their_time_is_over(open_docket: OpenDocket) -> None:
    """After `dead_ttl` nothing is known of them, and no list has them."""
    docket = await open_docket(dead_ttl=timedelta(days=1))
    await kill(docket, "old", "young")
    expiry = await command(docket, "ZINCRBY", docket.storage._keys.dead, -24 * 3600 * 1000, encode("old"))
    await command(docket, "PEXPIREAT", record_key(docket, "old"), int(expiry))
    assert [execution.key for execution in await docket.dead.list()] == ["young"]
    assert await docket.get_execution("old") is None


async def test_a_docket_may_keep_no_dead(open_docket: OpenDocket) -> None:
    """With a `dead_ttl` of zero whoever waits learns that it has ended, and nothing is kept."""
    docket = await open_docket(dead_ttl=timedelta(0))
    await kill(docket, "key")
    assert await docket.get_execution("key") is None
    assert await docket.dead.count() == 0


def test_the_dead_are_not_kept_for_less_than_no_time() -> None:
    """A negative time is a mistake, and told."""
    with pytest.raises(ValueError, match="dead_ttl=datetime"):
        Docket(dead_ttl=timedelta(days=-1))
