"""What a task may ask for in its parameters, besides its arguments."""

from paramdeps import Dependency, Depends

from ..docket import current_docket
from ..execution import current_execution
from ..hooks import FailureHook
from ..worker import current_worker
from ._current_docket import CurrentDocket
from ._current_execution import CurrentExecution
from ._current_worker import CurrentWorker
from ._retry import ExponentialRetry, ForcedRetry, Retry
from ._task_argument import TaskArgument
from ._task_key import TaskKey
from ._task_logger import TaskLogger

__all__ = [
    "CurrentDocket",
    "CurrentExecution",
    "CurrentWorker",
    "Dependency",
    "Depends",
    "ExponentialRetry",
    "FailureHook",
    "ForcedRetry",
    "Retry",
    "TaskArgument",
    "TaskKey",
    "TaskLogger",
    "current_docket",
    "current_execution",
    "current_worker",
]
