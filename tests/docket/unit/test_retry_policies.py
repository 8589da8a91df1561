"""`Retry` and `ExponentialRetry`: whether and when a task is tried again."""

import pickle
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from docket import ExponentialRetry, Retry
from docket.dependencies._retry import ForcedRetry
from docket.execution import Execution, current_execution

ERROR = ValueError("what")


def attempt(number: int) -> Execution:
    """An execution in one of its attempts."""
    return cast("Execution", SimpleNamespace(attempt=number))


async def delays(retry: Retry, attempts: int, error: BaseException = ERROR) -> list[float | None]:
    """The seconds that a policy waits after each attempt; None where it gives up."""
    asked: list[Any] = [await retry.on_failure(attempt(number), error) for number in range(1, attempts + 1)]
    return [None if delay is None else delay.total_seconds() for delay in asked]


async def test_a_retry_allows_so_many_attempts() -> None:
    """The first run counts: of three attempts two are retries."""
    assert await delays(Retry(attempts=3, delay=timedelta(seconds=5)), 4) == [5, 5, None, None]


async def test_by_default_there_is_no_retry() -> None:
    """One attempt, and without a delay."""
    assert await delays(Retry(), 2) == [None, None]
    assert Retry().delay == timedelta(0)


async def test_forever_never_gives_up() -> None:
    """Without limit of attempts there is always a next one."""
    assert await delays(Retry.forever(timedelta(seconds=1)), 100) == [1] * 100
    assert await delays(Retry(attempts=None), 100) == [0] * 100


async def test_exponential_delays_double_from_the_minimum() -> None:
    """The first retry comes after the minimum itself: 2, 4, 8, 16 seconds."""
    retry = ExponentialRetry(attempts=5, minimum_delay=timedelta(seconds=2))
    assert await delays(retry, 5) == [2, 4, 8, 16, None]


async def test_exponential_delays_do_not_exceed_the_maximum() -> None:
    """From there on all are the same."""
    retry = ExponentialRetry(None, timedelta(seconds=2), timedelta(seconds=10))
    assert await delays(retry, 6) == [2, 4, 8, 10, 10, 10]
    assert await delays(ExponentialRetry(None), 9) == [1, 2, 4, 8, 16, 32, 64, 64, 64]


@pytest.mark.parametrize("minimum", [timedelta(milliseconds=1), timedelta(minutes=1), timedelta(days=1)])
@pytest.mark.parametrize("number", [40, 41, 64, 1025, 1_000_000])
async def test_exponential_delays_never_overflow(minimum: timedelta, number: int) -> None:
    """What is tried for years is still tried again, after the maximum."""
    retry = ExponentialRetry(None, minimum, timedelta(days=2))
    assert await retry.on_failure(attempt(number), ERROR) == timedelta(days=2)


async def test_a_minimum_of_nothing_stays_nothing() -> None:
    """Twice no delay is no delay."""
    assert await delays(ExponentialRetry(None, timedelta(0)), 100) == [0] * 100


@pytest.mark.parametrize("policy", [Retry, ExponentialRetry])
async def test_a_task_may_choose_its_own_delay(policy: type[Retry]) -> None:
    """A forced retry comes when the task says, as long as there is an attempt left."""
    retry = policy(attempts=3)
    assert await delays(retry, 3, ForcedRetry(timedelta(seconds=77))) == [77, 77, None]


def test_after_and_in_say_how_long() -> None:
    """Both end the attempt; a delay that is over is none."""
    for method in (Retry().after, Retry().in_):
        with pytest.raises(ForcedRetry) as caught:
            method(timedelta(seconds=3))
        assert caught.value.delay == timedelta(seconds=3)
    with pytest.raises(ForcedRetry) as caught:
        Retry().after(timedelta(seconds=-3))
    assert caught.value.delay == timedelta(0)


def test_at_says_when() -> None:
    """The delay is what is left until then, and nothing if that is past."""
    with pytest.raises(ForcedRetry) as caught:
        Retry().at(datetime.now(UTC) + timedelta(hours=1))
    assert timedelta(minutes=59) < caught.value.delay <= timedelta(hours=1)
    with pytest.raises(ForcedRetry) as caught:
        Retry().at(datetime(2000, 1, 1, tzinfo=UTC))
    assert caught.value.delay == timedelta(0)


def test_a_time_without_zone_is_refused() -> None:
    """Nobody knows when that is."""
    with pytest.raises(ValueError, match="has no time zone"):
        Retry().at(datetime(2030, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("policy", [Retry, ExponentialRetry])
@pytest.mark.parametrize("attempts", [0, -1])
def test_less_than_one_attempt_is_refused(policy: type[Retry], attempts: int) -> None:
    """A task that is never attempted is a mistake."""
    with pytest.raises(ValueError, match=f"a task is attempted at least once, not {attempts} times"):
        policy(attempts=attempts)


def test_delays_before_now_are_refused() -> None:
    """A retry cannot come before its failure."""
    with pytest.raises(ValueError, match="a retry cannot wait for -1 day"):
        Retry(3, timedelta(seconds=-1))
    with pytest.raises(ValueError, match="a retry cannot wait for -1 day"):
        ExponentialRetry(3, timedelta(seconds=-1))
    with pytest.raises(ValueError, match="cannot"):
        ExponentialRetry(3, timedelta(0), maximum_delay=timedelta(seconds=-1))


async def test_a_retry_knows_its_attempt() -> None:
    """What a task sees is the attempt of its own execution, not one that another call has left behind."""
    declared = Retry(attempts=5)
    token = current_execution.set(attempt(4))
    try:
        assert (await declared.__aenter__()).attempt == 4
    finally:
        current_execution.reset(token)
    assert Retry(attempts=5).attempt == 1


def test_a_forced_retry_can_be_carried() -> None:
    """When it is the last word of an execution, whoever waits for its result can read it."""
    back = pickle.loads(pickle.dumps(ForcedRetry(timedelta(seconds=9))))
    assert (back.delay, str(back)) == (timedelta(seconds=9), "the task asks to be tried again in 0:00:09")
