"""A key's work can be replaced as long as it is pending, and succeeded while it runs."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from docket import CurrentDocket, CurrentExecution, Disposition, Docket, Execution, ExecutionState, Retry, TaskKey
from docket.errors import ResultUnavailable
from tests.docket.harness import finish, later, now, reaches, result_of, soon, state_of, until, working

pytestmark = pytest.mark.timeout(20)


async def echo(value: str = "done") -> str:
    return value


async def shout(value: str) -> str:
    return value.upper()


class Exclusive:
    """Tells how many copies of a task ran, and how many at once."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()

    async def hold(self) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        self.entered.set()
        try:
            await self.let_go.wait()
        finally:
            self.running -= 1
        return "held"


@pytest.fixture
def exclusive() -> Exclusive:
    return Exclusive()


async def test_scheduled_work_is_replaced(docket: Docket) -> None:
    """Function, arguments and time of future work are swapped in one step, and only the new call runs."""
    first = await docket.add(echo, when=later(seconds=60), key="key")("old")
    second = await docket.replace(shout, later(milliseconds=50), "key")("new")
    assert second.disposition is Disposition.SCHEDULED
    assert second.state is ExecutionState.SCHEDULED
    found = await docket.get_execution("key")
    assert found is not None
    assert (found.function_name, found.args) == ("shout", ("new",))
    await finish(docket)
    assert await result_of(second) == "NEW"
    with pytest.raises(ResultUnavailable, match="scheduled anew"):
        await first.sync()


async def test_work_is_put_off_and_brought_forward(docket: Docket) -> None:
    """Replacing moves work in time in both directions."""
    order: list[str] = []

    async def note(name: str) -> None:
        order.append(name)

    base = later(milliseconds=150)
    await docket.add(note, when=base, key="early")("early")
    await docket.add(note, when=base + timedelta(milliseconds=50), key="middle")("middle")
    await docket.add(note, when=base + timedelta(seconds=60), key="late")("late")
    await docket.replace(note, base + timedelta(milliseconds=100), "early")("early, put off")
    await docket.replace(note, now(), "late")("late, brought forward")
    await finish(docket)
    assert order == ["late, brought forward", "middle", "early, put off"]


async def test_queued_work_is_replaced(docket: Docket) -> None:
    """What waits for a worker is swapped too, for now or for later, and the old call does not run."""
    calls: list[str] = []

    async def note(name: str) -> None:
        calls.append(name)

    await docket.add(note, key="now")("old")
    await docket.add(note, key="later")("old")
    await docket.replace(note, now(), "now")("new now")
    await docket.replace(note, later(milliseconds=100), "later")("new later")
    assert await state_of(docket, "later") is ExecutionState.SCHEDULED
    await finish(docket)
    assert calls == ["new now", "new later"]


async def test_replacing_nothing_is_adding(docket: Docket) -> None:
    """A key that is unknown or has ended is scheduled as by `add`."""
    async with working(docket):
        assert await result_of(await docket.replace(echo, now(), "key")("first")) == "first"
        assert await result_of(await docket.replace(echo, now(), "key")("second")) == "second"


async def test_a_task_is_replaced_by_name(docket: Docket) -> None:
    """The name of a task does, as in `add`."""
    docket.register(echo)
    await docket.add("missing", key="key")()
    execution = await docket.replace("echo", now(), "key")(value="by name")
    await finish(docket)
    assert await result_of(execution) == "by name"


async def test_running_work_gets_a_successor(docket: Docket, exclusive: Exclusive) -> None:
    """Replacing what runs has the new call run after it, never beside it, and each handle its own outcome."""
    async with working(docket):
        first = await docket.add(exclusive.hold, key="key")()
        await soon(exclusive.entered.wait())
        exclusive.entered.clear()
        second = await docket.replace(exclusive.hold, now(), "key")()
        assert second.disposition is Disposition.SCHEDULED
        assert second.generation == first.generation + 1
        assert await state_of(docket, "key") is ExecutionState.RUNNING
        # Other work is done meanwhile, the successor is not.
        assert await result_of(await docket.add(echo)()) == "done"
        assert exclusive.running == 1
        exclusive.let_go.set()
        assert await result_of(second) == "held"
    assert exclusive.most == 1


async def test_a_successor_waits_for_its_time(docket: Docket, exclusive: Exclusive) -> None:
    """A successor in the future is scheduled when the running copy has ended, and starts when it is due."""
    async with working(docket):
        await docket.add(exclusive.hold, key="key")()
        await soon(exclusive.entered.wait())
        when = later(milliseconds=300)
        successor = await docket.replace(echo, when, "key")("after")
        exclusive.let_go.set()
        await until(lambda: _is(docket, "key", ExecutionState.SCHEDULED), "the successor is scheduled")
        assert await result_of(successor) == "after"
        assert successor.started_at is not None
        assert successor.started_at >= successor.when


async def _is(docket: Docket, key: str, state: ExecutionState) -> bool:
    return await state_of(docket, key) is state


async def test_the_last_successor_counts(docket: Docket, exclusive: Exclusive) -> None:
    """Of several replacements of what runs, the last one is its successor."""
    calls: list[str] = []

    async def note(name: str) -> str:
        calls.append(name)
        return name

    async with working(docket):
        await docket.add(exclusive.hold, key="key")()
        await soon(exclusive.entered.wait())
        for name in ("first", "second", "third"):
            last = await docket.replace(note, now(), "key")(name)
        exclusive.let_go.set()
        assert await result_of(last) == "third"
    assert calls == ["third"]


