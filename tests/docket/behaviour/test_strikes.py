"""What is struck is neither added nor run, by anybody, until it is restored."""

import asyncio
import logging
from datetime import timedelta

import pytest

from docket import CurrentDocket, Depends, Disposition, Docket, Execution, ExecutionState, Retry
from docket.errors import ConnectionLost, ExecutionCancelled, InvalidStrike, NotAsync
from tests.docket.conftest import OpenDocket
from tests.docket.harness import Stage, command, finish, later, result_of, soon, state_of, working
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(30)

HASTY = {"reconnection_delay": timedelta(milliseconds=20)}


async def greet(name: str, greeting: str = "Hello") -> str:
    return f"{greeting}, {name}"


async def part(name: str) -> str:
    return f"Goodbye, {name}"


async def struck(execution: Execution) -> bool:
    """Whether a call was not added, and its handle says so."""
    if execution.disposition is not Disposition.STRUCK:
        return False
    with pytest.raises(ExecutionCancelled, match="struck: "):
        await execution.result()
    return execution.state is ExecutionState.CANCELLED


async def other(docket: Docket, open_docket: OpenDocket) -> Docket:
    """The same docket in another process, as it were."""
    return await open_docket(docket.name, docket.url)


# Adding --------------------------------------------------------------------------------------------------------------


async def test_a_struck_task_is_not_added(docket: Docket) -> None:
    """The handle says so, its result is that, and nothing is written; another task is not struck."""
    assert await docket.strike(greet)
    execution = await docket.add(greet, key="key")("Jane")
    assert await struck(execution)
    assert execution.error == "struck: greet"
    await execution.sync()
    assert execution.state is ExecutionState.CANCELLED
    assert await docket.get_execution("key") is None
    assert await struck(await docket.add("greet")("Jane"))
    assert await struck(await docket.add(greet, when=later(hours=1))("Jane"))
    assert (await docket.add(part)("Jane")).disposition is Disposition.SCHEDULED
    assert (await docket.snapshot()).total_tasks == 1
    await docket.clear()


async def test_a_restored_task_is_added(docket: Docket) -> None:
    """After it is restored new work goes through."""
    await docket.strike(greet)
    assert await docket.restore("greet")
    execution = await docket.add(greet)("Jane")
    await finish(docket)
    assert await result_of(execution) == "Hello, Jane"


async def test_one_value_of_a_parameter_is_struck(docket: Docket) -> None:
    """By position, by name or by default, an argument is the same; of another task it is not struck."""
    await docket.strike(greet, "name", "==", "Jane")
    assert await struck(await docket.add(greet)("Jane"))
    assert await struck(await docket.add(greet)(name="Jane"))
    assert not await struck(await docket.add(greet)("Joe"))
    assert not await struck(await docket.add(part)("Jane"))
    await docket.restore(greet, "name", "==", "Jane")
    await docket.strike(greet, "greeting", "==", "Hello")
    assert await struck(await docket.add(greet)("Jane"))
    assert not await struck(await docket.add(greet)("Jane", greeting="Howdy"))
    await docket.clear()


async def test_a_value_is_struck_for_every_task(docket: Docket) -> None:
    """Without a task, whatever has a parameter of that name is meant."""
    await docket.strike(parameter="name", operator="!=", value="Jane")
    assert await struck(await docket.add(greet)("Joe"))
    assert await struck(await docket.add(part)("Joe"))
    assert not await struck(await docket.add(part)("Jane"))
    await docket.clear()


async def test_a_task_is_struck_by_the_name_it_is_known_by(docket: Docket) -> None:
    """A function that was registered under another name is struck under that."""
    docket.register(greet, names=["welcome"])
    await docket.strike(greet)
    assert [str(strike) for strike in await docket.strikes()] == ["welcome"]
    assert await struck(await docket.add(greet)("Jane"))


async def test_to_strike_a_task_does_not_register_it(docket: Docket) -> None:
    """Who strikes need not be able to run."""
    await docket.strike(part)
    assert "part" not in docket.tasks


async def test_a_struck_replacement_leaves_what_is_pending(docket: Docket) -> None:
    """Nothing changes under the key: the old call runs at its time."""
    first = await docket.add(greet, when=later(milliseconds=50), key="key")("Jane")
    await docket.strike(greet, "name", "==", "Joe")
    assert await struck(await docket.replace(greet, later(hours=1), "key")("Joe"))
    await finish(docket)
    assert await result_of(first) == "Hello, Jane"


async def test_a_dependency_is_no_argument(docket: Docket) -> None:
    """What is made for a run is not known when it is added; what the caller passes in its place is."""

    async def colour() -> str:
        return "red"

    async def paint(colour: str = Depends(colour)) -> str:
        return colour

    await docket.strike(parameter="colour", operator="!=", value="blue")
    execution = await docket.add(paint)()
    assert await struck(await docket.add(paint)(colour="red"))
    await finish(docket)
    assert await result_of(execution) == "red"


# Everybody -----------------------------------------------------------------------------------------------------------


