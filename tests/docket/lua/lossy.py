"""Connections that lose an answer, or hold up a command."""

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


class LateWire:
    """Holds the first command up, carries out the second, and delivers the first when told."""

    def __init__(self, call: Callable[..., Awaitable[Any]]) -> None:
        self._call = call
        self._held: tuple[Any, ...] | None = None

    async def call(self, *command: Any) -> Any:
        """Carry out a command, or hold it up."""
        if self._held is None:
            self._held = command
            raise ConnectionLost("on the way there")
        return await self._call(*command)

    async def deliver(self) -> Any:
        """Carry out the first command at last; returns the answer that nobody hears."""
        assert self._held is not None
        return await self._call(*self._held)
