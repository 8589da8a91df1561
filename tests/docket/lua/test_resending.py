"""A call whose answer is lost on the way is sent once more, and that is the same as once."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from docket.errors import ConnectionLost
from docket.model.states import Cancellation, Disposition, ExecutionState
from docket.storage.executions import Executions
from tests.docket.lua.bench import TTL_MS, Bench


class LossyWire:
    """Carries out the first command, loses its answer, and lets something happen before the next one."""

    def __init__(self, call: Callable[..., Awaitable[Any]], meanwhile: Callable[[], Awaitable[Any]]) -> None:
        self._call = call
        self._meanwhile: Callable[[], Awaitable[Any]] | None = meanwhile

    async def call(self, *command: Any) -> Any:
        """Carry out a command."""
        answer = await self._call(*command)
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
            raise ConnectionLost("on the way back")
        return answer


@pytest.fixture
async def known(bench: Bench) -> None:
    """The server knows the scripts, so that the first command is the one that counts."""
    await bench.executions.cancel("warm")
    await bench.add("warm")
    await bench.executions.replace("warm", "task", b"", 0)
    await bench.executions.clear()


def lossy(bench: Bench, meanwhile: Callable[[], Awaitable[Any]]) -> Executions:
    """The verbs of a client that loses its first answer."""
    return Executions(LossyWire(bench.call, meanwhile), bench.keys, TTL_MS)  # type: ignore[arg-type]


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


@pytest.mark.usefixtures("known")
async def test_a_cancellation_that_is_sent_again_is_as_good(bench: Bench) -> None:
    """The execution is cancelled once; the second answer tells of the state that the first has made."""
    await bench.add()
    assert await lossy(bench, nothing).cancel("key") in {Cancellation.CANCELLED, Cancellation.FINISHED}
    assert await bench.state() == "cancelled"