async def test_no_other_caller_adds_what_is_struck(docket: Docket, open_docket: OpenDocket) -> None:
    """As soon as `strike` has returned, whoever had the docket open before, or opens it after, is held to it."""
    early = await other(docket, open_docket)
    await early.add(part)("Jane")
    await docket.strike(greet)
    late = await other(docket, open_docket)
    assert await struck(await early.add(greet)("Jane"))
    assert await struck(await late.add(greet)("Jane"))
    assert await struck(await late.replace(greet, later(), "key")("Jane"))
    await late.restore(greet)
    for each in (early, docket, late):
        assert (await each.add(greet)("Jane")).disposition is Disposition.SCHEDULED
    assert await docket.clear() == 4


async def test_no_other_worker_runs_what_is_struck(docket: Docket, open_docket: OpenDocket) -> None:
    """A worker that is idle, or busy with something else, begins with nothing that was struck before its claim."""
    ran: list[str] = []

    async def note(name: str) -> None:
        ran.append(name)

    early = await other(docket, open_docket)
    for each in (docket, early):
        each.register(note)
    async with working(early, concurrency=1):
        for number in range(10):
            added = await docket.add(note, when=later(milliseconds=100))(f"struck {number}")
            await docket.strike(note, "name", "==", f"struck {number}")
            with pytest.raises(ExecutionCancelled):
                await result_of(added)
        await result_of(await docket.add(note)("free"))
    assert ran == ["free"]


async def test_queued_and_scheduled_work_waits_for_its_time(docket: Docket, open_docket: OpenDocket) -> None:
    """A strike alone changes nothing of it: what is restored in time runs, and the rest ends as cancelled, with why."""
    queued = await docket.add(greet, key="queued")("Jane")
    scheduled = await docket.add(greet, when=later(milliseconds=50), key="scheduled")("Jane")
    spared = await docket.add(part, when=later(milliseconds=50))("Jane")
    await docket.strike(greet)
    await docket.strike(part)
    assert (await state_of(docket, "queued"), await state_of(docket, "scheduled")) == ("queued", "scheduled")
    assert (await docket.snapshot()).total_tasks == 3
    await docket.restore(part)
    late = await other(docket, open_docket)
    for function in (greet, part):
        late.register(function)
    await finish(late)
    assert await result_of(spared) == "Goodbye, Jane"
    for execution in (queued, scheduled):
        with pytest.raises(ExecutionCancelled, match=r"was cancelled: struck: greet$"):
            await result_of(execution)
        assert (execution.state, execution.attempt) == (ExecutionState.CANCELLED, 1)
    await docket.restore(greet)
    assert (await docket.add(greet, key="queued")("Jane")).disposition is Disposition.SCHEDULED
    await docket.clear()


async def test_a_worker_says_what_it_does_not_run(docket: Docket, caplog: pytest.LogCaptureFixture) -> None:
    """Its log names the call and the strike, without any values."""
    caplog.set_level(logging.WARNING, "docket.worker")
    await docket.add(greet, key="key")("Jane")
    await docket.strike(greet, "name", "==", "Jane")
    await finish(docket)
    assert "greet(...){key} cancelled, for it is struck: greet(name == ...)" in caplog.text
    assert "Jane" not in caplog.text


async def test_a_task_that_no_worker_knows_is_struck_all_the_same(docket: Docket) -> None:
    """What nobody can run ends when its name is struck, or one of the names in its call."""
    one = await docket.add("missing")("Jane")
    two = await docket.add("absent")(name="Jane")
    await docket.strike("missing")
    await docket.strike(parameter="name", value="Jane")
    await finish(docket)
    for execution in (one, two):
        with pytest.raises(ExecutionCancelled, match="struck: "):
            await result_of(execution)


async def test_many_struck_executions_do_not_fill_the_slots(docket: Docket) -> None:
    """They pass through, and what is not struck runs among them."""
    executions = [await docket.add(greet)("Jane" if number % 10 else "Joe") for number in range(200)]
    await docket.strike(greet, "name", "==", "Jane")
    await finish(docket, concurrency=2)
    for execution in executions:
        await execution.sync()
    states = [execution.state for execution in executions]
    assert (states.count(ExecutionState.COMPLETED), states.count(ExecutionState.CANCELLED)) == (20, 180)


# Running, retries and successors -------------------------------------------------------------------------------------


async def test_what_is_running_goes_on(docket: Docket, stage: Stage) -> None:
    """A strike stops nothing that has begun: that is what `cancel` is for."""
    async with working(docket):
        execution = await docket.add(stage.hold)()
        await soon(stage.entered.wait())
        assert await docket.strike("hold")
        stage.let_go.set()
        assert await result_of(execution)


