"""`TaskLogger`."""

import logging
from typing import TYPE_CHECKING

from paramdeps import Depends

from ..docket import current_docket
from ..execution import current_execution
from ..model.printable import printable
from ..worker import current_worker

if TYPE_CHECKING:
    type Adapter = logging.LoggerAdapter[logging.Logger]


def TaskLogger() -> "Adapter":
    """A logger called `docket.task.NAME`, whose records say which execution they belong to.

    Each record has the attributes `docket`, `worker`, `task`, `key` and `attempt`.
    """
    return Depends(_current_logger)


def _current_logger() -> "Adapter":
    execution = current_execution.get()
    labels = {
        "docket": current_docket.get().name,
        "worker": current_worker.get().name,
        "task": execution.function_name,
        "key": execution.key,
        "attempt": execution.attempt,
    }
    return logging.LoggerAdapter(logging.getLogger(f"docket.task.{printable(execution.function_name)}"), labels)
