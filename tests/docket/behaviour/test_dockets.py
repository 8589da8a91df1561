"""A docket can be looked at, tidied and told what it knows; dockets, and keys, never touch each other."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from docket import CurrentExecution, CurrentWorker, Disposition, Docket, Execution, ExecutionState, TaskKey, Worker
from docket.errors import InvalidURL, NameTaken, NotACollection, NotAsync
from docket.storage.keys import Keys
from tests.docket.conftest import OpenDocket, opening
from tests.docket.harness import (
    command,
    finish,
    later,
    now,
    reaches,
    result_of,
    soon,
    state_of,
    until,
    working,
)
from tests.servers import make_certificate, running_server, server_binaries, supports_tls

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "done") -> str:
    return value


class Stage:
    """A task that is on until it is let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()

    async def hold(self) -> str:
        self.entered.set()
        await self.let_go.wait()
        return "held"


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_snapshot_shows_what_there_is(docket: Docket, stage: Stage) -> None:
    """Scheduled, queued and running executions are told apart, the pending ones in order, with the workers."""
    before = now()
    empty = await docket.snapshot()
    assert (empty.total_tasks, empty.future, empty.running, empty.workers) == (0, [], [], [])
    assert before - timedelta(milliseconds=1) < empty.taken <= now()  # the server tells whole milliseconds
    async with working(docket, name="w", concurrency=1):
        await docket.add(stage.hold, key="running")()
        await soon(stage.entered.wait())
        await docket.add(echo, when=later(seconds=60), key="second")("b")
        await docket.add(echo, when=later(seconds=30), key="first")("a")
        await docket.add(echo, key="queued")("c")
        snapshot = await docket.snapshot()
        assert [execution.key for execution in snapshot.future] == ["queued", "first", "second"]
        assert [execution.state for execution in snapshot.future] == ["queued", "scheduled", "scheduled"]
        assert [execution.args for execution in snapshot.future] == [("c",), ("a",), ("b",)]
        (running,) = snapshot.running
        assert (running.key, running.state, running.worker) == ("running", ExecutionState.RUNNING, "w")
        assert running.started_at is not None
        assert [worker.name for worker in snapshot.workers] == ["w"]
        assert snapshot.total_tasks == 4
        stage.let_go.set()
        await until(lambda: _pending(docket, 2), "the rest is done")
        assert await docket.clear() == 2


async def _pending(docket: Docket, count: int) -> bool:
    return (await docket.snapshot()).total_tasks == count


async def test_a_snapshot_shows_what_nobody_here_knows(open_docket: OpenDocket) -> None:
    """Neither an unknown task nor a payload that cannot be read disturbs the snapshot."""
    docket = await open_docket()
    await docket.add("unknown", key="unknown")(1, two=3)
    broken = await docket.add(echo, key="broken")()
    await command(docket, "HSET", docket.storage._keys.run("broken"), "payload", b"garbage")
    snapshot = await docket.snapshot()
    assert {execution.key for execution in snapshot.future} == {"unknown", "broken"}
    (unknown,) = [execution for execution in snapshot.future if execution.key == "unknown"]
    assert unknown.function is None
    assert unknown.args == (1,)
    assert unknown.get_argument("two") == 3
    assert all(repr(execution) for execution in snapshot.future)
    assert broken.call_repr() == "echo(){broken}"
    await docket.clear()


async def test_a_large_docket_is_counted_and_partly_listed(docket: Docket) -> None:
    """A snapshot counts everything, and lists no more than a thousand of each state."""
    due = later(seconds=60)
    await asyncio.gather(*[docket.add(echo, when=due)() for _ in range(1200)])
    snapshot = await docket.snapshot()
    assert snapshot.total_tasks == 1200
    assert len(snapshot.future) == 1000
    assert await docket.clear() == 1200
    assert (await docket.snapshot()).total_tasks == 0


