"""Nothing that a task, its arguments, its result or its exception do stops a worker or goes round for ever."""

import asyncio
import logging
import sys
from collections import Counter
from datetime import timedelta
from typing import Any, Self

import pytest

from docket import CurrentExecution, Depends, Docket, Execution, ExecutionState, Retry
from docket.dependencies import Dependency, FailureHook
from docket.errors import CommandTooLarge, DocketError, TaskDied, TaskFailed
from docket.model import payload
from docket.model.record import Record
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, later, reaches, record_key, result_of, until, working

pytestmark = pytest.mark.timeout(20)


class ExitsWhenUnpickled:
    """Ends the program that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.exit, (3,)


class ExitsWhenPickled:
    """Ends the program that pickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        raise SystemExit(3)


class Untouchable:
    """Raises whatever it is told to when somebody looks at what it holds."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __iter__(self) -> Any:
        raise self.error


class NamelessKeyword(str):
    """A name of an argument that cannot be written down."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        raise SystemExit(3)


async def echo(value: Any = None) -> Any:
    return value


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\x80garbage", id="no pickle"),
        pytest.param(b"", id="nothing"),
        pytest.param(payload.dumps(42), id="a pickle of something else"),
        pytest.param(payload.dumps(((1, 2, 3), 4)), id="a pickle of a pair of something else"),
        pytest.param(payload.dumps(((), {1: 2})), id="names that are no strings"),
        pytest.param(payload.dumps(((ExitsWhenUnpickled(),), {})), id="exits when unpickled"),
        pytest.param(payload.dumps(Untouchable(RuntimeError("untouchable"))), id="raises when looked at"),
        pytest.param(payload.dumps(Untouchable(SystemExit(3))), id="exits when looked at"),
    ],
)
async def test_a_payload_that_is_no_call_is_dead_and_the_worker_goes_on(docket: Docket, garbage: bytes) -> None:
    """What cannot be unpickled becomes dead with a reason, and what was queued with it runs."""
    broken = await docket.add(echo, when=later(milliseconds=100), key="broken")("fine")
    await command(docket, "HSET", record_key(docket, "broken"), "payload", garbage)
    async with working(docket):
        with pytest.raises(TaskDied, match="'broken' has died: the arguments cannot be read: "):
            await result_of(broken)
        assert broken.state is ExecutionState.DEAD
        assert await result_of(await docket.add(echo)("next")) == "next"


async def test_a_payload_that_is_no_call_is_logged_and_does_not_matter(
    docket: Docket, caplog: pytest.LogCaptureFixture
) -> None:
    """The same holds when the worker tells of every execution in its log."""
    caplog.set_level("INFO")
    broken = await docket.add(echo, when=later(milliseconds=100), key="broken")("fine")
    await command(docket, "HSET", record_key(docket, "broken"), "payload", payload.dumps(42))
    async with working(docket):
        await reaches(broken, ExecutionState.DEAD)
    assert "echo(?){broken} has died: the arguments cannot be read: " in caplog.text


async def test_an_argument_whose_name_cannot_be_written_harms_nobody(
    docket: Docket, caplog: pytest.LogCaptureFixture
) -> None:
    """What is logged of a call is made of its arguments' names, which are the caller's; it runs all the same."""
    caplog.set_level(logging.INFO)
    docket.register(echo)
    async with working(docket):
        assert await result_of(await docket.add("echo")(**{NamelessKeyword("value"): 1})) == 1
        assert "echo(?)" in caplog.text


@pytest.mark.parametrize("kind", [SystemExit, KeyboardInterrupt, GeneratorExit])
async def test_a_task_that_exits_ends_only_itself(docket: Docket, kind: type[BaseException]) -> None:
    """SystemExit and its like fail the execution, and the worker goes on."""

    async def leave() -> None:
        raise kind("enough")

    async with working(docket):
        left = await docket.add(leave)()
        await reaches(left, ExecutionState.FAILED)
        assert left.error == f"{kind.__name__}: enough"
        assert await result_of(await docket.add(echo)("next")) == "next"


async def test_a_result_whose_pickling_exits_fails_and_the_worker_goes_on(docket: Docket) -> None:
    """The code that pickles a result is the task's, and cannot end the worker either."""

    async def give() -> Any:
        return ExitsWhenPickled()

    async with working(docket):
        given = await docket.add(give)()
        await reaches(given, ExecutionState.FAILED)
        assert "result" in (given.error or "")
        assert await result_of(await docket.add(echo)("next")) == "next"


