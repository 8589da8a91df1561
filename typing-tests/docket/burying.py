"""What has died can be counted, listed, inspected, requeued and dropped."""

from collections.abc import Coroutine, Sequence
from typing import Any, Protocol, assert_type

from docket import DeadLetters, Disposal, Docket, Execution


class Lists(Protocol):
    def __call__(self, limit: int = ..., offset: int = ...) -> Coroutine[Any, Any, Sequence[Execution]]: ...


class Inspects(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Execution | None]: ...


class Disposes(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Disposal]: ...


class RequeuesAll(Protocol):
    def __call__(self, function: str | None = ...) -> Coroutine[Any, Any, int]: ...


async def greet(name: str) -> None: ...


async def dead(docket: Docket) -> None:
    letters = docket.dead
    assert_type(letters, DeadLetters)
    lists: Lists = letters.list
    inspect: Inspects = letters.inspect
    requeue: Disposes = letters.requeue
    drop: Disposes = letters.drop
    requeue_all: RequeuesAll = letters.requeue_all
    print(lists, inspect, requeue, drop, requeue_all)

    assert_type(await letters.count(), int)
    assert_type(await letters.list(limit=10, offset=20), Sequence[Execution[Any]])
    assert_type(await letters.inspect("a key"), Execution[Any] | None)
    assert_type(await letters.requeue("a key"), Disposal)
    assert_type(await letters.requeue_all("greet"), int)
    assert_type(await letters.drop("a key"), Disposal)

    await letters.list(2.5)  # E: argument
    await letters.list("10")  # E: argument
    await letters.list(offset=2.5)  # E: argument
    await letters.list(offset="20")  # E: argument
    await letters.inspect(b"a key")  # E: argument
    await letters.requeue(b"a key")  # E: argument
    await letters.requeue_all(greet)  # E: argument
    await letters.requeue_all(b"greet")  # E: argument
    await letters.drop(b"a key")  # E: argument