async def test_an_execution_is_looked_up(docket: Docket, stage: Stage) -> None:
    """`get_execution` finds what is pending, running and ended, and nothing else."""
    assert await docket.get_execution("key") is None
    async with working(docket):
        await docket.add(stage.hold, when=later(milliseconds=50), key="key")()
        assert await state_of(docket, "key") is ExecutionState.SCHEDULED
        await soon(stage.entered.wait())
        running = await docket.get_execution("key")
        assert running is not None
        assert running.state is ExecutionState.RUNNING
        assert running.disposition is Disposition.LOADED
        assert running.function == stage.hold
        stage.let_go.set()
        assert await result_of(running) == "held"
        assert await state_of(docket, "key") is ExecutionState.COMPLETED


async def test_clearing_leaves_running_work_alone(docket: Docket, stage: Stage) -> None:
    """`clear` cancels what is scheduled and queued, and says how much; what runs, runs on."""
    async with working(docket, concurrency=1):
        running = await docket.add(stage.hold, key="running")()
        await soon(stage.entered.wait())
        queued = [await docket.add(echo)() for _ in range(5)]
        scheduled = [await docket.add(echo, when=later(seconds=60))() for _ in range(5)]
        assert await docket.clear() == 10
        for execution in (*queued, *scheduled):
            await execution.sync()
            assert execution.state is ExecutionState.CANCELLED
        assert (await docket.snapshot()).total_tasks == 1
        stage.let_go.set()
        assert await result_of(running) == "held"
        assert (await docket.add(echo, key="running")()).disposition is Disposition.SCHEDULED
        assert await result_of(await docket.add(echo)()) == "done"
    assert await docket.clear() == 0


async def test_a_docket_is_used_while_it_is_open(url: str) -> None:
    """Before and after its block, whatever needs the server says what to do."""
    docket = Docket("closed", url)
    for attempt in (docket.add(echo), lambda: docket.cancel("key"), docket.snapshot, docket.workers):
        with pytest.raises(RuntimeError, match="'closed' is not open: use it inside `async with"):
            await attempt()
    async with docket:
        pass
    with pytest.raises(RuntimeError, match="is not open"):
        await docket.snapshot()
    with pytest.raises(RuntimeError, match="is not open"):
        await Worker(docket).run_forever()


async def test_a_docket_is_opened_once_at_a_time(url: str) -> None:
    """Opening it twice is refused; opening it again later is fine."""
    docket = Docket("twice", url)
    async with docket:
        with pytest.raises(RuntimeError, match="'twice' is open already"):
            await docket.__aenter__()
        assert (await docket.snapshot()).total_tasks == 0
    async with docket:
        assert (await docket.snapshot()).total_tasks == 0


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "", "rediss", "memroy://"])
async def test_a_url_that_names_no_server_is_refused(url: str) -> None:
    """An unknown scheme is a ValueError that lists the known ones."""
    with pytest.raises(InvalidURL, match=r"redis://.*memory://"):
        async with Docket("docket", url):
            """Never reached."""


@pytest.mark.parametrize("url", ["redis://localhost:port/0", "redis://localhost:99999/0"])
async def test_a_url_with_a_mistake_is_refused(url: str) -> None:
    """A URL that cannot be read is refused with the reason, which is about the port."""
    with pytest.raises(ValueError, match=r"(?i)port"):
        async with Docket("docket", url):
            """Never reached."""


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        pytest.param("", {}, "a string of at least one character", id="no name"),
        pytest.param("orders", {"heartbeat_interval": timedelta(0)}, "heartbeat_interval=", id="no interval"),
        pytest.param("orders", {"missed_heartbeats": 0}, "missed_heartbeats=0", id="no patience"),
        pytest.param("orders", {"execution_ttl": -timedelta(seconds=1)}, "execution_ttl=", id="less than no time"),
    ],
)
def test_a_docket_that_makes_no_sense_is_refused(name: str, options: dict[str, Any], reason: str) -> None:
    """An empty name, or a setting that no docket can have, is a ValueError that says what is wrong."""
    with pytest.raises(ValueError, match=reason):
        Docket(name, "memory://", **options)