async def test_the_next_attempt_of_a_struck_task_is_not_run(docket: Docket) -> None:
    """A retry is scheduled as ever, and ends as cancelled when its time comes, unless it was restored."""
    attempts: list[int] = []

    async def fail(
        spared: bool, docket: Docket = CurrentDocket(), retry: Retry = Retry(2, timedelta(milliseconds=50))
    ) -> None:
        attempts.append(retry.attempt)
        await docket.strike("fail", "spared", "==", spared)
        if spared:
            await docket.restore("fail", "spared", "==", spared)
        raise RuntimeError("once more")

    execution = await docket.add(fail)(spared=False)
    await finish(docket)
    with pytest.raises(ExecutionCancelled, match="struck: "):
        await result_of(execution)
    assert attempts == [1]
    await docket.add(fail)(spared=True)
    await finish(docket)
    assert attempts == [1, 1, 2]


async def test_a_struck_task_has_no_successor(docket: Docket) -> None:
    """One that adds its own key is told that it is struck, and does not follow itself."""
    handles: list[Execution] = []

    async def perpetual(docket: Docket = CurrentDocket()) -> str:
        await docket.strike("perpetual")
        handles.append(await docket.add("perpetual", key="chain")())
        return "ended"

    execution = await docket.add(perpetual, key="chain")()
    await finish(docket)
    assert await result_of(execution) == "ended"
    assert [handle.disposition for handle in handles] == [Disposition.STRUCK]


async def test_a_successor_of_a_task_that_was_struck_later_is_not_run(docket: Docket) -> None:
    """It is filed when the running copy has ended, and ends as cancelled when a worker comes to it."""

    async def perpetual(docket: Docket = CurrentDocket()) -> None:
        await docket.add("perpetual", key="chain")()
        await docket.strike("perpetual")

    await docket.add(perpetual, key="chain")()
    await finish(docket)
    last = await docket.get_execution("chain")
    assert last is not None
    assert (last.state, last.error, last.generation) == (ExecutionState.CANCELLED, "struck: perpetual", 2)


# Trouble -------------------------------------------------------------------------------------------------------------


async def test_strikes_outlive_the_server_and_hold_after_an_outage(
    open_own: OpenDocket, own_server: ServerProcess
) -> None:
    """Callers and workers that lived through it know what was struck, and what has been struck since."""
    docket = await open_own()
    early = await open_own(docket.name)
    early.register(greet)
    await docket.strike(greet, "name", "==", "Jane")
    async with working(early, **HASTY):
        queued = await docket.add(greet, when=later(hours=1), key="queued")("Joe")
        await asyncio.to_thread(own_server.stop)
        with pytest.raises(ConnectionLost):
            await docket.add(greet)("Jack")
        with pytest.raises(ConnectionLost):
            await docket.strike(greet)
        await asyncio.to_thread(own_server.start)
        assert await struck(await early.add(greet)("Jane"))
        late = await open_own(docket.name)
        await late.strike(greet, "greeting", "==", "Hello")
        await command(docket, "ZADD", docket.storage._keys.later, 0, "queued")  # it is due by now
        with pytest.raises(ExecutionCancelled):
            await result_of(queued)
        assert await struck(await docket.add(greet)("Joe"))
        assert await result_of(await docket.add(greet)("Joe", "Howdy")) == "Howdy, Joe"


async def test_a_flushed_server_has_no_strikes(open_own: OpenDocket) -> None:
    """What the server does not know any more holds nobody up."""
    docket = await open_own()
    await docket.strike(greet)
    assert await struck(await docket.add(greet)("Jane"))
    await command(docket, "FLUSHALL")
    assert (await docket.add(greet)("Jane")).disposition is Disposition.SCHEDULED
    await docket.clear()


async def test_arguments_that_cannot_be_compared_run(docket: Docket) -> None:
    """A strike of numbers does not touch text, and one of a worker's own classes does not end it."""

    class Vicious:
        def __eq__(self, other: object) -> bool:
            raise SystemExit("compared")

        __hash__ = None  # type: ignore[assignment]

    async def take(value: object) -> str:
        return "taken"

    await docket.strike(take, "value", ">", 3)
    await docket.strike(take, "value", "==", 3)
    executions = [await docket.add(take)(value) for value in ("text", None, Vicious())]
    async with working(docket):
        assert [await result_of(execution) for execution in executions] == ["taken"] * 3


async def test_arguments_that_cannot_be_read_die_as_ever(docket: Docket) -> None:
    """Only a strike of the whole task counts for a call whose arguments nobody can look at."""
    docket.register(greet)
    await docket.strike(greet, "name", "!=", "Jane")
    executions = docket.storage.executions
    assert await executions.schedule("unreadable", "greet", b"nonsense", None, None)
    await finish(docket)
    assert await state_of(docket, "unreadable") is ExecutionState.DEAD


async def test_bad_strikes_are_refused(docket: Docket) -> None:
    """Nothing is struck by what makes no sense, nor restored."""

    def plain() -> None: ...

    for call in (docket.strike, docket.restore):
        with pytest.raises(InvalidStrike):
            await call()
        with pytest.raises(InvalidStrike):
            await call(greet, "name", "like", "J")  # type: ignore[arg-type]
        with pytest.raises(NotAsync):
            await call(plain)  # type: ignore[arg-type]
    assert await docket.strikes() == []
