"""What has failed is tried again as its task has asked, and no more often."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from typing import Any, Self

import pytest

from docket import CurrentExecution, Depends, Docket, Execution, ExecutionState, ExponentialRetry, Retry
from docket.dependencies import Dependency, FailureHook, ForcedRetry
from tests.docket.harness import finish, later, now, reaches, result_of, working

pytestmark = pytest.mark.timeout(20)


class Attempts:
    """Notes each attempt of a task."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.times: list[datetime] = []

    def note(self, attempt: int) -> None:
        self.numbers.append(attempt)
        self.times.append(now())

    @property
    def gaps(self) -> list[float]:
        """The seconds between one attempt and the next."""
        return [(after - before).total_seconds() for before, after in zip(self.times, self.times[1:], strict=False)]


@pytest.fixture
def attempts() -> Attempts:
    return Attempts()


async def test_without_retry_there_is_one_attempt(docket: Docket) -> None:
    """A task that declares nothing is not tried again, nor is one with a plain `Retry()`."""
    runs = 0

    async def fail() -> None:
        nonlocal runs
        runs += 1
        raise RuntimeError("no good")

    async def fail_too(retry: Retry = Retry()) -> None:
        await fail()

    await docket.add(fail)()
    await docket.add(fail_too)()
    await finish(docket)
    assert runs == 2


async def test_a_task_is_attempted_so_many_times(docket: Docket, attempts: Attempts) -> None:
    """With `attempts=3` it runs three times, counting from 1, and then has failed with its last error."""

    async def fail(retry: Retry = Retry(attempts=3), mine: Execution = CurrentExecution()) -> None:
        assert mine.attempt == retry.attempt
        attempts.note(retry.attempt)
        raise RuntimeError(f"attempt {retry.attempt}")

    execution = await docket.add(fail)()
    await finish(docket)
    with pytest.raises(RuntimeError, match="attempt 3"):
        await result_of(execution)
    assert attempts.numbers == [1, 2, 3]
    assert execution.attempt == 3
    assert execution.state is ExecutionState.FAILED
    assert execution.error == "RuntimeError: attempt 3"


async def test_a_retry_that_succeeds_is_the_last(docket: Docket, attempts: Attempts) -> None:
    """As soon as an attempt succeeds, its result is that of the execution, and no error remains."""

    async def succeed_at_last(retry: Retry = Retry(attempts=5)) -> str:
        attempts.note(retry.attempt)
        if retry.attempt < 3:
            raise RuntimeError("not yet")
        return "at last"

    execution = await docket.add(succeed_at_last)()
    await finish(docket)
    assert await result_of(execution) == "at last"
    assert attempts.numbers == [1, 2, 3]
    assert execution.error is None


async def test_a_retry_waits_for_its_delay(docket: Docket, attempts: Attempts) -> None:
    """Attempts are as far apart as declared; meanwhile the execution is scheduled, and tells what went wrong."""

    async def fail(retry: Retry = Retry(attempts=3, delay=timedelta(milliseconds=150))) -> None:
        attempts.note(retry.attempt)
        raise RuntimeError("no good")

    async with working(docket):
        execution = await docket.add(fail)()
        await reaches(execution, ExecutionState.SCHEDULED)
        assert execution.error == "RuntimeError: no good"
        assert execution.worker is None
        await reaches(execution, ExecutionState.FAILED)
    assert len(attempts.gaps) == 2
    assert all(0.148 <= gap < 0.8 for gap in attempts.gaps)


async def test_a_retry_that_will_never_come_can_be_seen(docket: Docket) -> None:
    """A delay that leads beyond the calendar does not make the docket unreadable."""

    async def fail(retry: Retry = Retry(attempts=2, delay=timedelta.max)) -> None:
        raise RuntimeError("no good")

    async with working(docket):
        execution = await docket.add(fail)()
        await reaches(execution, ExecutionState.SCHEDULED)
    (seen,) = (await docket.snapshot()).future
    assert seen.when == execution.when > now() + timedelta(days=365_000)
    assert await docket.clear() == 1


async def test_a_retry_does_not_occupy_the_worker(docket: Docket, attempts: Attempts) -> None:
    """While one task waits for its next attempt, a worker with one slot does other work."""

    async def fail(retry: Retry = Retry(attempts=2, delay=timedelta(seconds=30))) -> None:
        raise RuntimeError("no good")

    async def other() -> str:
        return "done"

    async with working(docket, concurrency=1):
        execution = await docket.add(fail, key="failing")()
        assert await result_of(await docket.add(other)()) == "done"
        await reaches(execution, ExecutionState.SCHEDULED)
        await docket.cancel("failing")


