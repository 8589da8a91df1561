"""`CurrentExecution`."""

from paramdeps import Depends

from ..execution import Execution, current_execution


def CurrentExecution() -> Execution:
    """The execution that the task is run for: `execution: Execution = CurrentExecution()`."""
    return Depends(current_execution.get)
