"""What stands in a task's parameters can be had from `docket.dependencies` as well, with what a dependency is made of."""

from datetime import timedelta
from logging import Logger, LoggerAdapter
from typing import Any, assert_type

import docket
from docket import Docket, Execution, Worker
from docket.dependencies import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Dependency,
    Depends,
    ExponentialRetry,
    ForcedRetry,
    Retry,
    TaskArgument,
    TaskKey,
    TaskLogger,
)
from docket.errors import DocketError


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


assert_type(CurrentDocket(), Docket)
assert_type(CurrentExecution(), Execution[Any])
assert_type(CurrentWorker(), Worker)
assert_type(Depends(Limit()), int)
assert_type(TaskArgument(), Any)
assert_type(TaskKey(), str)
assert_type(TaskLogger(), LoggerAdapter[Logger])

assert_type(docket.__version__, str)

retry: docket.Retry = Retry()
growing: docket.ExponentialRetry = ExponentialRetry()
forced: type[DocketError] = ForcedRetry


def caught(error: ForcedRetry) -> None:
    assert_type(error.delay, timedelta)
