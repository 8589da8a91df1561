"""A docket at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .execution import Execution
from .model.workers import WorkerInfo


@dataclass(frozen=True, slots=True)
class DocketSnapshot:
    """What a docket holds, and who works on it."""

    taken: datetime
    """When the snapshot was taken, by the server's clock."""

    total_tasks: int
    """How many executions are scheduled, queued or running."""

    future: Sequence[Execution]
    """Those scheduled and queued, the earliest first; the first thousand of each."""

    running: Sequence[Execution]
    """Those running, likewise."""

    workers: Sequence[WorkerInfo]
    """The workers that are alive."""