async def test_a_task_retries_without_limit(docket: Docket, attempts: Attempts) -> None:
    """`attempts=None` and `Retry.forever` go on for as long as it takes."""

    async def fail_often(retry: Retry = Retry(attempts=None)) -> int:
        if retry.attempt < 20:
            raise RuntimeError("not yet")
        return retry.attempt

    async def fail_apart(retry: Retry = Retry.forever(timedelta(milliseconds=5))) -> int:
        attempts.note(retry.attempt)
        if retry.attempt < 5:
            raise RuntimeError("not yet")
        return retry.attempt

    async with working(docket):
        assert await result_of(await docket.add(fail_often)()) == 20
        assert await result_of(await docket.add(fail_apart)()) == 5
    assert all(gap >= 0.004 for gap in attempts.gaps)


@pytest.mark.parametrize("how", ["after", "in_", "at"])
async def test_a_task_chooses_when_it_is_tried_again(docket: Docket, attempts: Attempts, how: str) -> None:
    """`retry.after`, `.in_` and `.at` end the attempt at once, and set the time of the next one."""

    async def put_off(retry: Retry = Retry(attempts=2, delay=timedelta(seconds=60))) -> str:
        attempts.note(retry.attempt)
        if retry.attempt == 1:
            match how:
                case "after":
                    retry.after(timedelta(milliseconds=100))
                case "in_":
                    retry.in_(timedelta(milliseconds=100))
                case _:
                    retry.at(later(milliseconds=100))
        return "done"

    async with working(docket):
        assert await result_of(await docket.add(put_off)()) == "done"
    assert 0.09 <= attempts.gaps[0] < 1


async def test_a_choice_of_the_past_is_now(docket: Docket, attempts: Attempts) -> None:
    """A time that has passed means at once."""

    async def put_off(retry: Retry = Retry(attempts=2, delay=timedelta(seconds=60))) -> str:
        if retry.attempt == 1:
            retry.at(now() - timedelta(days=1))
        return "done"

    async with working(docket):
        assert await result_of(await docket.add(put_off)()) == "done"


async def test_a_choice_counts_as_an_attempt(docket: Docket, attempts: Attempts) -> None:
    """A task cannot put itself off more often than it may be attempted."""

    async def put_off(retry: Retry = Retry(attempts=2)) -> None:
        attempts.note(retry.attempt)
        retry.after(timedelta(0))

    async with working(docket):
        with pytest.raises(ForcedRetry):
            await result_of(await docket.add(put_off)())
    assert attempts.numbers == [1, 2]


async def test_delays_double_up_to_a_limit(docket: Docket, attempts: Attempts) -> None:
    """An ExponentialRetry waits twice as long each time, up to its maximum."""
    policy = ExponentialRetry(
        attempts=5, minimum_delay=timedelta(milliseconds=50), maximum_delay=timedelta(milliseconds=200)
    )

    async def fail(retry: Retry = policy) -> None:
        attempts.note(retry.attempt)
        raise RuntimeError("no good")

    async with working(docket):
        with pytest.raises(RuntimeError):
            await result_of(await docket.add(fail)())
    for gap, delay in zip(attempts.gaps, (0.05, 0.1, 0.2, 0.2), strict=True):
        assert delay - 0.002 <= gap < delay + 0.5


async def test_a_dependency_that_cannot_be_entered_is_a_failure_to_retry(docket: Docket) -> None:
    """When a dependency fails, before or after the policy in order, the task is tried again without its body."""
    opened, bodies = 0, []

    def flaky() -> str:
        nonlocal opened
        opened += 1
        if opened % 3:
            raise ConnectionError("no database")
        return "database"

    async def before(database: str = Depends(flaky), retry: Retry = Retry(attempts=3)) -> str:
        bodies.append(retry.attempt)
        return database

    async def after(retry: Retry = Retry(attempts=3), database: str = Depends(flaky)) -> str:
        bodies.append(retry.attempt)
        return database

    async with working(docket):
        assert await result_of(await docket.add(before)()) == "database"
        assert await result_of(await docket.add(after)()) == "database"
    assert bodies == [3, 3]
    assert opened == 6


