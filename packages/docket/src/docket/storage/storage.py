"""All that is kept of one docket, behind the connections to its server."""

from datetime import timedelta
from typing import Self

from ..model.seal import Seal
from .connections._server import Server
from .connections._wire import Wire
from .connections.urls import server_at
from .dead import Dead
from .deliveries import Deliveries
from .events import Events
from .executions import Executions
from .keys import Keys
from .roster import Roster
from .strikes import Strikes

ANSWER_TIMEOUT_SECONDS = 5.0
"""How long the server may take to answer a command before it counts as lost."""


class Storage:
    """The verbs of a docket, by the structure they work on."""

    def __init__(
        self, name: str, server: Server, seal: Seal, execution_ttl: timedelta, dead_ttl: timedelta, patience: timedelta
    ) -> None:
        """The storage of the docket called `name`; connections are made when they are needed.

        Args:
            name: The docket's name.
            server: Where it is kept.
            seal: What vouches for what is stored.
            execution_ttl: How long the records of ended executions are kept.
            dead_ttl: How long those of executions that have died are kept.
            patience: After what silence a worker counts as dead.
        """
        self._server = server
        self._keys = Keys(name)
        self._ttl_ms = round(execution_ttl / timedelta(milliseconds=1))
        self._dead_ttl_ms = round(dead_ttl / timedelta(milliseconds=1))
        self._wire = self._wire_to(ANSWER_TIMEOUT_SECONDS)
        self.strikes: Strikes = Strikes(self._wire, self._keys, seal)
        self.executions: Executions = Executions(self._wire, self._keys, self._ttl_ms, self._dead_ttl_ms, self.strikes)
        self.dead: Dead = Dead(self._wire, self._keys, self.strikes)
        self.events: Events = Events(server, self._keys)
        self.roster: Roster = Roster(self._wire, self._keys, patience)

    @classmethod
    def at(
        cls, url: str, name: str, seal: Seal, execution_ttl: timedelta, dead_ttl: timedelta, patience: timedelta
    ) -> Self:
        """The storage of a docket on the server that a URL names."""
        return cls(name, server_at(url), seal, execution_ttl, dead_ttl, patience)

    def deliveries(self, longest_wait: timedelta) -> Deliveries:
        """The queue, with connections of its own: one to wait on, as long as is said at most, and one for outcomes."""
        blocking = self._wire_to(ANSWER_TIMEOUT_SECONDS + longest_wait.total_seconds())
        outgoing = self._wire_to(ANSWER_TIMEOUT_SECONDS)
        return Deliveries(self._wire, outgoing, blocking, self._keys, self._ttl_ms, self._dead_ttl_ms, self.strikes)

    async def ping(self) -> None:
        """See that the server answers."""
        await self._wire.read(("PING",))

    async def now_ms(self) -> int:
        """The server's clock, in milliseconds since the epoch."""
        ((seconds, microseconds),) = await self._wire.read(("TIME",))
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def close(self) -> None:
        """Close all connections."""
        # In this order: whoever listens looks for himself once more, and then finds that all is closed.
        await self._wire.close()
        await self.events.close()
        await self._server.close()

    def _wire_to(self, answer_timeout_seconds: float) -> Wire:
        return Wire(lambda: self._server.connect(answer_timeout_seconds))
