"""What a docket holds, and what is known of an execution, has types of its own."""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol, assert_type

from docket import (
    Cancellation,
    Disposition,
    Docket,
    DocketSnapshot,
    Execution,
    ExecutionState,
    WorkerInfo,
)


class LooksUp(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Execution | None]: ...


class Cancels(Protocol):
    def __call__(self, key: str) -> Coroutine[Any, Any, Cancellation]: ...


class CancelsMany(Protocol):
    def __call__(self, keys: Iterable[str]) -> Coroutine[Any, Any, dict[str, Cancellation]]: ...


class FindsWorkers(Protocol):
    def __call__(self, name: str) -> Coroutine[Any, Any, list[WorkerInfo]]: ...


class GetsArgument(Protocol):
    def __call__(self, name: str) -> Any: ...


def called(docket: Docket, execution: Execution) -> None:
    get_execution: LooksUp = docket.get_execution
    cancel: Cancels = docket.cancel
    cancel_many: CancelsMany = docket.cancel_many
    task_workers: FindsWorkers = docket.task_workers
    get_argument: GetsArgument = execution.get_argument
    print(get_execution, cancel, cancel_many, task_workers, get_argument)


async def looked_up(docket: Docket) -> None:
    found = await docket.get_execution("a key")
    assert_type(found, Execution[Any] | None)
    found.key  # E: attribute
    await docket.get_execution(b"a key")  # E: argument

    snapshot = await docket.snapshot()
    assert_type(snapshot, DocketSnapshot)
    assert_type(snapshot.running, Sequence[Execution[Any]])
    assert_type(snapshot.future, Sequence[Execution[Any]])
    assert_type(snapshot.workers, Sequence[WorkerInfo])
    assert_type(snapshot.taken, datetime)
    assert_type(snapshot.total_tasks, int)
    assert_type(await docket.workers(), list[WorkerInfo])
    assert_type(await docket.task_workers("greet"), list[WorkerInfo])
    await docket.task_workers(b"greet")  # E: argument
    assert_type((docket.name, docket.url, docket.location), tuple[str, str, str])
    assert_type(docket.heartbeat_interval, timedelta)
    assert_type(docket.missed_heartbeats, int)
    assert_type(docket.execution_ttl, timedelta)
    assert_type(docket.dead_ttl, timedelta)


async def cancelled(docket: Docket) -> None:
    assert_type(await docket.cancel("a key"), Cancellation)
    assert_type(await docket.cancel_many(["a key", "another"]), dict[str, Cancellation])
    assert_type(await docket.clear(), int)
    await docket.cancel(b"a key")  # E: argument
    await docket.cancel_many([3])  # E: argument
    await docket.cancel_many(3)  # E: argument


def seen(execution: Execution[bytes]) -> None:
    assert_type(execution.key, str)
    assert_type(execution.function_name, str)
    assert_type(execution.when, datetime)
    assert_type(execution.attempt, int)
    assert_type(execution.generation, int)
    assert_type(execution.redelivered, bool)
    assert_type(execution.deliveries, int)
    assert_type(execution.scheduled_at, datetime | None)
    assert_type(execution.state, ExecutionState)
    assert_type(execution.disposition, Disposition)
    assert_type(execution.worker, str | None)
    assert_type(execution.started_at, datetime | None)
    assert_type(execution.completed_at, datetime | None)
    assert_type(execution.error, str | None)
    assert_type(execution.args, tuple[Any, ...])
    assert_type(execution.kwargs, Mapping[str, Any])
    assert_type(execution.call_repr(), str)
    assert_type(execution.now(), datetime)
    assert_type(execution.state.is_terminal, bool)
    assert_type(execution.get_argument("name"), Any)
    execution.get_argument(b"name")  # E: argument


def known(worker: WorkerInfo) -> None:
    assert_type(worker.name, str)
    assert_type(worker.last_seen, datetime)
    assert_type(worker.tasks, frozenset[str])