async def test_a_failing_clean_up_is_a_failure_to_retry(docket: Docket) -> None:
    """A transaction that fails to commit after the body has returned has the task run again."""
    commits = 0

    async def transaction() -> AsyncGenerator[str]:
        nonlocal commits
        yield "transaction"
        commits += 1
        if commits < 3:
            raise ConnectionError("commit failed")

    async def use(transaction: str = Depends(transaction), retry: Retry = Retry(attempts=3)) -> int:
        return retry.attempt

    async with working(docket):
        assert await result_of(await docket.add(use)()) == 3


async def test_a_failing_clean_up_fails_the_execution(docket: Docket) -> None:
    """Without a retry, an execution whose clean-up fails has failed, although its body has returned."""

    async def transaction() -> AsyncGenerator[str]:
        yield "transaction"
        raise ConnectionError("commit failed")

    async def use(transaction: str = Depends(transaction)) -> str:
        return "body done"

    async with working(docket):
        execution = await docket.add(use)()
        with pytest.raises(ConnectionError, match="commit failed"):
            await result_of(execution)
        assert execution.state is ExecutionState.FAILED


async def test_a_failed_dependency_fails_the_execution(docket: Docket) -> None:
    """Without a retry the error of the dependency is that of the execution, and what was entered is left."""
    left = []

    async def first() -> AsyncGenerator[str]:
        try:
            yield "first"
        finally:
            left.append("first")

    def second() -> str:
        raise ConnectionError("no database")

    async def use(first: str = Depends(first), second: str = Depends(second)) -> None:
        left.append("body")

    async with working(docket):
        with pytest.raises(ConnectionError, match="no database"):
            await result_of(await docket.add(use)())
    assert left == ["first"]


class RetryOn(FailureHook, Dependency["RetryOn"]):
    """An author's own policy: try again for one kind of error, without delay."""

    def __init__(self, kind: type[BaseException]) -> None:
        self.kind = kind
        self.seen: list[tuple[int, str]] = []

    async def __aenter__(self) -> Self:
        return self

    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        self.seen.append((execution.attempt, str(error)))
        return timedelta(0) if isinstance(error, self.kind) else None


async def test_an_author_decides_what_follows_a_failure(docket: Docket) -> None:
    """A FailureHook of one's own is asked after each failure, and decides by the error."""
    policy = RetryOn(ConnectionError)
    mine: Any = None

    async def fail(policy: RetryOn = policy, execution: Execution = CurrentExecution()) -> None:
        nonlocal mine
        mine = policy
        if execution.attempt < 3:
            raise ConnectionError("try again")
        raise ValueError("give up")

    async with working(docket):
        execution = await docket.add(fail)()
        with pytest.raises(ValueError, match="give up"):
            await result_of(execution)
    assert policy.seen == [(1, "try again"), (2, "try again"), (3, "give up")]
    assert mine is not policy


async def test_a_failure_hook_that_fails_fails_the_execution(docket: Docket) -> None:
    """An error of the author's own hook ends the execution with that error."""

    class Broken(FailureHook, Dependency["Broken"]):
        async def __aenter__(self) -> Self:
            return self

        async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
            raise LookupError("the hook is broken")

    async def fail(broken: Broken = Broken()) -> None:
        raise RuntimeError("no good")

    async with working(docket):
        with pytest.raises(LookupError, match="the hook is broken"):
            await result_of(await docket.add(fail)())


async def test_a_task_that_is_cancelled_by_itself_is_a_failure(docket: Docket) -> None:
    """A CancelledError that nobody has asked for, as of a library, is a failure like any other, and retried."""

    async def stray(retry: Retry = Retry(attempts=2)) -> str:
        if retry.attempt == 1:
            raise asyncio.CancelledError
        return "done"

    async with working(docket):
        assert await result_of(await docket.add(stray)()) == "done"


@pytest.mark.parametrize(("attempts", "delay"), [(0, timedelta(0)), (-1, timedelta(0)), (3, timedelta(seconds=-1))])
def test_a_policy_that_makes_no_sense_is_refused(attempts: int, delay: timedelta) -> None:
    """A task is attempted at least once, and a delay is not negative."""
    with pytest.raises(ValueError, match=r"attempted at least once|cannot wait for"):
        Retry(attempts=attempts, delay=delay)