async def test_a_result_that_cannot_be_pickled_fails_and_does_not_run_again(docket: Docket) -> None:
    """The task's work was done, so it is not done a second time, not even where retries are allowed."""
    runs = 0

    async def give(retry: Retry = Retry(attempts=3)) -> Any:
        nonlocal runs
        runs += 1
        return sys._getframe()

    async with working(docket):
        given = await docket.add(give)()
        with pytest.raises(DocketError, match="the task has returned, but its result cannot be kept"):
            await result_of(given)
        assert given.state is ExecutionState.FAILED
        assert given.error
        assert "frame" in given.error
    assert runs == 1


async def test_an_outcome_that_the_server_does_not_take_fails_alone(open_own: OpenDocket) -> None:
    """A result larger than the server accepts ends as failed with a reason; what ended with it is recorded as it is."""
    docket = await open_own()
    await command(docket, "CONFIG", "SET", "proto-max-bulk-len", "1mb")
    lease = timedelta(milliseconds=300)
    runs: Counter[int] = Counter()
    gate = asyncio.Event()

    async def give(number: int, size: int) -> bytes:
        runs[number] += 1
        await gate.wait()
        return bytes(size)

    async with working(docket, redelivery_timeout=lease, reconnection_delay=timedelta(milliseconds=500)):
        sizes = [1, 3_000_000, 1, 1]
        large = [await docket.add(give)(number, size) for number, size in enumerate(sizes)]
        await until(lambda: len(runs) == len(sizes), "all are running")
        gate.set()
        too_large = large.pop(1)
        assert [await result_of(execution) for execution in large] == [b"\0"] * 3
        with pytest.raises(TaskFailed, match="the task has ended, but what came of it cannot be recorded"):
            await result_of(too_large)
        assert too_large.state is ExecutionState.FAILED
        assert await result_of(await docket.add(echo)("next")) == "next"
    assert set(runs.values()) == {1}


async def test_an_argument_that_the_server_does_not_take_is_refused(open_own: OpenDocket) -> None:
    """Who schedules what is larger than the server accepts is told so, and goes on with what is not."""
    docket = await open_own()
    await command(docket, "CONFIG", "SET", "proto-max-bulk-len", "1mb")
    with pytest.raises(CommandTooLarge, match="invalid bulk length") as caught:
        await docket.add(echo)(bytes(3_000_000))
    assert isinstance(caught.value, ValueError)
    async with working(docket):
        assert await result_of(await docket.add(echo)("small")) == "small"


async def test_an_exception_that_cannot_be_pickled_is_told_in_words(docket: Docket) -> None:
    """Whoever asks for the result gets TaskFailed with the exception's kind and text."""

    async def fail() -> None:
        raise RuntimeError("no good", sys._getframe())

    async with working(docket):
        failed = await docket.add(fail)()
        with pytest.raises(TaskFailed, match=r"RuntimeError: .'no good', <frame"):
            await result_of(failed)


class Demanding(Exception):
    """Pickles, but does not unpickle: its arguments are not those of its `__init__`."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")


async def test_an_exception_that_cannot_be_unpickled_is_told_in_words(docket: Docket) -> None:
    """The same goes for an exception that would only fail at whoever reads it."""

    async def fail() -> None:
        raise Demanding(404, "missing")

    async with working(docket):
        with pytest.raises(TaskFailed, match="Demanding: 404 missing"):
            await result_of(await docket.add(fail)())


class Mute(Exception):
    """Cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError("no words")


async def test_an_exception_that_cannot_be_shown_fails_like_any_other(docket: Docket) -> None:
    """An exception's own code may fail; the execution has failed all the same."""

    async def fail() -> None:
        raise Mute

    async with working(docket):
        failed = await docket.add(fail)()
        await reaches(failed, ExecutionState.FAILED)
        assert failed.error == "Mute: (its message cannot be shown)"


async def test_an_error_text_may_hold_what_is_no_valid_unicode(docket: Docket) -> None:
    """Names of files come with lone surrogates; an error that mentions one is recorded, as is what comes after it."""

    async def fail() -> None:
        raise FileNotFoundError("no file \udcff.txt")

    async with working(docket, reconnection_delay=timedelta(milliseconds=10)):
        failed = await docket.add(fail)()
        await reaches(failed, ExecutionState.FAILED)
        assert (failed.error or "").startswith("FileNotFoundError: no file ")
        with pytest.raises(FileNotFoundError):
            await result_of(failed)
        assert await result_of(await docket.add(echo)("next")) == "next"


async def first(other: int = Depends(lambda: 0)) -> int:
    return other


async def second(other: int = Depends(first)) -> int:
    return other


first.__defaults__ = (Depends(second),)


async def circular(number: int, other: int = Depends(first)) -> None: ...


