"""What a task asks for in its parameters has the type of what it gets, without a cast or an ignored error."""

from collections.abc import AsyncIterator
from datetime import timedelta
from logging import Logger, LoggerAdapter
from typing import Any, assert_type

from docket import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Depends,
    Docket,
    Execution,
    ExponentialRetry,
    Retry,
    TaskArgument,
    TaskKey,
    TaskLogger,
    Worker,
)


class Database: ...


async def database(url: str = "", order_id: int = TaskArgument()) -> AsyncIterator[Database]:
    yield Database()


def today() -> str:
    raise NotImplementedError


async def everything(
    order_id: int,
    key: str = TaskKey(),
    docket: Docket = CurrentDocket(),
    worker: Worker = CurrentWorker(),
    execution: Execution = CurrentExecution(),
    typed: Execution[int] = CurrentExecution(),
    retry: Retry = Retry(attempts=3, delay=timedelta(seconds=1)),
    logger: LoggerAdapter[Logger] = TaskLogger(),
    db: Database = Depends(database),
    other: Database = Depends(database, url="redis://other"),
    day: str = Depends(today),
) -> int:
    raise NotImplementedError


async def growing(retry: ExponentialRetry = ExponentialRetry(attempts=5, minimum_delay=timedelta(seconds=2))) -> None:
    assert_type(retry.attempt, int)


async def general(retry: Retry = ExponentialRetry(attempts=None)) -> None: ...


async def forever(retry: Retry = Retry.forever(timedelta(seconds=1))) -> None: ...


async def argument(order_id: int = TaskArgument(), note: str = TaskArgument("comment", optional=True)) -> None: ...


assert_type(TaskKey(), str)
assert_type(CurrentDocket(), Docket)
assert_type(CurrentWorker(), Worker)
assert_type(CurrentExecution(), Execution[Any])
assert_type(TaskLogger(), "LoggerAdapter[Logger]")
assert_type(Retry.forever(), Retry)
assert_type(ExponentialRetry.forever(), ExponentialRetry)

wrong_key: int = TaskKey()  # E: assignment
wrong_docket: Worker = CurrentDocket()  # E: assignment
wrong_worker: Docket = CurrentWorker()  # E: assignment
wrong_execution: str = CurrentExecution()  # E: assignment
wrong_logger: Logger = TaskLogger()  # E: assignment
wrong_retry: int = Retry(attempts=3)  # E: assignment
wrong_narrowing: ExponentialRetry = Retry(attempts=3)  # E: assignment
wrong_factory: str = Depends(database)  # E: assignment

TaskKey("prefix")  # E: argument
CurrentDocket("orders")  # E: argument
Depends(database, url=3)  # E: argument
Depends(database, path="x")  # E: argument
