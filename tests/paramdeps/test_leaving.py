"""Cleaning up within a time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from paramdeps import App, CleanUpTimeoutError, Depends, InvalidOptionError, Shared, YieldError, call

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


def resources(log: Log) -> tuple[Any, Any]:
    """One that is quick to leave, and one that hangs."""

    async def quick() -> AsyncIterator[None]:
        try:
            yield
        finally:
            log.append("quick")

    async def hanging(quick: None = Depends(quick)) -> AsyncIterator[None]:
        try:
            yield
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("hanging")

    return quick, hanging


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("concurrent", [False, True])
async def test_a_clean_up_that_hangs_is_cancelled(log: Log, fails: bool, concurrent: bool) -> None:
    """After the time that it has, whether the body went well or not; the others follow."""
    _, hanging = resources(log)

    async def task(a: None = Depends(hanging)) -> None:
        if fails:
            raise ValueError("body")

    async with App(cleanup_timeout=timedelta(milliseconds=20), concurrent=concurrent) as app:
        with pytest.raises(CleanUpTimeoutError, match=r"task\.a -> hanging was not .* 0\.02 s") as caught:
            await app.call(task)
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.seconds == 0.02
    assert log == ["hanging", "quick"]


async def test_a_failing_entry_is_cleaned_up_in_time_too(log: Log) -> None:
    """The time is for each clean-up, whatever it is for."""
    _, hanging = resources(log)

    async def failing(a: None = Depends(hanging)) -> None:
        raise ValueError("entry")

    async def task(a: None = Depends(failing)) -> None: ...

    async with App(cleanup_timeout=timedelta(milliseconds=20)) as app:
        with pytest.raises(CleanUpTimeoutError):
            await app.call(task)
    assert log == ["hanging", "quick"]


async def test_shared_values_have_as_much_time(log: Log) -> None:
    """When the application is left."""
    _, hanging = resources(log)

    async def task(a: None = Shared(hanging)) -> None: ...

    with pytest.raises(CleanUpTimeoutError):
        async with App(cleanup_timeout=timedelta(milliseconds=20)) as app:
            await app.call(task)
    assert log == ["hanging", "quick"]


async def test_clean_ups_that_are_quick_enough_are_not_disturbed(log: Log) -> None:
    """Nor is the result."""
    quick, _ = resources(log)

    async def task(a: None = Depends(quick)) -> int:
        return 3

    async with App(cleanup_timeout=timedelta(seconds=60)) as app:
        assert await app.call(task) == 3
    assert log == ["quick"]


async def test_a_second_value_is_refused_also_after_a_suppressed_error() -> None:
    """The body's error is gone for a generator outside the one that has suppressed it."""

    async def twice() -> AsyncIterator[None]:
        yield
        yield

    async def suppressing(twice: None = Depends(twice)) -> AsyncIterator[None]:
        with suppress(ValueError):
            yield

    async def task(a: None = Depends(suppressing)) -> None:
        raise ValueError

    with pytest.raises(YieldError, match="yielded more than one value"):
        await call(task)


@pytest.mark.parametrize("given", [5, timedelta(), timedelta(seconds=-1)])
def test_a_time_that_is_none_is_refused_when_the_application_is_made(given: Any) -> None:
    """And not when the first clean-up is due."""
    with pytest.raises(InvalidOptionError, match="cleanup_timeout is ") as caught:
        App(cleanup_timeout=given)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, ValueError)
