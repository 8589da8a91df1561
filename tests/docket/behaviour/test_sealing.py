"""Payloads that are signed: whatever cannot be verified is refused before it is unpickled."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from docket import CurrentDocket, Disposal, Docket, ExecutionState, Retry, StrikeList, TaskKey
from docket.errors import PayloadRefused, TaskDied
from docket.model import payload
from docket.storage.keys import encode
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, finish, later, now, reaches, record_key, result_of, until, working

pytestmark = pytest.mark.timeout(20)

KEY = "0123456789abcdef0123456789abcdef"
NEXT_KEY = b"fedcba9876543210fedcba9876543210"

exploded: list[str] = []


def explode() -> str:
    exploded.append("exploded")
    return "exploded"


class Bomb:
    """Shows that it was unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return explode, ()


@pytest.fixture(autouse=True)
def _nothing_explodes() -> Iterator[None]:
    exploded.clear()
    yield
    assert exploded == []


@pytest.fixture
async def docket(open_docket: OpenDocket) -> Docket:
    """A docket with a signing key."""
    return await open_docket(signing_key=KEY)


async def echo(value: Any = None) -> Any:
    return value


async def other(value: Any = None) -> Any:
    return value


async def fail(text: str) -> None:
    raise LookupError(text)


async def field(docket: Docket, key: str, name: str) -> bytes:
    """A field of an execution's record."""
    value: bytes = await command(docket, "HGET", record_key(docket, key), name)
    return value


async def put(docket: Docket, key: str, name: str, value: bytes) -> None:
    """Write a field of an execution's record, as somebody may who can write to the server."""
    await command(docket, "HSET", record_key(docket, key), name, value)


async def refused(docket: Docket, key: str, reason: str) -> None:
    """See that an execution is refused by a worker, that says why and goes on."""
    async with working(docket):
        execution = await docket.get_execution(key)
        assert execution is not None
        await reaches(execution, ExecutionState.DEAD)
        with pytest.raises(TaskDied, match=reason):
            await result_of(execution)
        assert await result_of(await docket.add(echo)("next")) == "next"


async def test_signed_work_is_done(docket: Docket) -> None:
    """Arguments, results, exceptions, retries, successors: all as on any other docket."""

    async def chain(number: int, docket: Docket = CurrentDocket(), key: str = TaskKey()) -> int:
        if number:
            await docket.add(chain, key=key)(number - 1)
        return number

    async def again(retry: Retry = Retry(attempts=2)) -> int:
        if retry.attempt < 2:
            raise RuntimeError("once")
        return retry.attempt

    async with working(docket):
        given = await docket.add(echo)({"a": [1, 2]})
        assert given.args == ({"a": [1, 2]},)
        assert await result_of(given) == {"a": [1, 2]}
        assert await result_of(await docket.add(echo)()) is None
        with pytest.raises(LookupError, match="no such thing"):
            await result_of(await docket.add(fail)("no such thing"))
        assert await result_of(await docket.add(again)()) == 2
        replaced = await docket.replace(echo, when=now(), key="replaced")("newer")
        assert await result_of(replaced) == "newer"
        await docket.add(chain, key="chain")(2)

        async def over() -> bool:
            last = await docket.get_execution("chain")
            return last is not None and last.generation == 3 and last.state is ExecutionState.COMPLETED

        await until(over, "the chain is over")


async def test_everything_that_is_pickled_is_signed(docket: Docket) -> None:
    """No arguments, result or exception stands in Redis as a bare pickle, not even that of None."""
    await docket.add(echo, key="given")("value")
    await docket.add(echo, key="nothing")()
    await docket.add(fail, key="failed")("text")
    await docket.strike("nobody", "parameter", "==", "value")
    stored = [await field(docket, key, "payload") for key in ("given", "nothing", "failed")]
    await finish(docket)
    stored += [await field(docket, key, "result") for key in ("given", "nothing", "failed")]
    strikes = await command(docket, "HGETALL", docket.storage._keys.strikes)
    stored += [value for name, value in zip(strikes[::2], strikes[1::2], strict=True) if name != b"version"]
    assert len(stored) == 7
    assert all(data.startswith(b"\0docket-seal-1\0") for data in stored)


async def test_unsigned_arguments_are_refused_before_they_are_unpickled(
    docket: Docket, caplog: pytest.LogCaptureFixture
) -> None:
    """Also where strikes look at arguments, and where the log tells of every call."""
    caplog.set_level("INFO")
    await docket.strike("echo", "value", "==", "something")
    await docket.add(echo, when=later(milliseconds=50), key="key")("fine")
    await put(docket, "key", "payload", payload.dumps_arguments((Bomb(),), {}))
    await refused(docket, "key", "the arguments cannot be read: there is no signature on the arguments of 'key'")
    dead = await docket.dead.inspect("key")
    assert dead is not None
    assert dead.call_repr() == "echo(?){key}"
    with pytest.raises(PayloadRefused, match="there is no signature on the arguments of 'key'"):
        _ = dead.args


