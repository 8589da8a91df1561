"""A policy of retries is its own value, ends an attempt for good, and can be derived from."""

from collections.abc import Coroutine
from datetime import date, datetime, timedelta
from typing import Any, NoReturn, Protocol, assert_type

from docket import Depends, Execution, ExponentialRetry, Retry
from docket.dependencies import FailureHook


# It decides what follows a failure, and is a dependency that is its own value.
hook: FailureHook = Retry()
assert_type(Depends(Retry()), Retry)
assert_type(Depends(ExponentialRetry()), Retry)


async def entered(retry: Retry, growing: ExponentialRetry) -> None:
    async with retry as value, growing as growing_value:
        assert_type(value, Retry)
        assert_type(growing_value, ExponentialRetry)
    assert_type(retry.attempt, int)
    assert_type(retry.attempts, int | None)
    assert_type(retry.delay, timedelta)
    assert_type(growing.attempts, int | None)
    assert_type(growing.maximum_delay, timedelta)


class InSomeTime(Protocol):
    def __call__(self, delay: timedelta) -> NoReturn: ...


class AtSomeTime(Protocol):
    def __call__(self, when: datetime) -> NoReturn: ...


def ending(retry: Retry) -> None:
    after: InSomeTime = retry.after
    in_: InSomeTime = retry.in_
    at: AtSomeTime = retry.at
    print(after, in_, at)


# What never comes back needs no `return`.
def after(retry: Retry) -> int:
    retry.after(timedelta(seconds=5))


def in_(retry: Retry) -> int:
    retry.in_(timedelta(seconds=5))


def at(retry: Retry, when: datetime) -> int:
    retry.at(when)


def after_a_number(retry: Retry) -> None:
    retry.after(5)  # E: argument


def in_a_number(retry: Retry) -> None:
    retry.in_(5)  # E: argument


def at_a_duration(retry: Retry) -> None:
    retry.at(timedelta(seconds=5))  # E: argument


def at_a_number(retry: Retry) -> None:
    retry.at(5)  # E: argument


def at_a_date(retry: Retry) -> None:
    retry.at(date(2030, 1, 1))  # E: argument


class OnFailure(Protocol):
    def __call__(self, execution: Execution, error: BaseException) -> Coroutine[Any, Any, timedelta | None]: ...


class DelayAfter(Protocol):
    def __call__(self, attempt: int) -> timedelta: ...


async def deciding(retry: Retry, growing: ExponentialRetry, execution: Execution, error: ValueError) -> None:
    on_failure: OnFailure = retry.on_failure
    delay_after: DelayAfter = retry.delay_after
    growing_delay_after: DelayAfter = growing.delay_after
    print(on_failure, delay_after, growing_delay_after)
    assert_type(await retry.on_failure(execution, error), timedelta | None)
    assert_type(retry.delay_after(1), timedelta)
    assert_type(growing.delay_after(1), timedelta)
    await retry.on_failure("an execution", error)  # E: argument
    await retry.on_failure(execution, "an error")  # E: argument
    retry.delay_after(1.5)  # E: argument
    retry.delay_after("1")  # E: argument
    growing.delay_after(1.5)  # E: argument
    growing.delay_after("1")  # E: argument


class Impatient(Retry):
    def delay_after(self, attempt: int) -> timedelta:
        return super().delay_after(attempt) / 2


async def derived(policy: Impatient, task: Retry = Impatient(attempts=3)) -> None:
    assert_type(Impatient.forever(), Impatient)
    async with policy as value:
        assert_type(value, Impatient)
    wrong: ExponentialRetry = policy  # E: assignment
    print(wrong)
