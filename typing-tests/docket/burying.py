"""What has died is listed, inspected, requeued and dropped by its key, and payloads are signed with strings or bytes."""

from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, assert_type

from docket import DeadLetters, Disposal, Docket, Execution, ExecutionState, StrikeList, Worker


class Lists(Protocol):
    def __call__(self, limit: int = ..., offset: int = ...) -> Coroutine[Any, Any, Sequence[Execution]]: ...


class Inspects(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Execution | None]: ...


class Disposes(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Disposal]: ...


class DisposesOfAll(Protocol):
    def __call__(self, function: str | None = ...) -> Coroutine[Any, Any, int]: ...


def called(docket: Docket) -> None:
    page: Lists = docket.dead.list
    inspect: Inspects = docket.dead.inspect
    requeue: Disposes = docket.dead.requeue
    drop: Disposes = docket.dead.drop
    requeue_all: DisposesOfAll = docket.dead.requeue_all
    print(page, inspect, requeue, drop, requeue_all)


async def disposed_of(docket: Docket) -> None:
    assert_type(docket.dead, DeadLetters)
    assert_type(await docket.dead.count(), int)
    assert_type(await docket.dead.list(), Sequence[Execution[Any]])
    assert_type(await docket.dead.list(10, offset=5), Sequence[Execution[Any]])
    assert_type(await docket.dead.inspect("a key"), Execution[Any] | None)
    assert_type(await docket.dead.requeue("a key"), Disposal)
    assert_type(await docket.dead.requeue_all(), int)
    assert_type(await docket.dead.requeue_all("greet"), int)
    assert_type(await docket.dead.drop("a key"), Disposal)
    docket.dead.drop("a key")  # E: await
    await docket.dead.list("10")  # E: argument
    await docket.dead.list(10, "5")  # E: argument
    await docket.dead.inspect(3)  # E: argument
    await docket.dead.requeue(3)  # E: argument
    await docket.dead.requeue_all(3)  # E: argument
    await docket.dead.drop(None)  # E: argument


def told(execution: Execution) -> None:
    assert_type(execution.deliveries, int)
    assert_type(execution.scheduled_at, datetime | None)
    print(execution.state is ExecutionState.DEAD, Disposal.REQUEUED, Disposal.DROPPED, Disposal.NOT_DEAD)


def set_up(docket: Docket) -> None:
    Docket("name", dead_ttl=timedelta(days=1))
    Docket("name", dead_ttl=14)  # E: argument
    Worker(docket, max_redeliveries=0)
    Worker(docket, max_redeliveries="many")  # E: argument


async def signed() -> None:
    Docket("name", signing_key=None)
    Docket("name", signing_key="text")
    Docket("name", signing_key=b"bytes")
    Docket("name", signing_key=["text", b"bytes"])
    Docket("name", signing_key=("text",))
    StrikeList("name", signing_key=b"bytes")
    await Worker.run("name", signing_key=["text"], max_redeliveries=3)
    Docket("name", signing_key=5)  # E: argument
    Docket("name", signing_key=[5])  # E: argument
    StrikeList("name", signing_key=5)  # E: argument
    await Worker.run("name", signing_key=5)  # E: argument
