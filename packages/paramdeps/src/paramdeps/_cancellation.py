"""Passes a cancellation on from a task that waits for another one, as the kind of cancellation that it is.

asyncio tells a task once that it is cancelled. A cancel scope of anyio tells it at whatever it waits for, until it has
left the scope; but not what is shielded. Passed on by `Task.cancel`, the latter would come through every shield. So a
task that is waited for has a scope of its own where anyio is in use, and that one is cancelled for the other.

anyio is not needed: as long as nobody else has imported it, there are no scopes that it could have made.
"""

import asyncio
import math
import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any, final


def shielded() -> AbstractContextManager[object]:
    """A block in which a cancelled scope of anyio around it does not disturb."""
    anyio: Any = sys.modules.get("anyio")
    scope: AbstractContextManager[object] = nullcontext() if anyio is None else anyio.CancelScope(shield=True)
    return scope


def _is_by_scope() -> bool:
    """Whether the current task is in a cancelled scope of anyio."""
    anyio: Any = sys.modules.get("anyio")
    return anyio is not None and anyio.current_effective_deadline() == -math.inf


@final
class Cancellation:
    """What cancels one task on behalf of others that wait for it."""

    def __init__(self) -> None:
        anyio: Any = sys.modules.get("anyio")
        self._scope: Any = None if anyio is None else anyio.CancelScope()

    @property
    def lasts(self) -> bool:
        """Whether what has been passed on is that of a scope, which tells at every wait."""
        return self._scope is not None and self._scope.cancel_called

    def scope(self) -> AbstractContextManager[object]:
        """The block in which the task does all that it does."""
        scope: AbstractContextManager[object] = nullcontext() if self._scope is None else self._scope
        return scope

    def pass_on(self, task: asyncio.Task[Any]) -> None:
        """Cancel `task`, as the current one has been cancelled.

        A second time it is `Task.cancel` in any case: that of a scope has been passed on, and lasts.
        """
        if self._scope is not None and not self._scope.cancel_called and _is_by_scope():
            self._scope.cancel()
        else:
            task.cancel()

    def once(self) -> AbstractContextManager[object]:
        """A block in which the current task is not told again of the cancelled scope that has been passed on."""
        return shielded() if self.lasts else nullcontext()
