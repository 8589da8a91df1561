"""What callers do to executions: schedule, replace, cancel, look up."""

import os
from collections.abc import Iterable
from itertools import batched, chain
from typing import Literal, NamedTuple

from ..model.record import Record
from ..model.states import Cancellation, Disposition, ExecutionState
from . import scripts
from .connections._wire import Wire
from .keys import Keys, decode, encode
from .strikes import Strikes

_CANCEL_BATCH = 100
_CLEAR_BATCH = 50
"""A hundred are cleared no faster, and hold up the server for 3 ms at a time rather than for 2."""


class Scheduling(NamedTuple):
    """What became of a call that was to be scheduled, and the state of its key's execution after that."""

    disposition: Disposition
    generation: int
    state: ExecutionState
    when_ms: int


_DISPOSITIONS = {
    b"scheduled": Disposition.SCHEDULED,
    b"successor": Disposition.SCHEDULED,
    b"already": Disposition.ALREADY_SCHEDULED,
    b"superseded": Disposition.SUPERSEDED,
}


class Executions:
    """The records of a docket, from a caller's side."""

    def __init__(self, wire: Wire, keys: Keys, ttl_ms: int, dead_ttl_ms: int, strikes: Strikes) -> None:
        """The records under `keys`.

        Args:
            wire: Where they are kept.
            keys: Under which keys.
            ttl_ms: How long those of ended executions are kept, in milliseconds.
            dead_ttl_ms: The same for those that have died.
            strikes: What is struck, as far as is known here.
        """
        self._strikes = strikes
        self._wire = wire
        self._keys = keys
        self._ttl_ms = ttl_ms
        self._dead_ttl_ms = dead_ttl_ms

    async def schedule(
        self, key: str, function: str, payload: bytes, when_ms: int | None, claim: str | None
    ) -> Scheduling | None:
        """Schedule a call for a time, or for now. None: not done, for the strikes are others than was known here.

        Args:
            key: The key of the execution.
            function: The name of the task.
            payload: Its pickled arguments.
            when_ms: When it is due, in milliseconds since the epoch; None is now, by the server's clock.
            claim: The claim under which the caller itself runs, if it is the execution of that key.
        """
        return await self._place("schedule", key, function, payload, "" if when_ms is None else when_ms, claim or "")

    async def replace(self, key: str, function: str, payload: bytes, when_ms: int) -> Scheduling | None:
        """Schedule a call in place of what is pending under its key; None as for `schedule`."""
        return await self._place("replace", key, function, payload, when_ms)

    async def _place(
        self, verb: str, key: str, function: str, payload: bytes, when_ms: int | Literal[""], *more: str
    ) -> Scheduling | None:
        keys, known = self._keys, self._strikes.in_force.version
        what, generation, state, when_ms, *newer = await scripts.run(
            self._wire,
            verb,
            [keys.run(key), keys.ready, keys.later, keys.dead, keys.strikes],
            [
                *(keys.events, keys.requests, min(self._ttl_ms, self._dead_ttl_ms)),
                *(encode(key), encode(function), payload, when_ms, request_id(), known, *more),
            ],
            says_again=True,
        )
        if what == b"outdated":
            for flat in newer:
                self._strikes.adopt(flat)
            return None
        reached = ExecutionState(state.decode())
        if reached.is_terminal:
            # A call that was sent again may have ended; a handle that says so would have to know what came of it.
            reached = ExecutionState.QUEUED
        return Scheduling(_DISPOSITIONS[what], int(generation), reached, int(when_ms))

    async def cancel(self, key: str) -> Cancellation:
        """Cancel the execution of a key."""
        return (await self.cancel_many([key]))[key]

    async def cancel_many(self, names: Iterable[str]) -> dict[str, Cancellation]:
        """Cancel the executions of keys, in batches that each take the server a moment; each key is cancelled once."""
        keys, cancellations = self._keys, dict[str, Cancellation]()
        for batch in batched(dict.fromkeys(names), _CANCEL_BATCH):
            answers = await scripts.run(
                self._wire,
                "cancel",
                [keys.later],
                [
                    *(keys.runs, keys.events, keys.signals, keys.requests, self._ttl_ms),
                    *chain.from_iterable((encode(key), request_id()) for key in batch),
                ],
                says_again=True,
            )
            cancellations.update(zip(batch, (Cancellation(what.decode()) for what in answers), strict=True))
        return cancellations

    async def load(self, key: str) -> Record | None:
        """Read the record of a key."""
        (fields,) = await self._wire.read(("HGETALL", self._keys.run(key)))
        return parse(key, fields)

    async def clear(self) -> int:
        """Cancel all pending work, in batches; returns how many executions that were."""
        keys, cancelled, left = self._keys, 0, 1
        while left:
            dropped, left = await scripts.run(
                self._wire,
                "clear",
                [keys.ready, keys.later, keys.suspects],
                [keys.runs, keys.events, keys.requests, self._ttl_ms, _CLEAR_BATCH, request_id()],
                says_again=True,
            )
            cancelled += dropped
        return cancelled

    async def unfinished(self, limit: int) -> tuple[int, list[Record]]:
        """The number of all unfinished executions, and the records of some of them, running and earliest first.

        Args:
            limit: How many of each of the running, the queued and the scheduled to read.
        """
        keys = self._keys
        ready_count, apart_count, later_count, running_count, running, ready, apart, later = await self._wire.read(
            ("XLEN", keys.ready),
            ("LLEN", keys.suspects),
            ("ZCARD", keys.later),
            ("ZCARD", keys.leases),
            ("ZRANGE", keys.leases, 0, limit - 1),
            ("XRANGE", keys.ready, "-", "+", "COUNT", limit),
            ("LRANGE", keys.suspects, 0, 2 * limit - 1),
            ("ZRANGE", keys.later, 0, limit - 1),
        )
        pointers = [*(fields[1] for _, fields in ready if fields[1]), *apart[::2]]
        records = await self._load_many([*running, *pointers, *later])
        queued = sum(record.state is ExecutionState.QUEUED for record in records)
        # An entry of the queue may be without a key, or point to what was cancelled or replaced; it counts for nothing.
        unread = ready_count - len(ready) + (apart_count - len(apart)) // 2
        return unread + queued + later_count + running_count, records

    async def _load_many(self, keys: Iterable[bytes]) -> list[Record]:
        unique = list(dict.fromkeys(keys))
        replies = await self._wire.read(*[("HGETALL", self._keys.runs + key) for key in unique])
        parsed = [parse(decode(key), reply) for key, reply in zip(unique, replies, strict=True)]
        return [record for record in parsed if record is not None and not record.state.is_terminal]


def request_id() -> bytes:
    """What a call is known by if its answer is lost and it is sent again, however much has happened by then."""
    return os.urandom(12)


def parse(key: str, flat: list[bytes]) -> Record | None:
    """The record of a key from its fields and values in turn; None if there are none."""
    return Record.parse(key, dict(zip(flat[::2], flat[1::2], strict=True))) if flat else None
