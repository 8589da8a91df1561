"""`TaskArgument`."""

from typing import Any

from paramdeps import Argument


def TaskArgument(parameter: str | None = None, optional: bool = False) -> Any:
    """Inside a dependency: an argument of the task that it is resolved for, a default of the task's included.

    Args:
        parameter: The task's parameter; the one of the same name if None.
        optional: None if the task has no such parameter, instead of an error.
    """
    return Argument(parameter, optional)
