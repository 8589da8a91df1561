"""`call`: a function, its dependencies, its result."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from paramdeps import Depends, call


async def test_async_and_plain_functions_are_called() -> None:
    """With or without dependencies, the result is the function's."""

    def plain(a: int, b: int = Depends(lambda: 2)) -> int:
        return a + b

    async def waiting(a: int, b: int = Depends(lambda: 2)) -> int:
        return a + b

    async def free(a: int) -> int:
        return a

    assert await call(plain, 1) == 3
    assert await call(waiting, a=2) == 4
    assert await call(free, 5) == 5
    assert await call(max, 1, 2) == 2


async def test_the_result_comes_after_the_clean_up() -> None:
    """A failing clean-up is a failing call."""

    async def transaction() -> AsyncIterator[None]:
        yield
        raise OSError("commit failed")

    async def task(_: Any = Depends(transaction)) -> int:
        return 1

    with pytest.raises(OSError, match="commit failed"):
        await call(task)


async def test_an_awaited_result_is_awaited_before_the_clean_up() -> None:
    """A plain function that returns a coroutine still has its dependencies while that runs."""
    log: list[str] = []

    async def resource() -> AsyncIterator[None]:
        yield
        log.append("closed")

    async def work() -> None:
        log.append("work")

    def task(_: Any = Depends(resource)) -> Any:
        return work()

    await call(task)
    assert log == ["work", "closed"]


async def test_parameters_named_like_those_of_call_are_the_functions() -> None:
    """`call` takes the function by position only."""

    async def task(function: int, args: int = 0) -> int:
        return function + args

    assert await call(task, function=1, args=2) == 3