async def test_arguments_that_were_moved_are_refused(docket: Docket, open_docket: OpenDocket) -> None:
    """Signed for another key, another task or another docket, they are no good here."""
    elsewhere = await open_docket(signing_key=KEY)
    await elsewhere.add(echo, key="mine")("theirs")
    await docket.add(echo, when=later(milliseconds=50), key="mine")("mine")
    await docket.add(echo, when=later(milliseconds=50), key="yours")("yours")
    await docket.add(echo, when=later(milliseconds=50), key="renamed")("renamed")
    docket.register(other)
    await put(docket, "renamed", "function", b"other")
    await put(docket, "yours", "payload", await field(docket, "mine", "payload"))
    await put(docket, "mine", "payload", await field(elsewhere, "mine", "payload"))
    for key in ("mine", "yours", "renamed"):
        await refused(docket, key, f"the signature on the arguments of '{key}' fits no signing key")
    await elsewhere.clear()


@pytest.mark.parametrize("forgery", ["unsigned", "moved", "nothing"])
async def test_a_result_that_is_not_vouched_for_is_refused(docket: Docket, forgery: str) -> None:
    """Whoever asks for it gets an error instead, and nothing is unpickled."""
    given = await docket.add(echo, key="given")("value")
    await docket.add(echo, key="other")("another")
    await finish(docket)
    forged = {
        "unsigned": payload.dumps(Bomb()),
        "moved": await field(docket, "other", "result"),
        "nothing": b"",
    }[forgery]
    await put(docket, "given", "result", forged)
    with pytest.raises(PayloadRefused, match="signature on the result of 'given'"):
        await result_of(given)
    await put(docket, "given", "result", await field(docket, "given", "payload"))
    await given.sync()
    with pytest.raises(PayloadRefused, match="the signature on the result of 'given' fits no signing key"):
        await result_of(given)


async def test_an_exception_that_is_not_vouched_for_is_refused(docket: Docket) -> None:
    """The same holds for what a task has raised."""
    failed = await docket.add(fail, key="failed")("text")
    await finish(docket)
    await put(docket, "failed", "result", payload.dumps(Bomb()))
    with pytest.raises(PayloadRefused, match="there is no signature on the exception of 'failed'"):
        await result_of(failed)


async def test_an_exception_that_cannot_be_carried_is_told_in_words(docket: Docket) -> None:
    """Where there is nothing to unpickle, there is nothing to be signed."""

    class Demanding(Exception):
        def __init__(self, one: int, two: int) -> None:
            super().__init__(f"{one} {two}")

    async def demand() -> None:
        raise Demanding(1, 2)

    demanded = await docket.add(demand)()
    await finish(docket)
    with pytest.raises(Exception, match=r"Demanding: 1 2"):
        await result_of(demanded)


async def test_what_was_sent_without_a_key_is_refused(docket: Docket, open_docket: OpenDocket) -> None:
    """A caller that knows nothing of the signing key cannot have anything run."""
    unsigned = await open_docket(docket.name)
    docket.register(echo)
    await unsigned.add(echo, key="key")("value")
    await refused(docket, "key", "there is no signature on the arguments of 'key', but the docket .* has a")


async def test_a_worker_without_the_key_says_so(docket: Docket, open_docket: OpenDocket) -> None:
    """What is signed is not taken for a broken payload; with the key it runs when requeued."""
    unsigned = await open_docket(docket.name)
    unsigned.register(echo)
    await docket.add(echo, key="key")("value")
    await finish(unsigned)
    (dead,) = await unsigned.dead.list()
    assert "there is a signature on the arguments of 'key', but the docket" in (dead.error or "")
    assert "has no signing key here" in (dead.error or "")
    assert await unsigned.dead.requeue("key") is Disposal.REQUEUED
    await finish(docket)
    again = await docket.get_execution("key")
    assert again is not None
    assert await result_of(again) == "value"


async def test_a_caller_with_another_key_is_told(docket: Docket, open_docket: OpenDocket) -> None:
    """He cannot read results, and nobody runs what he sends."""
    stranger = await open_docket(docket.name, signing_key=NEXT_KEY)
    await docket.add(echo, key="given")("value")
    await finish(docket)
    given = await stranger.get_execution("given")
    assert given is not None
    with pytest.raises(PayloadRefused, match="the signature on the result of 'given' fits no signing key"):
        await result_of(given)
    await stranger.add(echo, key="sent")("value")
    await refused(docket, "sent", "the signature on the arguments of 'sent' fits no signing key")


