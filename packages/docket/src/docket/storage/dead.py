"""The executions that have died, and are kept for a person to look at."""

from typing import NamedTuple

from ..model.record import Record
from ..model.states import Disposal, ExecutionState
from . import scripts
from .connections._wire import Wire
from .executions import parse, request_id
from .keys import Keys, decode, encode
from .strikes import Strikes


class Survey(NamedTuple):
    """A part of the list of the dead."""

    now_ms: int
    """When this was so, by the server's clock, in milliseconds since the epoch."""

    total: int
    """How many there are in all."""

    records: list[Record]
    """The records of this part, the one whose time is over first before all others."""


class Dead:
    """The dead of a docket."""

    def __init__(self, wire: Wire, keys: Keys, strikes: Strikes) -> None:
        """The dead under `keys`.

        Args:
            wire: Where they are kept.
            keys: Under which keys.
            strikes: What is struck, as far as is known here.
        """
        self._wire = wire
        self._keys = keys
        self._strikes = strikes

    async def survey(self, offset: int, limit: int) -> Survey:
        """Read a part of the list.

        Args:
            offset: How many to pass over.
            limit: How many to read at most.
        """
        keys = self._keys
        now_ms, total, found = await scripts.run(self._wire, "survey", [keys.dead], [offset, limit])
        replies = await self._wire.read(*[("HGETALL", keys.runs + key) for key in found])
        records = [parse(decode(key), reply) for key, reply in zip(found, replies, strict=True)]
        # One that was requeued or dropped in between is not dead any more.
        return Survey(now_ms, total, [record for record in records if record and record.state is ExecutionState.DEAD])

    async def requeue(self, key: str) -> Disposal | None:
        """Have a dead execution run again. None: not done, for the strikes are others than was known here."""
        keys = self._keys
        what, *newer = await scripts.run(
            self._wire,
            "requeue",
            [keys.run(key), keys.ready, keys.later, keys.dead, keys.strikes],
            [keys.events, keys.requests, encode(key), request_id(), self._strikes.in_force.version],
            says_again=True,
        )
        if what == b"outdated":
            for flat in newer:
                self._strikes.adopt(flat)
            return None
        return Disposal(what.decode())

    async def drop(self, key: str) -> Disposal:
        """Remove a dead execution."""
        keys = self._keys
        answer: bytes = await scripts.run(
            self._wire, "drop", [keys.run(key), keys.dead], [keys.requests, encode(key), request_id()], says_again=True
        )
        return Disposal(answer.decode())
