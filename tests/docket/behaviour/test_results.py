"""Whoever schedules work can wait for what comes of it."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import docket.execution as execution_module
from docket import Disposition, Docket, ExecutionState, Retry, Worker
from docket.errors import DocketError, PayloadError, ReplyTimeout, ResultTimeout, ResultUnavailable, TaskFailed
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, docket_is_quiet, later, reaches, result_of, soon, state_of, until, working
from tests.docket.lua.lossy import LossyWire

pytestmark = pytest.mark.timeout(20)


async def echo(value: Any = None) -> Any:
    return value


@pytest.mark.parametrize("verb", ["add", "replace"])
async def test_a_result_comes_although_the_answer_to_the_call_was_lost(docket: Docket, verb: str) -> None:
    """A call that is sent again, and finds that its execution has ended by then, gives a handle on what came of it."""
    executions = docket.storage.executions
    await docket.cancel((await docket.replace(echo, later(hours=1), "warm")(0)).key)
    await docket.cancel((await docket.add(echo, later(hours=1))(0)).key)

    async def meanwhile() -> None:
        await soon(Worker(docket).run_until_finished())

    executions._wire = LossyWire(executions._wire.call, meanwhile, executions._wire.read)  # type: ignore[assignment]
    call = docket.add(echo, key="key") if verb == "add" else docket.replace(echo, later(), "key")
    execution = await call("result")
    assert execution.generation == 1
    assert await result_of(execution) == "result"


class Refused(Exception):
    """An error of an application, with fields."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code


async def refuse() -> None:
    raise Refused(402, "unpaid")


@pytest.mark.parametrize(
    "value", [None, 0, "", "text", b"\x00\xff", [1, {"two": {3.0}}], ("ü", "\udc80"), datetime(2030, 1, 2, tzinfo=UTC)]
)
async def test_a_result_comes_back_as_it_was(docket: Docket, value: object) -> None:
    """The value that a task returns is the value that its caller gets, None included."""
    async with working(docket):
        execution = await docket.add(echo)(value)
        result = await result_of(execution)
    assert result == value
    assert type(result) is type(value)


async def test_a_large_result_comes_back_as_it_was(docket: Docket) -> None:
    """Some megabytes are no obstacle."""
    value = bytes(range(256)) * 16_384
    async with working(docket):
        assert await result_of(await docket.add(echo)(value)) == value


async def test_a_closure_is_a_result(docket: Docket) -> None:
    """What pickle alone cannot carry comes back too: functions made on the spot, and classes."""
    factor = 3

    class Scaled:
        def __init__(self, number: int) -> None:
            self.number = factor * number

    async with working(docket):
        assert (await result_of(await docket.add(echo)(lambda number: factor * number)))(4) == 12
        assert (await result_of(await docket.add(echo)(Scaled(4)))).number == 12


async def test_an_exception_is_raised_at_the_caller(docket: Docket) -> None:
    """What a task raises is raised by `result`, as it was; the handle tells it in a line."""
    async with working(docket):
        failed = await docket.add(refuse)()
        with pytest.raises(Refused) as caught:
            await result_of(failed)
    assert caught.value.args == (402, "unpaid")
    assert caught.value.code == 402
    assert failed.state is ExecutionState.FAILED
    assert failed.error == "Refused: (402, 'unpaid')"
    assert failed.completed_at is not None


async def test_the_errors_of_docket_are_raised_as_they_are(docket: Docket) -> None:
    """A task that itself raises what reading a result may raise is not mistaken for a result that cannot be read."""

    async def fail() -> None:
        raise PayloadError("of my own")

    async with working(docket):
        with pytest.raises(PayloadError, match="of my own"):
            await result_of(await docket.add(fail)())


async def test_a_timeout_of_the_task_is_not_that_of_the_waiting(docket: Docket) -> None:
    """A task that fails with TimeoutError has failed; nobody has run out of patience."""

    async def fail() -> None:
        raise TimeoutError("the other side is slow")

    async with working(docket):
        with pytest.raises(TimeoutError, match="the other side is slow") as caught:
            await result_of(await docket.add(fail)())
    assert not isinstance(caught.value, ResultTimeout)


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, asyncio.CancelledError])
async def test_a_caller_is_not_ended_by_what_ended_the_task(docket: Docket, kind: type[BaseException]) -> None:
    """What would end or cancel the caller, who has nothing to do with it, reaches him as TaskFailed."""

    async def leave() -> None:
        raise kind("enough")

    async with working(docket):
        with pytest.raises(TaskFailed, match=f"{kind.__name__}: enough"):
            await soon((await docket.add(leave)()).result())


