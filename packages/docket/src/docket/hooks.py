"""What a dependency may do for the execution that it belongs to, besides being a value.

A worker knows these protocols, never a dependency by name: whatever is declared as a dependency of a task and derives
from one of them is called at its time.
"""

from abc import ABC, abstractmethod
from datetime import timedelta

from .execution import Execution


class FailureHook(ABC):
    """A dependency that decides what follows when its task has failed."""

    @abstractmethod
    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        """Decide whether the task is tried again.

        Called on this call's copy of the dependency, or on the declared one where the failure came before its turn to
        be entered.

        Args:
            execution: What has failed; its `attempt` counts from 1.
            error: What the task, one of its dependencies or their clean-up has raised.

        Returns:
            How long to wait before the next attempt, or None to leave it at this one.
        """
