"""A connection that loses an answer."""

from collections.abc import Awaitable, Callable
from typing import Any

from docket.errors import ConnectionLost


class LossyWire:
    """Carries out the first command, loses its answer, and lets something happen before the next one."""

    def __init__(
        self,
        call: Callable[..., Awaitable[Any]],
        meanwhile: Callable[[], Awaitable[Any]],
        read: Callable[..., Awaitable[Any]] | None = None,
    ) -> None:
        self._call = call
        self.read = read
        self._meanwhile: Callable[[], Awaitable[Any]] | None = meanwhile

    async def call(self, *command: Any) -> Any:
        """Carry out a command."""
        answer = await self._call(*command)
        if self._meanwhile is not None:
            meanwhile, self._meanwhile = self._meanwhile, None
            await meanwhile()
            raise ConnectionLost("on the way back")
        return answer
