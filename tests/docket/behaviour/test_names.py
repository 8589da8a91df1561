"""Names are data: under names of any characters a docket does all that it does, and touches nothing else."""

import asyncio
import contextlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from docket import (
    Cancellation,
    Disposal,
    Disposition,
    Docket,
    ExecutionState,
    Retry,
    TaskKey,
    Worker,
)
from docket.cli import app
from docket.errors import ExecutionCancelled, TaskDied
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, finish, later, now, record_key, result_of, soon, state_of, working
from tests.docket.leftovers import docket_keys

NAMES = {
    "blank": " ",
    "zero": "0",
    "colons": "::a:b::",
    "braces": "}{}:{",
    "newlines": "a\r\nFLUSHALL\r\n",
    "nul": "\x00a\x00",
    "long": "x" * 10_000,
    "surrogate": "\udcff",
    "quotes": "'\"`\\'",
    "glob": "*?[^a-z]\\*",
    "ready": "ready",
    "stream": "stream",
    "record": "{other}:run:x",
    "runs": "{other}:runs:x",
}
names = pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)


class Desk:
    """The task of these tests, which does as it is told, and what it has been given."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.keys: list[str] = []

    async def work(self, what: str, key: str = TaskKey(), retry: Retry = Retry(2)) -> str:
        self.keys.append(key)
        if what == "retried" and retry.attempt == 1:
            raise ValueError(what)
        if what == "held":
            self.entered.set()
            await asyncio.Event().wait()
        return what


async def told(docket: Docket, name: str, *arguments: str) -> list[str]:
    """The lines of a command that succeeds, in this process: no other one can be given every name."""
    command_line = [*name.split(), f"--docket={docket.name}", f"--url={docket.url}", "--", *arguments]
    result = await asyncio.to_thread(CliRunner().invoke, app, command_line)
    assert result.exception is None, (result.exception, result.output)
    lines = result.output.split("\n")[:-1]
    assert all(line.isprintable() for line in lines)
    return lines


async def spoil(docket: Docket, key: str) -> None:
    """Make the arguments of an execution unreadable, so that it dies."""
    await command(docket, "HSET", record_key(docket, key), "payload", b"garbage")


async def whole_life(docket: Docket, key: str, task: str, worker_name: str) -> None:
    """All that can become of a key, on a docket that has nothing else to do."""
    desk = Desk()
    docket.register(desk.work, [task])
    async with working(docket, name=worker_name) as worker:
        await runs_and_ends(docket, key, task, worker)
        await waits_and_is_cancelled(docket, key, task)
        await is_cancelled_while_it_runs(docket, key, task, desk)
        (seen,) = await docket.task_workers(task)
        assert seen.name == worker_name
        assert task in seen.tasks
    assert set(desk.keys) == {key}
    await is_struck(docket, key, task)
    await dies(docket, key, task, worker_name)
    assert await docket.workers() == []


async def runs_and_ends(docket: Docket, key: str, task: str, worker: Worker) -> None:
    """It is added, runs, is tried again, and its result comes to who waits for it."""
    assert await result_of(await docket.add(task, key=key)("plain")) == "plain"
    retried = await docket.add(task, key=key)("retried")
    assert (retried.key, retried.function_name) == (key, task)
    assert await result_of(retried) == "retried"
    assert (retried.state, retried.attempt, retried.worker) == (ExecutionState.COMPLETED, 2, worker.name)


async def waits_and_is_cancelled(docket: Docket, key: str, task: str) -> None:
    """It is scheduled, refuses a second one, is seen, replaced and cancelled."""
    assert (await docket.add(task, key=key, when=later(hours=1))("never")).disposition is Disposition.SCHEDULED
    second = await docket.add(task, key=key)("never")
    assert second.disposition is Disposition.ALREADY_SCHEDULED
    (future,) = (await docket.snapshot()).future
    assert (future.key, future.function_name, future.args) == (key, task, ("never",))
    assert await result_of(await docket.replace(task, now(), key)("replaced")) == "replaced"
    await docket.add(task, key=key, when=later(hours=1))("never")
    assert await docket.cancel_many([key]) == {key: Cancellation.CANCELLED}
    assert await state_of(docket, key) is ExecutionState.CANCELLED


async def is_cancelled_while_it_runs(docket: Docket, key: str, task: str, desk: Desk) -> None:
    """The signal reaches the one that runs, and nothing follows it."""
    held = await docket.add(task, key=key)("held")
    await soon(desk.entered.wait())
    (running,) = (await docket.snapshot()).running
    assert (running.key, running.function_name) == (key, task)
    assert await docket.cancel(key) is Cancellation.CANCELLING
    with pytest.raises(ExecutionCancelled):
        await result_of(held)


async def is_struck(docket: Docket, key: str, task: str) -> None:
    """A task, and a value of a parameter, of any characters are struck and restored, and nothing else is."""
    assert len(await told(docket, "strike", task)) == 1
    await docket.strike(task, "what", "==", key)
    assert (await docket.add(task, key=key)("any")).disposition is Disposition.STRUCK
    assert (await docket.add(f"not {task}", key=key, when=later(hours=1))(key)).disposition is Disposition.SCHEDULED
    assert len(await told(docket, "strikes")) == 2
    assert len(await told(docket, "restore", task)) == 1
    assert (await docket.add(task)(key)).disposition is Disposition.STRUCK
    await docket.restore(task, "what", "==", key)
    assert await told(docket, "strikes") == []
    await docket.cancel(key)


async def dies(docket: Docket, key: str, task: str, worker_name: str) -> None:
    """It dies, and is listed, shown, requeued and dropped, from Python and from the command line."""
    execution = await docket.add(task, key=key)("garbled")
    await spoil(docket, key)
    await finish(docket, name=worker_name)
    with pytest.raises(TaskDied):
        await result_of(execution)
    (dead,) = await docket.dead.list()
    assert (dead.key, dead.function_name, dead.worker) == (key, task, worker_name)
    _, line = await told(docket, "dead ls")
    assert "the arguments cannot be read" in line
    assert "the arguments cannot be read" in "".join(await told(docket, "dead show", key))
    assert len(await told(docket, "dead requeue", key)) == 1
    await finish(docket, name=worker_name)
    assert await docket.dead.requeue(key) is Disposal.REQUEUED
    await finish(docket, name=worker_name)
    assert await docket.dead.drop(key) is Disposal.DROPPED
    assert await docket.dead.count() == 0


async def contents(docket: Docket) -> dict[bytes, bytes]:
    """All keys of a docket, each with its serialized value."""
    keys = await docket_keys(docket.storage._wire.call, docket.storage._keys.prefix)
    return {key: await command(docket, "DUMP", key) for key in keys}


@contextlib.asynccontextmanager
async def left_alone(open_docket: OpenDocket) -> Any:
    """A docket with some of everything, in which nothing may change meanwhile."""
    neighbour = await open_docket(f"neighbour-{uuid4().hex}", heartbeat_interval=timedelta(seconds=60))
    neighbour.register(Desk().work, ["work"])
    await neighbour.add("work", key="ended")("plain")
    await finish(neighbour)
    await neighbour.add("work", key="waits", when=later(hours=1))("plain")
    await neighbour.strike("struck")
    before = await contents(neighbour)
    yield
    assert await contents(neighbour) == before
    await neighbour.clear()


@names
async def test_a_key_is_data(open_docket: OpenDocket, text: str) -> None:
    """An execution of any key lives its life beside others, and what is known of those does not change."""
    docket = await open_docket()
    docket.register(Desk().work, ["work"])
    await docket.add("work", key="neighbour")("plain")
    await finish(docket)
    before = await command(docket, "DUMP", record_key(docket, "neighbour"))
    async with left_alone(open_docket):
        await whole_life(docket, text, "task", "worker")
    assert await command(docket, "DUMP", record_key(docket, "neighbour")) == before


@names
async def test_the_name_of_a_task_is_data(open_docket: OpenDocket, text: str) -> None:
    """A task of any name is found, run, struck and told of under that name."""
    async with left_alone(open_docket):
        await whole_life(await open_docket(), "key", text, "worker")


@names
async def test_the_name_of_a_worker_is_data(open_docket: OpenDocket, text: str) -> None:
    """A worker of any name takes work, is seen and leaves."""
    async with left_alone(open_docket):
        await whole_life(await open_docket(), "key", "task", text)


@names
async def test_the_name_of_a_docket_is_data(open_docket: OpenDocket, text: str) -> None:
    """A docket of any name has keys of its own, and does all that others do."""
    async with left_alone(open_docket):
        await whole_life(await open_docket(text), "key", "task", "worker")


async def test_an_empty_name_is_refused_or_replaced(docket: Docket) -> None:
    """A docket and a key need a character at least, and a worker without a name is called after its process."""
    with pytest.raises(ValueError, match="at least one character"):
        Docket("")
    with pytest.raises(ValueError, match="key"):
        docket.add("work", key="")
    with pytest.raises(ValueError, match="key"):
        await docket.cancel("")
    assert "#" in Worker(docket, name="").name