async def test_two_functions_do_not_share_a_name(docket: Docket) -> None:
    """A second function of a taken name is refused, with what to do; the same one again is fine."""
    docket.register(echo)
    docket.register(echo)

    async def other() -> None:
        """Never run."""

    with pytest.raises(NameTaken, match=r"'echo' is the task .*echo already, so .*other needs a name of its own"):
        docket.register(other, names=["echo"])
    assert docket.find_task("echo") is echo


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of which modules can be imported."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return tmp_path


async def test_a_collection_is_registered(modules: Path, docket: Docket) -> None:
    """`module:attribute` names a list of tasks, which are then known by their names."""
    (modules / "collected_tasks.py").write_text(
        "async def one(): return 1\nasync def two(): return 2\nclass All:\n    tasks = (one, two)\ntasks = [one]\n"
    )
    docket.register_collection("collected_tasks:All.tasks")
    execution = await docket.add("two")()
    await finish(docket)
    assert await result_of(execution) == 2
    assert set(docket.tasks) == {"one", "two"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no_such_module_here:tasks", "No module named 'no_such_module_here'"),
        ("bad_tasks:missing", "has no attribute 'missing'"),
        ("bad_tasks", "should be 'module:attribute'"),
        (":tasks", "should be 'module:attribute'"),
        ("bad_tasks:number", "should be a list of task functions, not a int"),
    ],
)
async def test_a_collection_that_is_none_is_refused(modules: Path, docket: Docket, path: str, reason: str) -> None:
    """The error names the path and what is wrong with it."""
    (modules / "bad_tasks.py").write_text("number = 5\n")
    with pytest.raises(NotACollection, match=reason) as caught:
        docket.register_collection(path)
    assert repr(path) in str(caught.value)


async def test_a_collection_of_something_else_is_refused(modules: Path, docket: Docket) -> None:
    """A function that is not async is refused by name, in a collection as well."""
    (modules / "sync_tasks.py").write_text("def blocking(): pass\ntasks = [blocking]\n")
    with pytest.raises(NotAsync, match=r"sync_tasks\.blocking is not async"):
        docket.register_collection("sync_tasks:tasks")


async def test_dockets_of_different_names_have_nothing_to_do_with_each_other(open_docket: OpenDocket) -> None:
    """On one server, work, keys, workers, cancelling and clearing belong to one docket."""
    one, two = await open_docket(), await open_docket()
    two.register(echo)
    first = await one.add(echo, when=later(milliseconds=300), key="same")("one")
    second = await two.add(echo, when=later(milliseconds=300), key="same")("two")
    assert second.disposition is Disposition.SCHEDULED
    async with working(two):
        assert await one.workers() == []
        assert await result_of(second) == "two"
        await first.sync()
        assert not first.state.is_terminal
        await two.cancel("same")
        await two.clear()
    assert await one.clear() == 1


NAMES = [
    "{orders}",
    "orders}:run:{",
    "a:b:c",
    "line\nbreak\r\n",
    "nul\x00byte",
    "surrogate \udcff",
    "%7Borders%7D",
    "ü☃🐙",
    " ",
    "*?[a-z]\\",
]


@pytest.mark.parametrize("name", NAMES, ids=ascii)
async def test_any_name_is_the_name_of_a_docket(open_docket: OpenDocket, name: str) -> None:
    """Whatever characters a docket's name holds, the docket works, and is no other one."""
    docket = await open_docket(name)
    bystander = await open_docket("orders")
    kept = await bystander.add("never", when=later(seconds=60), key="kept")()

    async with working(docket, name=name) as worker:
        assert await result_of(await docket.add(echo, when=later(milliseconds=10))("x")) == "x"
        assert worker.name in {known.name for known in await docket.workers()}
        assert await bystander.workers() == []
        await docket.clear()
    await kept.sync()
    assert kept.state is ExecutionState.SCHEDULED
    await bystander.clear()


