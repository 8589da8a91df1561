"""`call_sync`: where there is no event loop."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from paramdeps import (
    Argument,
    Dependency,
    Depends,
    MissingAppError,
    NotSynchronousError,
    Shared,
    StreamError,
    call_sync,
)

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


def connection(name: str = Argument()) -> Iterator[str]:
    log.append("+")
    try:
        yield f"db of {name}"
    finally:
        log.append("-")


class Quiet(Dependency[int]):
    """Does not wait."""

    async def __aenter__(self) -> int:
        return 3

    async def __aexit__(self, *_: object) -> None:
        log.append("quiet")


class Waiting(Dependency[None]):
    """Waits, as far as it comes."""

    async def __aenter__(self) -> None:
        try:
            await asyncio.sleep(0)
        finally:
            log.append("gave up")


def test_a_function_is_called_with_its_dependencies() -> None:
    """And they are cleaned up before it returns."""

    def task(name: str, db: str = Depends(connection), quiet: int = Depends(Quiet())) -> tuple[str, int]:
        log.append("body")
        return (db, quiet)

    assert call_sync(task, "me") == ("db of me", 3)
    assert log == ["+", "body", "quiet", "-"]
    assert call_sync(max, 1, 2) == 2


def test_what_is_async_is_refused_before_anything_is_entered() -> None:
    """With the path to it."""

    async def waiting() -> None: ...

    def task(name: str, db: str = Depends(connection), waiting: None = Depends(waiting)) -> None: ...

    with pytest.raises(NotSynchronousError, match=r"task\.waiting -> waiting"):
        call_sync(task, "me")
    assert log == []


def test_what_waits_after_all_is_refused_and_everything_cleaned_up() -> None:
    """It is told so where it waits."""

    def task(name: str, db: str = Depends(connection), waiting: None = Depends(Waiting())) -> None: ...

    with pytest.raises(NotSynchronousError, match="cannot wait") as caught:
        call_sync(task, "me")
    assert log == ["+", "gave up", "-"]
    assert caught.value.__notes__ == ["while resolving task.waiting -> Waiting"]


def test_an_async_function_is_refused() -> None:
    """Its coroutine is not left behind."""

    async def task(name: str, db: str = Depends(connection)) -> None: ...

    with pytest.raises(NotSynchronousError):
        call_sync(task, "me")
    assert log == ["+", "-"]


def test_shared_values_and_generators_are_refused() -> None:
    """There is no application, and nobody to hold the resources."""

    def task(a: Any = Shared(dict)) -> None: ...

    def generator(a: Any = Depends(Quiet())) -> Iterator[Any]:
        yield a

    with pytest.raises(MissingAppError, match=r"call_sync\(\) has no App to share task\.a -> dict, .* by Depends"):
        call_sync(task)
    with pytest.raises(StreamError):
        call_sync(generator)


def test_functions_without_dependencies_are_checked_as_well() -> None:
    """Neither a coroutine that nobody awaits nor a generator is a result."""

    async def waiting() -> None: ...

    def generating() -> Iterator[int]:
        yield 1

    with pytest.raises(NotSynchronousError, match=r"cannot wait for waiting\(\)"):
        call_sync(waiting)
    with pytest.raises(StreamError, match=r"generating\(\) is a generator function"):
        call_sync(generating)
    assert call_sync(len, [1, 2]) == 2
