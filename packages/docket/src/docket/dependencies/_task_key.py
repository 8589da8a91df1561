"""`TaskKey`."""

from paramdeps import Depends

from ..execution import current_execution


def TaskKey() -> str:
    """The key of the execution: `key: str = TaskKey()`."""
    return Depends(_current_key)


def _current_key() -> str:
    return current_execution.get().key
