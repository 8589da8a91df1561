"""Redis' clock counts: that of a caller or a worker may be an hour off either way, and nothing changes."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from docket import Docket, ExecutionState
from docket.model.record import from_ms, to_ms
from tests.docket.acceptance import skewed_life
from tests.docket.acceptance.skewed_life import LEASE, WAIT
from tests.docket.conftest import OpenDocket
from tests.docket.harness import until, working
from tests.repository import ROOT
from tests.servers import ServerProcess

HOUR_SECONDS = 3600

pytestmark = pytest.mark.parametrize("skew", [-HOUR_SECONDS, HOUR_SECONDS])

type Skewed = Callable[[str, int], AbstractAsyncContextManager[asyncio.subprocess.Process]]


@pytest.fixture
async def docket(open_own: OpenDocket) -> Docket:
    """An open docket that knows the tasks; its process has the server's clock."""
    docket = await open_own(f"clocks-{uuid4().hex}")
    skewed_life.register(docket)
    return docket


@pytest.fixture
def skewed(docket: Docket, own_server: ServerProcess) -> Skewed:
    """Have a process of a wrong clock play a role on the docket."""

    @asynccontextmanager
    async def playing(role: str, skew: int) -> AsyncIterator[asyncio.subprocess.Process]:
        command = [sys.executable, "-W", "error", "-m", "tests.docket.acceptance.fire.skewed", str(skew)]
        command += ["tests.docket.acceptance.skewed_life", role, docket.name, own_server.url]
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return playing


async def test_a_callers_clock_does_not_matter(docket: Docket, skewed: Skewed, skew: int) -> None:
    """What it adds for now is due now; only a time that it names itself, by its own clock, is as wrong as that."""
    before = await docket.storage.now_ms()
    async with working(docket), skewed("caller", skew) as process:
        output, _ = await process.communicate()
    after = await docket.storage.now_ms()
    assert process.returncode == 0
    seen = json.loads(output)
    assert not before <= seen["own_clock_ms"] <= after
    assert seen["result"] == "done"
    assert before <= seen["due_ms"] <= after
    assert before <= seen["taken_ms"] <= after
    assert seen["workers"] == 1
    assert seen["later_ms"] == seen["asked_ms"]
    assert seen["asked_ms"] - after < (skew + 60) * 1000 <= seen["asked_ms"] - before


async def test_a_workers_clock_does_not_matter(docket: Docket, skewed: Skewed, skew: int) -> None:
    """It begins and retries when that is due, keeps what it runs, and takes nothing from a worker that is alive."""
    async with skewed("worker", skew):

        async def is_there() -> bool:
            return bool(await docket.workers())

        await until(is_there, "the worker is there", WAIT.total_seconds())
        now = await docket.add("brief")()
        await now.get_result(timeout=WAIT)
        due_ms = await docket.storage.now_ms() + 500
        later = await docket.add("brief", when=from_ms(due_ms))()
        kept = await docket.add("longer_than_its_lease")()
        after = await docket.add("again_after")()
        first, second, third = await after.get_result(timeout=WAIT)
        assert 300 <= second - first < HOUR_SECONDS * 500
        assert 300 <= third - second < HOUR_SECONDS * 500
        named_ms = await docket.storage.now_ms() + 500
        at = await docket.add("again_at")(from_ms(named_ms))
        _, second = await at.get_result(timeout=WAIT)
        assert named_ms <= second < named_ms + WAIT.total_seconds() * 1000
        await later.get_result(timeout=WAIT)
        assert later.started_at is not None
        assert due_ms <= to_ms(later.started_at) < due_ms + WAIT.total_seconds() * 1000
        assert await kept.get_result(timeout=WAIT) is False
        (seen,) = await docket.workers()
        assert abs(to_ms(seen.last_seen) - await docket.storage.now_ms()) < WAIT.total_seconds() * 1000
        for execution in (now, later, kept, after, at):
            await execution.sync()
            assert execution.state is ExecutionState.COMPLETED


async def test_workers_of_different_clocks_share_the_work(docket: Docket, skewed: Skewed, skew: int) -> None:
    """None takes the other one's lease for over, or the other one for dead."""
    async with skewed("worker", skew), working(docket, name="true", redelivery_timeout=LEASE, concurrency=5):

        async def both_are_there() -> bool:
            return len(await docket.workers()) == 2

        await until(both_are_there, "both workers are there", WAIT.total_seconds())
        handles = await asyncio.gather(*[docket.add("longer_than_its_lease")() for _ in range(15)])
        redelivered = await asyncio.gather(*[handle.get_result(timeout=WAIT) for handle in handles])
        assert not any(redelivered)
        assert {handle.worker for handle in handles} == {"skewed", "true"}
        assert len(await docket.workers()) == 2