async def test_dependencies_that_cannot_be_planned_fail_their_task_whatever_is_struck(open_docket: OpenDocket) -> None:
    """To see whether a call is struck takes its parameters; where they cannot be had, its run says why."""
    docket = await open_docket()
    caller = await open_docket(docket.name)
    docket.register(circular)
    broken = await caller.add("circular")(number=1)
    await docket.strike(None, "number", "==", 999)
    fine = await docket.add(echo)("fine")
    async with working(docket):
        assert await result_of(fine) == "fine"
        await reaches(broken, ExecutionState.FAILED)
        assert "circular" in (broken.error or "")


async def test_what_a_worker_cannot_begin_goes_back_and_holds_up_nothing(
    docket: Docket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was claimed together with it begins, and the worker goes on."""
    await docket.add(echo, key="broken")()
    fine = await docket.add(echo)("fine")
    begin = docket.execution

    def hesitate(record: Record, **options: Any) -> Execution:
        if record.key == "broken":
            raise RuntimeError("no way to begin")
        return begin(record, **options)

    monkeypatch.setattr(docket, "execution", hesitate)
    async with working(docket):
        assert await result_of(fine) == "fine"
        await until(lambda: scheduled(docket, "broken"), "it was given back")
    await docket.cancel("broken")


async def scheduled(docket: Docket, key: str) -> bool:
    return await command(docket, "ZSCORE", docket.storage._keys.later, key) is not None


class Confused(FailureHook, Dependency["Confused"]):
    """Answers with something that is no time span."""

    async def __aenter__(self) -> Self:
        return self

    async def on_failure(self, execution: Any, error: BaseException) -> Any:
        return "in a while"


async def test_a_failure_hook_that_answers_nonsense_fails_the_execution(docket: Docket) -> None:
    """An author's mistake in a hook ends the execution as failed instead of going round for ever."""
    runs = 0

    async def fail(confused: Confused = Confused()) -> None:
        nonlocal runs
        runs += 1
        raise RuntimeError("no good")

    async with working(docket, redelivery_timeout=timedelta(milliseconds=300)):
        failed = await docket.add(fail)()
        await reaches(failed, ExecutionState.FAILED)
        assert failed.error
    assert runs == 1


async def test_an_unknown_task_waits_for_a_worker_that_knows_it(open_docket: OpenDocket) -> None:
    """A worker that does not know a task gives it back, visible meanwhile, and another one runs it."""
    old = await open_docket()
    new = await open_docket(old.name)
    new.register(echo)
    async with working(old, name="old"):
        waiting = await old.add("echo")("hello")
        await reaches(waiting, ExecutionState.SCHEDULED)
        snapshot = await old.snapshot()
        assert [execution.key for execution in snapshot.future] == [waiting.key]
        assert snapshot.total_tasks == 1
        assert waiting.attempt == 1
    async with working(new, name="new"):
        assert await waiting.get_result(timeout=timedelta(seconds=10)) == "hello"
        assert waiting.worker == "new"
        assert waiting.attempt == 1


async def test_a_task_that_nobody_had_begun_is_not_redelivered(open_docket: OpenDocket) -> None:
    """That workers which do not know a task have given it back is no sign that it may have started before."""

    async def careful(execution: Execution = CurrentExecution()) -> bool:
        return execution.redelivered

    old = await open_docket()
    new = await open_docket(old.name)
    new.register(careful)
    async with working(old, name="old"):
        waiting = await old.add("careful")()
        await reaches(waiting, ExecutionState.SCHEDULED)
    async with working(new, name="new"):
        assert await waiting.get_result(timeout=timedelta(seconds=10)) is False
    assert not waiting.redelivered


async def test_an_unknown_task_is_given_back_with_a_growing_delay(docket: Docket) -> None:
    """No worker that knows the task may be there for hours, so the others ask less and less often."""
    waiting = await docket.add("nobody_knows_me", key="unknown")()
    delays = []
    async with working(docket):
        for _ in range(4):
            await reaches(waiting, ExecutionState.SCHEDULED)
            delays.append((waiting.when.timestamp() * 1000, await docket.storage.now_ms()))
            before = waiting.when
            # Make it due at once, as waiting would.
            await command(docket, "ZADD", docket.storage._keys.later, 0, "unknown")
            await docket.add(echo)()  # whoever takes this looks at what is due as well
            await until(lambda seen=before: _moved(waiting, seen), "it was given back again")
    spans = [round((due - noted) / 1000) for due, noted in delays]
    assert spans == sorted(spans)
    assert spans[-1] >= 4 * max(1, spans[0])
    await docket.cancel("unknown")


async def _moved(execution: Any, before: Any) -> bool:
    await execution.sync()
    return execution.state is ExecutionState.SCHEDULED and execution.when > before
