"""Many executions are cancelled together; and a cancellation survives that nobody hears of it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from docket import Cancellation, Docket, ExecutionState
from docket.errors import ExecutionCancelled
from tests.docket.harness import MINUTE, Stage, command, later, reaches, result_of, soon, state_of, until, working
from tests.proxy import Proxy, running_proxy
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(30)


async def echo(value: str = "done") -> str:
    return value


async def test_each_key_has_its_own_answer(docket: Docket, stage: Stage) -> None:
    """Pending, running, ended and unknown keys are told apart, in the order that they were given."""
    async with working(docket, concurrency=2):
        ended = await docket.add(echo, key="ended")()
        await result_of(ended)
        running = await docket.add(stage.hold, key="running")()
        await soon(stage.entered.wait())
        scheduled = await docket.add(echo, when=later(seconds=60), key="scheduled")()
        answers = await docket.cancel_many(["scheduled", "nobody", "running", "ended", "scheduled"])
        assert list(answers.items()) == [
            ("scheduled", Cancellation.CANCELLED),
            ("nobody", Cancellation.UNKNOWN),
            ("running", Cancellation.CANCELLING),
            ("ended", Cancellation.FINISHED),
        ]
        for cancelled in (scheduled, running):
            with pytest.raises(ExecutionCancelled):
                await result_of(cancelled)


async def test_many_are_cancelled_in_batches(docket: Docket) -> None:
    """A thousand cost ten calls of a script; each is told to be cancelled, and nothing unfinished is left."""
    keys = [f"key {number}" for number in range(1000)]
    await asyncio.gather(*[docket.add(echo, when=later(seconds=60), key=key)() for key in keys])
    before = await calls(docket)
    answers = await docket.cancel_many(iter(keys))
    assert await calls(docket) - before <= 11  # one of them may have had to bring the script
    assert answers == dict.fromkeys(keys, Cancellation.CANCELLED)
    assert (await docket.snapshot()).total_tasks == 0


async def calls(docket: Docket) -> int:
    """How many scripts the server has been asked to run by their digests."""
    statistics: bytes = await command(docket, "INFO", "commandstats")
    return int(statistics.partition(b"cmdstat_evalsha:calls=")[2].partition(b",")[0] or 0)


async def test_of_none_there_is_nothing_to_do(docket: Docket) -> None:
    """No keys, no answers."""
    assert await docket.cancel_many([]) == {}


async def test_a_bad_key_cancels_nothing(docket: Docket) -> None:
    """A mistake in any key is told before anything is done, and one string is no list of keys."""
    await docket.add(echo, when=later(seconds=60), key="a")()
    with pytest.raises(ValueError, match="at least one character"):
        await docket.cancel_many(["a", ""])
    with pytest.raises(TypeError, match="'a' is one: use cancel"):
        await docket.cancel_many("a")
    assert await state_of(docket, "a") is ExecutionState.SCHEDULED
    await docket.cancel("a")


@asynccontextmanager
async def cut_off(server: ServerProcess) -> AsyncGenerator[tuple[Docket, Docket, Proxy]]:
    """A docket, the same behind a proxy, and that."""
    async with (
        running_proxy(server.port) as proxy,
        Docket("cut", server.url) as docket,
        Docket("cut", proxy.url) as behind,
    ):
        yield docket, behind, proxy


async def test_a_cancellation_is_found_at_the_next_renewal(own_server: ServerProcess, stage: Stage) -> None:
    """A worker that cannot hear signals, for its connection for them is cut for good, learns of it when it renews."""
    async with cut_off(own_server) as (docket, behind, proxy):
        for task in (stage.hold, echo):
            behind.register(task)
        async with working(behind, redelivery_timeout=timedelta(seconds=1)):
            await result_of(await docket.add("echo")())  # so the worker has all its connections by now
            execution = await docket.add("hold")()
            await soon(stage.entered.wait())
            signals = behind.storage.events.signals
            await until(lambda: signals in behind.storage.events._subscribed, "the worker listens")
            # What is connected stays so, and only the connection for signals is lost, and not to be had again.
            proxy.accepting = False
            await proxy.cut(that_said=b"SUBSCRIBE")
            assert await docket.cancel(execution.key) is Cancellation.CANCELLING
            await confirmed(docket, execution.key)
            with pytest.raises(ExecutionCancelled):
                await result_of(execution)
            assert signals not in behind.storage.events._subscribed
            proxy.heal()


async def test_a_cancellation_is_found_when_the_connection_is_back(own_server: ServerProcess, stage: Stage) -> None:
    """A worker whose renewals are far apart looks as soon as it can hear again, and whoever waits is told."""
    async with cut_off(own_server) as (docket, behind, proxy):
        behind.register(stage.hold)
        async with working(behind, redelivery_timeout=10 * MINUTE):
            execution = await docket.add("hold")()
            await soon(stage.entered.wait())
            await until(lambda: behind.storage.events._subscribed, "the worker listens")
            waiting = asyncio.create_task(result_of(execution))
            proxy.accepting = False
            await proxy.cut()
            assert await docket.cancel(execution.key) is Cancellation.CANCELLING
            await execution.sync()
            assert execution.state is ExecutionState.RUNNING
            proxy.heal()
            with pytest.raises(ExecutionCancelled):
                await waiting
            await confirmed(docket, execution.key)
            await reaches(execution, ExecutionState.CANCELLED)


async def confirmed(docket: Docket, key: str) -> None:
    """Wait until whoever runs an execution has said that it has stopped."""

    async def ended() -> bool:
        return await docket.cancel(key) is Cancellation.FINISHED

    await until(ended, "the worker has confirmed it")
