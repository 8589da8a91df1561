"""Distributed background tasks for async Python, on Redis Streams.

Scheduling future work is as easy as immediate work: `await docket.add(task, when=...)(arguments)`.
"""

from importlib.metadata import version

from .dead_letters import DeadLetters
from .dependencies import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Depends,
    ExponentialRetry,
    Retry,
    TaskArgument,
    TaskKey,
    TaskLogger,
)
from .docket import Docket
from .execution import Execution
from .model.states import Cancellation, Disposal, Disposition, ExecutionState
from .model.strikes import Operator, Strike, UnreadableStrike
from .model.workers import WorkerInfo
from .snapshot import DocketSnapshot
from .strikes import StrikeList
from .worker import Worker

__version__ = version("pydocket")

__all__ = [
    "Cancellation",
    "CurrentDocket",
    "CurrentExecution",
    "CurrentWorker",
    "DeadLetters",
    "Depends",
    "Disposal",
    "Disposition",
    "Docket",
    "DocketSnapshot",
    "Execution",
    "ExecutionState",
    "ExponentialRetry",
    "Operator",
    "Retry",
    "Strike",
    "StrikeList",
    "TaskArgument",
    "TaskKey",
    "TaskLogger",
    "UnreadableStrike",
    "Worker",
    "WorkerInfo",
    "__version__",
]