async def test_waiting_begins_before_the_run(docket: Docket) -> None:
    """Whoever waits before there is even a worker gets the result when there is one."""
    execution = await docket.add(echo, when=later(milliseconds=50))("late")
    waiting = asyncio.create_task(result_of(execution))
    await until(lambda: execution.key.encode() in b" ".join(docket.storage.events._subscribed), "somebody listens")
    async with working(docket):
        assert await waiting == "late"


async def test_a_result_can_be_asked_for_again(docket: Docket) -> None:
    """A handle gives its result as often as it is asked, and so does one that was looked up later."""
    async with working(docket):
        execution = await docket.add(echo)("again")
        assert [await result_of(execution), await result_of(execution)] == ["again", "again"]
        found = await docket.get_execution(execution.key)
        assert found is not None
        assert found.disposition is Disposition.LOADED
        assert await result_of(found) == "again"


async def test_many_wait_for_one_result(docket: Docket, open_docket: OpenDocket) -> None:
    """All who wait get it, through the same handle, through others, and through another docket."""
    go_on = asyncio.Event()

    async def hold() -> str:
        await go_on.wait()
        return "done"

    other = await open_docket(docket.name)
    async with working(docket):
        execution = await docket.add(hold, key="held")()
        await reaches(execution, ExecutionState.RUNNING)
        handles = [execution, execution, await docket.get_execution("held"), await other.get_execution("held")]
        waiting = [asyncio.create_task(result_of(handle)) for handle in handles if handle is not None]
        assert len(waiting) == 4
        await until(lambda: docket.storage.events._subscribed and other.storage.events._subscribed, "they listen")
        go_on.set()
        assert await asyncio.gather(*waiting) == ["done"] * 4


async def test_waiting_has_a_limit(docket: Docket) -> None:
    """After `timeout`, or at the `deadline`, waiting ends with ResultTimeout, and the execution goes on."""
    execution = await docket.add(echo)("patience")
    with pytest.raises(ResultTimeout, match=r"has not ended within 0:00:00\.05.*queued"):
        await execution.get_result(timeout=timedelta(milliseconds=50))
    with pytest.raises(TimeoutError):
        await execution.get_result(deadline=later(milliseconds=50))
    started = time.monotonic()
    with pytest.raises(ResultTimeout):
        await execution.get_result(timeout=timedelta(seconds=30), deadline=datetime.now(UTC) - timedelta(seconds=1))
    assert time.monotonic() - started < 5
    async with working(docket):
        assert await result_of(execution) == "patience"


async def test_a_deadline_without_a_zone_is_refused(docket: Docket) -> None:
    """A naive deadline raises ValueError, which says what to write instead, as a naive `when` does."""
    execution = await docket.add(echo)("patience")
    with pytest.raises(ValueError, match=r"has no time zone.*try datetime\.now"):
        await soon(execution.get_result(deadline=datetime(2030, 1, 1)))  # noqa: DTZ001
    await docket.clear()


