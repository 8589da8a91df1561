"""`call`: a function, its dependencies, its result."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

import pytest

from paramdeps import Depends, StreamError, call, stream, without_dependencies

log: list[str] = []


async def resource() -> AsyncIterator[list[str]]:
    log.append("open")
    try:
        yield log
    except ValueError as error:
        log.append(f"failed: {error}")
        raise
    finally:
        log.append("closed")


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


async def rows(count: int, opened: list[str] = Depends(resource)) -> AsyncIterator[tuple[int, str]]:
    for number in range(count):
        yield (number, opened[-1])


async def test_a_stream_holds_its_resources_until_it_ends() -> None:
    """By itself, or because it is closed early, or because its consumer fails."""
    log.clear()
    assert [row async for row in stream(rows, 2)] == [(0, "open"), (1, "open")]
    assert log == ["open", "closed"]
    async with aclosing(stream(rows, 5)) as early:
        assert await anext(early) == (0, "open")
        assert log[2:] == ["open"]
    assert log[2:] == ["open", "closed"]


async def test_a_stream_that_fails_tells_its_resources() -> None:
    """As a body that fails does."""
    log.clear()

    async def failing(opened: list[str] = Depends(resource)) -> AsyncIterator[int]:
        yield 1
        raise ValueError("rows")

    with pytest.raises(ValueError, match="rows"):
        assert [row async for row in stream(failing)] == []
    assert log == ["open", "failed: rows", "closed"]


@pytest.mark.parametrize("make", [stream, lambda function: without_dependencies(function)()])
async def test_what_is_sent_and_thrown_reaches_the_stream(make: Any) -> None:
    """The function goes on after an error that it handles, and its resources after both."""
    log.clear()

    async def conversation(opened: list[str] = Depends(resource)) -> AsyncGenerator[str, str | None]:
        heard: object = None
        while True:
            try:
                heard = yield f"heard {heard}"
            except ValueError as error:
                heard = error

    async with aclosing(make(conversation)) as talk:
        assert await anext(talk) == "heard None"
        assert await talk.asend("hello") == "heard hello"
        assert await talk.athrow(ValueError("oops")) == "heard oops"
        assert log == ["open"]
        with pytest.raises(KeyError):
            await talk.athrow(KeyError("unhandled"))
    assert log[-1] == "closed"


async def test_generator_functions_are_streamed_and_others_called() -> None:
    """The wrong one of both says which is right, whether there are dependencies or not."""

    async def free() -> AsyncIterator[int]:
        yield 1

    def plain(opened: list[str] = Depends(resource)) -> Iterator[int]:
        yield 1

    with pytest.raises(StreamError, match=r"rows\(\) is a generator function"):
        await call(rows, 1)
    with pytest.raises(StreamError, match=r"plain\(\) is a generator function"):
        await call(plain)
    with pytest.raises(StreamError, match=r"free\(\) is a generator function"):
        await call(free)
    with pytest.raises(StreamError, match=r"len\(\) is no async generator"):
        stream(len, [])  # type: ignore[arg-type]
    assert [number async for number in stream(free)] == [1]