async def test_keys_are_rotated_while_work_goes_on(open_docket: OpenDocket) -> None:
    """First everybody accepts the next key, then everybody signs with it, then the old one goes."""
    old = await open_docket(signing_key=KEY)
    accepting = await open_docket(old.name, signing_key=[KEY, NEXT_KEY])
    signing = await open_docket(old.name, signing_key=(NEXT_KEY, KEY))
    new = await open_docket(old.name, signing_key=NEXT_KEY)
    steps = [(old, accepting), (accepting, old), (accepting, signing)]
    steps += [(signing, accepting), (signing, new), (new, signing)]
    for number, (caller, runner) in enumerate(steps):
        runner.register(echo)
        execution = await caller.add(echo)(number)
        await finish(runner)
        assert await result_of(execution) == number


async def test_a_strike_that_is_not_signed_is_not_unpickled(
    docket: Docket, open_docket: OpenDocket, caplog: pytest.LogCaptureFixture
) -> None:
    """It blocks nothing, and the log says so; those that are signed hold for whoever has the key."""
    unsigned = await open_docket(docket.name)
    await unsigned.strike("echo")
    struck = docket.storage._keys.strikes
    await command(docket, "HSET", struck, "forged", payload.dumps(Bomb()), "version", encode("newer"))
    assert await result_of_run(docket) == "value"
    assert "a strike cannot be read here, so it blocks nothing here: there is no signature on the strike" in caplog.text
    assert await docket.strike("echo") is True
    assert (await docket.add(echo)("value")).disposition == "struck"
    assert sorted(each.signed for each in await docket.unreadable_strikes()) == [False, False]
    async with StrikeList(docket.name, docket.url, signing_key=KEY) as strikes:
        assert [strike.function for strike in strikes] == ["echo"]


async def test_a_strike_signed_with_an_unknown_key_can_be_seen_and_restored(
    docket: Docket, open_docket: OpenDocket, caplog: pytest.LogCaptureFixture
) -> None:
    """It blocks nothing, is listed with a reason, warned of once, and goes by itself while the readable ones stay."""
    retired = await open_docket(docket.name, signing_key=NEXT_KEY)
    await docket.strike("other")
    both = await open_docket(docket.name, signing_key=[NEXT_KEY, KEY])
    await both.strike("echo")
    assert await docket.restore("echo") is False
    assert (await docket.add(echo, key="runs")()).disposition == "scheduled"
    for number in range(3):
        await both.strike("nobody", "number", "==", number)
        assert len(await docket.unreadable_strikes()) == 2 + number
    assert caplog.text.count("fits no signing key") == 4
    (unreadable, *rest) = sorted(await docket.unreadable_strikes(), key=lambda each: each.identity)
    assert "fits no signing key that the docket" in unreadable.reason
    assert await docket.restore(unreadable) is True
    assert await docket.restore(unreadable) is False
    assert len(await retired.strikes()) == len(rest)
    async with StrikeList(docket.name, docket.url, signing_key=KEY) as strikes:
        for each in strikes.unreadable:
            assert await strikes.restore(each)
    assert [strike.function for strike in await docket.strikes()] == ["other"]
    assert await docket.unreadable_strikes() == await retired.strikes() == []
    await docket.clear()


@pytest.mark.parametrize("key", [pytest.param(None, id="no key"), pytest.param(NEXT_KEY, id="another key")])
async def test_nothing_is_struck_with_a_key_that_the_others_refuse(
    docket: Docket, open_docket: OpenDocket, key: bytes | None
) -> None:
    """It would look like a success and block nothing; when what is unreadable is gone, it is possible."""
    stranger = await open_docket(docket.name, signing_key=key)
    await docket.strike("echo")
    with pytest.raises(PayloadRefused, match="other was not struck, for it might block nothing: 1 strike is in force"):
        await stranger.strike("other")
    assert [strike.function for strike in await docket.strikes()] == ["echo"]
    assert await docket.unreadable_strikes() == []
    await docket.restore("echo")
    assert await stranger.strike("other") is True


async def result_of_run(docket: Docket) -> Any:
    """The result of a call that is scheduled now."""
    execution = await docket.add(echo)("value")
    await finish(docket)
    return await result_of(execution)


async def test_many_are_signed_at_the_same_time(docket: Docket) -> None:
    """Each result is its own, however many there are in a batch."""
    executions = await asyncio.gather(*[docket.add(echo)(number) for number in range(100)])
    await finish(docket, concurrency=50)
    assert [await result_of(execution) for execution in executions] == list(range(100))
