"""Whether the server does what a worker asks of it: the worker's log and its health are about that."""

import asyncio
import logging
from collections.abc import Mapping
from enum import StrEnum

from ..errors import ServerRefusal, ServerTrouble
from ..model.printable import printable

logger = logging.getLogger("docket.worker")

LEAVING_DELAY_SECONDS = 0.2
"""How long a worker that leaves waits before it tries a lost server again."""


class Part(StrEnum):
    """What a worker asks the server for."""

    INTAKE = "taking work"
    LISTENER = "waiting for work"
    LEASES = "renewing leases"
    OUTCOMES = "recording outcomes"
    HEARTBEAT = "sending heartbeats"


class Contact:
    """Who among a worker's loops waits for the server, since when, and in vain or not.

    A loop is on record from when it begins to ask until it has what it asked for, however often it has to try. So one
    that fails, one that hangs and one that is gone all look the same: it asks for too long. An outage is told when the
    first of them fails and when the last of them succeeds again, and not each time that somebody tries.
    """

    def __init__(self, patience_seconds: float, allowances: Mapping[Part, float]) -> None:
        """Contact with a server.

        Args:
            patience_seconds: How long a loop may ask in vain before that is a trouble.
            allowances: How much longer it may take where the server is asked to wait, in seconds.
        """
        self._patience_seconds = patience_seconds
        self._allowances = allowances
        self._asking: dict[Part, float] = {}
        self._failing: dict[Part, ServerTrouble] = {}
        self._out_since = 0.0
        self._told: type[ServerTrouble] | None = None

    def asks(self, part: Part) -> None:
        """A loop has begun to ask for something."""
        self._asking.setdefault(part, asyncio.get_running_loop().time())

    def has(self, part: Part) -> None:
        """A loop has got what it asked for."""
        self._asking.pop(part, None)
        if self._failing and self._failing.pop(part, None) is not None and not self._failing:
            self._told = None
            seconds = asyncio.get_running_loop().time() - self._out_since
            logger.info("the server is back, after %.1f s; this worker goes on", seconds)

    def fails(self, part: Part, error: ServerTrouble, delay_seconds: float) -> None:
        """A loop has been let down, and tries again after a delay."""
        if not self._failing:
            self._out_since = asyncio.get_running_loop().time()
        self._failing[part] = error
        reason = printable(str(error))
        kind = ServerRefusal if isinstance(error, ServerRefusal) else ServerTrouble
        if kind is not self._told:
            self._told = kind
            logger.warning(
                "%s fails; trying again every %g s until the server is back: %s", part, delay_seconds, reason
            )
        else:
            logger.debug("%s fails, next try in %g s: %s", part, delay_seconds, reason)

    def troubles(self) -> list[str]:
        """What has not worked for too long."""
        now = asyncio.get_running_loop().time()
        late = {part: now - since for part, since in self._asking.items()}
        return [
            f"{part} has not succeeded for {seconds:.0f} s"
            for part, seconds in late.items()
            if seconds > self._patience_seconds + self._allowances.get(part, 0)
        ]
