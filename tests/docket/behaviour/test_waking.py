"""Which of several workers wakes for which work, and when."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from docket import CurrentWorker, Docket, ExecutionState, Worker
from docket.storage import scripts
from docket.storage.connections._link import connect_to
from tests.docket.conftest import OpenDocket
from tests.docket.harness import (
    MINUTE,
    SOON_SECONDS,
    command,
    idle,
    later,
    result_of,
    state_of,
    until,
    working,
)
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(20)


async def nothing() -> None:
    pass


async def double(number: int) -> int:
    return 2 * number


class Busy:
    """Tasks that keep their worker busy until they are told to end."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.let_go = asyncio.Event()

    async def hold(self, worker: Worker = CurrentWorker()) -> str:
        self.begun.append(worker.name)
        await self.let_go.wait()
        return worker.name

    def all_begun(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.begun) >= count


async def who(worker: Worker = CurrentWorker()) -> str:
    return worker.name


PATIENT = {"minimum_check_interval": MINUTE, "scheduling_resolution": MINUTE}


async def test_earlier_work_than_an_idle_worker_waits_for_starts_on_time(docket: Docket) -> None:
    """A worker that waits for something late is told of something earlier."""
    async with working(docket, **PATIENT):
        await docket.add(nothing, when=later(seconds=50), key="late")()
        for _ in range(3):
            when = later(milliseconds=100)
            early = await docket.add(nothing, when=when)()
            await result_of(early)
            assert early.started_at is not None
            assert early.started_at - early.when < timedelta(seconds=1)
        await docket.cancel("late")


@pytest.mark.parametrize("busy_first", [True, False], ids=["busy one first", "idle one first"])
async def test_earlier_work_starts_on_time_beside_a_busy_worker(docket: Docket, busy_first: bool) -> None:
    """It does not matter which of the workers hears of the new time: one that is free runs the work in time."""
    busy = Busy()
    async with working(docket, name="one", concurrency=1, **PATIENT) as one:
        held = await docket.add(busy.hold)() if busy_first else None
        await until(busy.all_begun(int(busy_first)), "the first one is busy")
        async with working(docket, name="two", concurrency=1, **PATIENT):
            held = held or await docket.add(busy.hold)()
            await until(busy.all_begun(1), "one of both is busy")
            idle = {"one": "two", "two": "one"}[busy.begun[0]]
            await docket.add(nothing, when=later(seconds=50), key="late")()
            early = await docket.add(who, when=later(milliseconds=150))()
            assert await result_of(early) == idle
            assert early.started_at is not None
            assert early.started_at - early.when < timedelta(seconds=1)
            busy.let_go.set()
            assert await result_of(held) in (one.name, "two")
            await docket.cancel("late")


async def test_the_worker_that_watches_the_clock_may_become_busy(docket: Docket) -> None:
    """Of two idle workers, whichever watches the clock may be given work before the time has come."""
    busy = Busy()
    async with (
        working(docket, name="one", concurrency=1, **PATIENT),
        working(docket, name="two", concurrency=1, **PATIENT),
    ):
        early = await docket.add(who, when=later(milliseconds=300))()
        await docket.add(busy.hold)()
        await until(busy.all_begun(1), "one of both is busy")
        assert await result_of(early) == {"one": "two", "two": "one"}[busy.begun[0]]
        assert early.started_at is not None
        assert early.started_at - early.when < timedelta(seconds=1)
        busy.let_go.set()


@pytest.mark.parametrize("order", [("stays", "leaves"), ("leaves", "stays")], ids=" ".join)
async def test_the_worker_that_watches_the_clock_may_leave(docket: Docket, order: tuple[str, str]) -> None:
    """When the worker that has heard of the next due time leaves, another one watches the clock."""
    workers = {name: contextlib.AsyncExitStack() for name in order}
    async with workers["stays"], workers["leaves"]:
        for name in order:
            await workers[name].enter_async_context(working(docket, name=name, **PATIENT))
            await idle(docket)
        early = await docket.add(who, when=later(milliseconds=400))()
        await until(lambda: _is_told(docket), "one of both has been told of it")
        await idle(docket)
        await workers["leaves"].aclose()
        assert await result_of(early) == "stays"
        assert early.started_at is not None
        assert early.started_at - early.when < timedelta(seconds=1)


async def _is_told(docket: Docket) -> bool:
    return await command(docket, "XLEN", docket.storage._keys.ready) == 0


async def test_new_work_goes_to_the_idle_worker(docket: Docket) -> None:
    """A worker that is full takes nothing more while another one is idle."""
    busy = Busy()
    async with (
        working(docket, name="one", concurrency=1, **PATIENT),
        working(docket, name="two", concurrency=1, **PATIENT),
    ):
        await docket.add(busy.hold)()
        await until(busy.all_begun(1), "one of both is busy")
        idle = {"one": "two", "two": "one"}[busy.begun[0]]
        for _ in range(5):
            assert await result_of(await docket.add(who)()) == idle
        busy.let_go.set()


async def test_a_full_worker_passes_on_what_it_had_asked_for(docket: Docket) -> None:
    """Future work may fill a worker while it still waits for new work; what it is then given goes to the idle one."""
    busy = Busy()
    async with working(docket, name="one", concurrency=1, **PATIENT):
        # It waits for new work, and is filled by what has come due.
        await docket.add(busy.hold, when=later(milliseconds=50))()
        await until(busy.all_begun(1), "the first one is full")
        async with working(docket, name="two", concurrency=1, **PATIENT):
            for _ in range(3):
                started = time.monotonic()
                assert await result_of(await docket.add(who)()) == "two"
                assert time.monotonic() - started < SOON_SECONDS / 2
        waiting = await docket.add(who)()
        await until(lambda: _is(docket, waiting.key, ExecutionState.QUEUED), "nobody takes what nobody can run")
        busy.let_go.set()
        assert await result_of(waiting) == "one"


async def _is(docket: Docket, key: str, state: ExecutionState) -> bool:
    return await state_of(docket, key) is state


async def test_nothing_is_overlooked_when_due_and_new_work_meet(docket: Docket) -> None:
    """However new and due work fall together, none of it waits for the worker's next look in a minute."""
    async with working(docket, concurrency=50, **PATIENT):
        for round_number in range(45):
            due = later(milliseconds=10)
            future = [await docket.add(double, when=due)(number) for number in range(3)]

            async def add_around(delay: float) -> int:
                await asyncio.sleep(delay)  # to meet what comes due, a little before and a little after it
                return await result_of(await docket.add(double)(4))

            meeting: list[Awaitable[int]] = [add_around(0.004 + 0.0005 * ((round_number + n) % 14)) for n in range(6)]
            assert await asyncio.gather(*meeting) == [8] * 6
            assert [await result_of(execution) for execution in future] == [0, 2, 4]


async def test_an_idle_worker_is_quiet(own_server: ServerProcess, open_own: OpenDocket) -> None:
    """It sends at most four commands in an interval, which is two a second at the usual intervals of two seconds."""
    interval = timedelta(milliseconds=100)
    docket = await open_own(heartbeat_interval=interval)
    beats, most = 0, 10
    heard: list[bytes] = []
    async with working(docket, minimum_check_interval=interval, scheduling_resolution=interval):
        await idle(docket)
        link = await connect_to(own_server.url, SOON_SECONDS)
        await link.send("MONITOR")
        assert await link.receive() == b"OK"
        while beats < most:
            line: bytes = await link.receive()
            if b" lua]" not in line:
                heard.append(line)
                beats += scripts.load("beat").digest in line
        await link.close()
    assert len(heard) <= 4 * (most + 1), heard