async def test_a_server_that_does_not_answer_is_not_told_as_impatience(
    docket: Docket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ResultTimeout says that the time to wait is over; a server that stalls long before is another matter."""
    execution = await docket.add(echo)("patience")

    async def stall(key: str) -> None:
        raise ReplyTimeout("the server has not answered")

    with monkeypatch.context() as patched:
        patched.setattr(docket.storage.executions, "load", stall)
        patched.setattr(execution_module, "_OUTAGE_SECONDS", 0.0)
        with pytest.raises(ReplyTimeout, match="the server has not answered") as caught:
            await soon(execution.get_result(timeout=timedelta(seconds=60)))
    assert not isinstance(caught.value, ResultTimeout)
    await docket.clear()


async def test_waiting_again_after_giving_up_is_heard(docket: Docket) -> None:
    """Whoever gives up at once, and waits again later, hears of the end like everybody else."""
    gate = asyncio.Event()

    async def hold() -> str:
        await gate.wait()
        return "heard"

    async with working(docket):
        execution = await docket.add(hold)()
        await reaches(execution, ExecutionState.RUNNING)
        with pytest.raises(ResultTimeout):
            await execution.get_result(timeout=timedelta(milliseconds=50))  # now there is a connection for events
        for _ in range(5):
            with pytest.raises(ResultTimeout):
                await execution.get_result(timeout=timedelta(0))
            waiting = asyncio.create_task(result_of(execution))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
        await docket_is_quiet(docket)
        waiting = asyncio.create_task(result_of(execution))
        await docket_is_quiet(docket)
        gate.set()
        assert await waiting == "heard"


async def test_waiting_survives_the_loss_of_the_connection(docket: Docket) -> None:
    """When the connection for events is cut, it is made anew, and what happened meanwhile is not missed."""
    gate = asyncio.Event()

    async def hold() -> str:
        await gate.wait()
        return "survived"

    async with working(docket):
        execution = await docket.add(hold)()
        waiting = asyncio.create_task(result_of(execution))
        channel = docket.storage._keys.event(execution.key)
        await until(lambda: channel in docket.storage.events._subscribed, "somebody listens")
        await command(docket, "CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: not docket.storage.events._subscribed, "the connection is lost")
        gate.set()
        assert await waiting == "survived"


async def test_a_result_is_gone_after_its_time(open_docket: OpenDocket) -> None:
    """What is known of an ended execution is kept for `execution_ttl`, and no longer."""
    docket = await open_docket(execution_ttl=timedelta(milliseconds=200))
    async with working(docket):
        execution = await docket.add(echo, key="passing")("by")
        assert await result_of(execution) == "by"
        await until(lambda: _unknown(docket, "passing"), "nothing is known of it")
        with pytest.raises(ResultUnavailable, match="nothing is known of 'passing' any more"):
            await execution.sync()
        again = await docket.add(echo, key="passing")("again")
        assert again.disposition is Disposition.SCHEDULED
        assert await result_of(again) == "again"


async def _unknown(docket: Docket, key: str) -> bool:
    return await state_of(docket, key) is None


async def test_nothing_is_kept_without_a_time_to_live(open_docket: OpenDocket) -> None:
    """With an `execution_ttl` of zero, an ended execution leaves nothing, and whoever waits for it is told."""
    docket = await open_docket(execution_ttl=timedelta(0))
    gate = asyncio.Event()

    async def hold() -> None:
        await gate.wait()

    async with working(docket):
        execution = await docket.add(hold, key="passing")()
        waiting = asyncio.create_task(result_of(execution))
        channel = docket.storage._keys.event(execution.key)
        await until(lambda: channel in docket.storage.events._subscribed, "somebody listens")
        gate.set()
        with pytest.raises(ResultUnavailable):
            await waiting
        assert await docket.get_execution("passing") is None
        assert (await docket.add(echo, key="passing")()).disposition is Disposition.SCHEDULED
        await until(lambda: _unknown(docket, "passing"), "the second one has ended too")


async def test_a_result_is_not_that_of_a_later_scheduling(docket: Docket) -> None:
    """A handle whose key has been scheduled anew says so rather than giving another call's result."""
    async with working(docket):
        first = await docket.add(echo, key="reused")("first")
        await until(lambda: _ended(docket, "reused"), "the first one has ended")
        second = await docket.add(echo, key="reused")("second")
        assert await result_of(second) == "second"
        with pytest.raises(ResultUnavailable, match="scheduled anew"):
            await result_of(first)


async def _ended(docket: Docket, key: str) -> bool:
    state = await state_of(docket, key)
    return state is not None and state.is_terminal


async def test_waiting_lasts_through_retries(docket: Docket) -> None:
    """A failed attempt is not the end; the result is that of the last attempt."""

    async def succeed_at_last(retry: Retry = Retry(attempts=3)) -> int:
        if retry.attempt < 3:
            raise RuntimeError("not yet")
        return retry.attempt

    async with working(docket):
        execution = await docket.add(succeed_at_last)()
        assert await result_of(execution) == 3


async def test_all_errors_are_those_of_docket_and_of_python() -> None:
    """Who does not know docket's errors catches the built-in ones that fit."""
    assert issubclass(ResultTimeout, TimeoutError)
    assert issubclass(ResultUnavailable, LookupError)
    assert issubclass(PayloadError, ValueError)
    assert all(issubclass(kind, DocketError) for kind in (ResultTimeout, ResultUnavailable, PayloadError, TaskFailed))
