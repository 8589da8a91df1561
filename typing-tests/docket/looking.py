"""What a docket holds, and what is known of an execution, has types of its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, assert_type

from docket import (
    Cancellation,
    Disposition,
    Docket,
    DocketSnapshot,
    Execution,
    ExecutionState,
    Worker,
    WorkerInfo,
)


async def opened() -> None:
    async with Docket() as docket:
        assert_type(docket, Docket)
        async with Worker(docket) as worker:
            assert_type(worker, Worker)


async def looked_up(docket: Docket) -> None:
    found = await docket.get_execution("a key")
    assert_type(found, Execution[Any] | None)
    found.key  # E: attribute
    await docket.get_execution(3)  # E: argument
    docket.get_execution("a key")  # E: await

    snapshot = await docket.snapshot()
    assert_type(snapshot, DocketSnapshot)
    assert_type(snapshot.running, Sequence[Execution[Any]])
    assert_type(snapshot.future, Sequence[Execution[Any]])
    assert_type(snapshot.workers, Sequence[WorkerInfo])
    assert_type(snapshot.taken, datetime)
    assert_type(snapshot.total_tasks, int)
    assert_type(await docket.workers(), list[WorkerInfo])
    assert_type(await docket.task_workers("greet"), list[WorkerInfo])


async def cancelled(docket: Docket) -> None:
    assert_type(await docket.cancel("a key"), Cancellation)
    assert_type(await docket.clear(), int)
    await docket.cancel(3)  # E: argument
    await docket.cancel(None)  # E: argument
    await docket.cancel()  # E: argument


def seen(execution: Execution[bytes]) -> None:
    assert_type(execution.key, str)
    assert_type(execution.function_name, str)
    assert_type(execution.when, datetime)
    assert_type(execution.attempt, int)
    assert_type(execution.redelivered, bool)
    assert_type(execution.state, ExecutionState)
    assert_type(execution.disposition, Disposition)
    assert_type(execution.worker, str | None)
    assert_type(execution.started_at, datetime | None)
    assert_type(execution.completed_at, datetime | None)
    assert_type(execution.error, str | None)
    assert_type(execution.args, tuple[Any, ...])
    assert_type(execution.kwargs, Mapping[str, Any])