async def test_a_successor_that_was_replaced_does_not_pass_for_the_one_that_came_instead(
    docket: Docket, exclusive: Exclusive
) -> None:
    """Who has recorded a successor, and was overruled, is told so rather than given the other call's result."""
    async with working(docket):
        await docket.add(exclusive.hold, key="key")()
        await soon(exclusive.entered.wait())
        overruled = await docket.replace(echo, now(), "key")("first")
        last = await docket.replace(echo, now(), "key")("second")
        waiting = asyncio.create_task(result_of(overruled))
        exclusive.let_go.set()
        assert await result_of(last) == "second"
        with pytest.raises(ResultUnavailable):
            await waiting
        with pytest.raises(ResultUnavailable):
            await result_of(overruled)


async def test_a_successor_takes_the_place_of_a_retry(docket: Docket, exclusive: Exclusive) -> None:
    """When what runs fails and would be retried, its successor runs instead."""
    runs = 0

    async def fail(retry: Retry = Retry.forever()) -> None:
        nonlocal runs
        runs += 1
        await exclusive.hold()
        raise RuntimeError("no good")

    async with working(docket):
        await docket.add(fail, key="key")()
        await soon(exclusive.entered.wait())
        successor = await docket.replace(echo, now(), "key")("instead")
        exclusive.let_go.set()
        assert await result_of(successor) == "instead"
        assert successor.attempt == 1
    assert runs == 1


async def test_a_retry_that_waits_is_replaced(docket: Docket) -> None:
    """Between two attempts an execution is pending, and replaced like any other."""

    async def fail(retry: Retry = Retry.forever(timedelta(seconds=30))) -> None:
        raise RuntimeError("no good")

    async with working(docket):
        failing = await docket.add(fail, key="key")()
        await reaches(failing, ExecutionState.SCHEDULED)
        replaced = await docket.replace(echo, now(), "key")("instead")
        assert await result_of(replaced) == "instead"
        assert replaced.attempt == 1
        assert replaced.error is None


async def test_a_task_perpetuates_itself(docket: Docket) -> None:
    """A running task that adds its own key schedules its successor: a chain without two copies at once."""
    seen: list[tuple[int, int]] = []
    running = 0

    async def chain(
        number: int, key: str = TaskKey(), docket: Docket = CurrentDocket(), mine: Execution = CurrentExecution()
    ) -> None:
        nonlocal running
        running += 1
        assert running == 1
        seen.append((number, mine.generation))
        if number < 10:
            following = await docket.add(chain, key=key)(number + 1)
            assert following.disposition is Disposition.SCHEDULED
            assert following.generation == mine.generation + 1
            await asyncio.sleep(0)  # long enough for another copy to begin, if it could
        running -= 1

    await docket.add(chain, key="chain")(1)
    quick = {"minimum_check_interval": timedelta(milliseconds=50)}
    await asyncio.gather(finish(docket, **quick), finish(docket, **quick))
    assert seen == [(number, number) for number in range(1, 11)]


async def test_a_task_perpetuates_itself_in_the_future(docket: Docket) -> None:
    """The successor that a running task schedules has a time of its own."""
    starts = []

    async def chain(key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        starts.append(asyncio.get_running_loop().time())
        if len(starts) < 3:
            await docket.add(chain, when=later(milliseconds=100), key=key)()

    await docket.add(chain, key="chain")()
    await finish(docket)
    assert len(starts) == 3
    assert all(after - before > 0.095 for before, after in pairwise(starts))


async def test_a_failing_task_perpetuates_itself(docket: Docket) -> None:
    """A successor that was scheduled before the task failed runs all the same."""
    runs = []

    async def chain(number: int, key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        runs.append(number)
        if number < 3:
            await docket.add(chain, key=key)(number + 1)
            raise RuntimeError("no good")

    await docket.add(chain, key="chain")(1)
    await finish(docket)
    assert runs == [1, 2, 3]


async def test_a_successor_that_is_recorded_is_left_alone(docket: Docket) -> None:
    """A task that adds its own key twice has one successor, the first: `add` leaves alone what there is."""
    runs = []
    dispositions = []

    async def twice(name: str, key: str = TaskKey(), docket: Docket = CurrentDocket()) -> None:
        runs.append(name)
        if name == "first":
            dispositions.extend(
                [(await docket.add(twice, key=key)(other)).disposition for other in ("second", "third")]
            )

    await docket.add(twice, key="key")("first")
    await finish(docket)
    assert runs == ["first", "second"]
    assert dispositions == [Disposition.SCHEDULED, Disposition.ALREADY_SCHEDULED]


async def test_a_task_adds_other_keys_as_anyone_does(docket: Docket) -> None:
    """Only a task's own key is special: other live keys are left alone."""

    async def fan_out(docket: Docket = CurrentDocket()) -> list[Disposition]:
        return [(await docket.add(echo, when=later(seconds=30), key="other")()).disposition for _ in range(2)]

    async with working(docket):
        dispositions = await result_of(await docket.add(fan_out)())
    assert dispositions == [Disposition.SCHEDULED, Disposition.ALREADY_SCHEDULED]
    await docket.cancel("other")


async def test_many_replacements_at_once_leave_one(docket: Docket) -> None:
    """However many replace a key at the same moment, the last call runs last, and never two at once."""
    running, most, calls = 0, 0, []

    async def note(number: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        calls.append(number)
        running -= 1

    async with working(docket):
        handles = await asyncio.gather(*[docket.replace(note, now(), "key")(number) for number in range(100)])
        last = max(handles, key=lambda handle: handle.generation)
        await until(lambda: _ended(docket, "key"), "nothing is pending")
        assert last.generation >= 1
    assert most == 1
    assert calls[-1] == 99


async def _ended(docket: Docket, key: str) -> bool:
    state = await state_of(docket, key)
    return state is not None and state.is_terminal
