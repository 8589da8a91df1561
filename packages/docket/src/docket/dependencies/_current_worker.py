"""`CurrentWorker`."""

from paramdeps import Depends

from ..worker import Worker, current_worker


def CurrentWorker() -> Worker:
    """The worker that runs the task: `worker: Worker = CurrentWorker()`."""
    return Depends(current_worker.get)