def test_dockets_do_not_share_keys_whatever_they_are_called() -> None:
    """No two names lead to the same keys, nor is the prefix of one the beginning of another's."""
    names = [*NAMES, "orders", "", "orders:run", "{", "}", "%", "%25", "%7B"]
    prefixes = [Keys(name).prefix for name in names]
    assert len(set(prefixes)) == len(names)
    assert not [(one, other) for one in prefixes for other in prefixes if one != other and other.startswith(one)]


KEYS = [*NAMES, "ready", "later", "leases", "workers", "run:", "worker:x", "signals", "0", "x" * 10_000, "\x00", "key "]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: ascii(key)[:20])
async def test_any_string_is_a_key(open_docket: OpenDocket, key: str) -> None:
    """Whatever characters a key holds, it can be added, replaced, retried, cancelled, looked up and waited for."""
    docket = await open_docket()
    begun = asyncio.Event()

    async def tell(mine: str = TaskKey(), worker: Worker = CurrentWorker(), it: Execution = CurrentExecution()) -> str:
        assert it.key == mine
        return mine

    async def hold() -> None:
        begun.set()
        await asyncio.Event().wait()

    async with working(docket, name=key):
        assert await result_of(await docket.add(tell, key=key)()) == key
        await docket.add(tell, when=later(seconds=60), key=key)()
        assert (await docket.add(tell, key=key)()).disposition is Disposition.ALREADY_SCHEDULED
        assert [execution.key for execution in (await docket.snapshot()).future] == [key]
        replaced = await docket.replace(tell, later(milliseconds=20), key)()
        assert await result_of(replaced) == key
        assert await state_of(docket, key) is ExecutionState.COMPLETED
        held = await docket.add(hold, key=key)()
        await soon(begun.wait())
        await docket.cancel(key)
        await reaches(held, ExecutionState.CANCELLED)
        assert [worker.name for worker in await docket.workers()] == [key]


async def test_keys_that_look_alike_are_different(docket: Docket) -> None:
    """Keys that differ in a character that is not seen, or in the way it is composed, are different keys."""
    keys = ["key", "key ", "Key", "ke\u0301y", "k\u00e9y", "key\x00", "key\n", "\udcc3\udca9", "é"]
    handles = [await docket.add(echo, key=key)(key) for key in keys]
    assert {handle.disposition for handle in handles} == {Disposition.SCHEDULED}
    await finish(docket)
    assert [await result_of(handle) for handle in handles] == keys


async def test_a_docket_on_a_unix_socket_works(tmp_path: Path) -> None:
    """`unix://` names a server by its socket."""
    socket = tmp_path / "s.sock"
    with running_server(tmp_path, options=("--unixsocket", str(socket))):
        async with opening(f"unix://{socket}") as open_docket:
            await all_of_it(await open_docket())


async def test_a_docket_over_tls_works(tmp_path: Path) -> None:
    """`rediss://` is `redis://` over TLS."""
    binaries = [binary for binary in server_binaries().values() if supports_tls(binary)]
    certificate = make_certificate(tmp_path)
    if not binaries or certificate is None:
        pytest.skip("there is no server with TLS, or no openssl")
    with running_server(tmp_path, binaries[0], certificate=certificate) as server:
        async with opening(server.url) as open_docket:
            await all_of_it(await open_docket())


async def all_of_it(docket: Docket) -> None:
    """Schedule now and later, cancel what runs, and wait for results."""
    stage = Stage()
    async with working(docket, minimum_check_interval=timedelta(seconds=60)):
        assert await result_of(await docket.add(echo)("now")) == "now"
        assert await result_of(await docket.add(echo, when=later(milliseconds=50))("later")) == "later"
        held = await docket.add(stage.hold, key="held")()
        await soon(stage.entered.wait())
        await docket.cancel("held")
        await reaches(held, ExecutionState.CANCELLED)
