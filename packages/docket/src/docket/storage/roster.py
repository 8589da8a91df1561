"""Which workers there are, and what they can run."""

import json
from collections.abc import Iterable
from datetime import timedelta

from ..model.record import from_ms
from ..model.workers import WorkerInfo
from . import scripts
from .connections._wire import Wire
from .deliveries import Consumer
from .keys import GROUP, Keys, decode, encode


class Roster:
    """The workers of a docket."""

    def __init__(self, wire: Wire, keys: Keys, patience: timedelta) -> None:
        """The roster under `keys`.

        Args:
            wire: Where it is kept.
            keys: Under which keys.
            patience: After what silence a worker is taken off it.
        """
        self._wire = wire
        self._keys = keys
        self._patience_ms = max(1, round(patience / timedelta(milliseconds=1)))

    @property
    def is_closed(self) -> bool:
        """Whether the docket has been closed, so that the server will not be reached from here any more."""
        return self._wire.is_closed

    async def beat(self, consumer: Consumer, functions: Iterable[str]) -> int:
        """Say that a worker is alive and what it can run; returns how many dead ones were removed on the way."""
        keys, identity = self._keys, encode(consumer.identity)
        known = json.dumps([*functions])  # a name may be any string, so nothing can separate them
        removed: int = await scripts.run(
            self._wire,
            "beat",
            [
                *(keys.workers, keys.profile(consumer.identity), keys.ready, keys.later, keys.dead, keys.swept),
                keys.suspects,
            ],
            [keys.profiles, GROUP, identity, self._patience_ms, encode(consumer.name), known],
        )
        return removed

    async def leave(self, consumer: Consumer) -> None:
        """Take a worker off the roster."""
        keys, identity = self._keys, encode(consumer.identity)
        await scripts.run(
            self._wire,
            "leave",
            [keys.workers, keys.profile(consumer.identity), keys.ready, keys.later, keys.suspects],
            [GROUP, identity],
        )

    async def workers(self) -> list[WorkerInfo]:
        """The workers that are alive, each with when it was last heard of."""
        (beats,) = await self._wire.read(("ZRANGE", self._keys.workers, 0, -1, "WITHSCORES"))
        identities, seen = beats[::2], beats[1::2]
        profiles = await self._wire.read(
            *[("HMGET", self._keys.profiles + identity, "name", "functions") for identity in identities]
        )
        return [
            WorkerInfo(decode(name), from_ms(int(last)), frozenset(json.loads(functions)))
            for (name, functions), last in zip(profiles, seen, strict=True)
            if name is not None  # it has missed its beats, and nobody has removed it yet
        ]
