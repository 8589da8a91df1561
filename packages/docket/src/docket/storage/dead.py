"""The executions that have died, and are kept for a person to look at."""

from typing import NamedTuple

from ..model.record import Record
from ..model.states import Disposal, ExecutionState
from . import scripts
from .connections._wire import Wire
from .executions import parse, request_id
from .keys import Keys, decode, encode


class Survey(NamedTuple):
    """A part of the list of the dead."""

    now_ms: int
    """When this was so, by the server's clock, in milliseconds since the epoch."""

    total: int
    """How many there are in all."""

    records: list[Record]
    """The records of this part, the one that died first before all others."""


class Dead:
    """The dead of a docket."""

    def __init__(self, wire: Wire, keys: Keys, ttl_ms: int) -> None:
        """The dead under `keys`, which are kept for `ttl_ms` milliseconds."""
        self._wire = wire
        self._keys = keys
        self._ttl_ms = ttl_ms

    async def survey(self, offset: int, limit: int, latest_ms: int | None = None) -> Survey:
        """Read a part of the list.

        Args:
            offset: How many to pass over.
            limit: How many to read at most.
            latest_ms: Leave out those that died after this time, in milliseconds since the epoch.
        """
        keys = self._keys
        now_ms, total, found = await scripts.run(
            self._wire,
            "survey",
            [keys.dead],
            [keys.runs, self._ttl_ms, "+inf" if latest_ms is None else latest_ms, offset, limit],
        )
        replies = await self._wire.read(*[("HGETALL", keys.runs + key) for key in found])
        records = [parse(decode(key), reply) for key, reply in zip(found, replies, strict=True)]
        # One that was requeued or dropped in between is not dead any more.
        return Survey(now_ms, total, [record for record in records if record and record.state is ExecutionState.DEAD])

    async def requeue(self, key: str) -> Disposal:
        """Have a dead execution run again."""
        keys = self._keys
        answer: bytes = await scripts.run(
            self._wire,
            "requeue",
            [keys.run(key), keys.ready, keys.later, keys.dead],
            [keys.events, keys.requests, encode(key), request_id()],
            says_again=True,
        )
        return Disposal(answer.decode())

    async def drop(self, key: str) -> Disposal:
        """Remove a dead execution."""
        keys = self._keys
        answer: bytes = await scripts.run(
            self._wire, "drop", [keys.run(key), keys.dead], [keys.requests, encode(key), request_id()], says_again=True
        )
        return Disposal(answer.decode())
