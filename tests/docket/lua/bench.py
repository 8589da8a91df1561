"""One docket on a real server: the verbs that run the scripts, and the raw keys they leave behind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import redis.asyncio

from docket.model.seal import Seal
from docket.storage.connections._wire import Wire
from docket.storage.connections.urls import server_at
from docket.storage.dead import Dead
from docket.storage.deliveries import Claim, Consumer, Deliveries, Finish, Taken
from docket.storage.executions import Executions, Scheduling
from docket.storage.keys import Keys, encode
from docket.storage.roster import Roster
from docket.storage.strikes import Strikes

HOUR_MS = 3_600_000
TTL_MS = 60_000
DEAD_TTL_MS = 120_000
LEASE_MS = 60_000
PATIENCE = timedelta(minutes=1)

_ANSWER_SECONDS = 10.0
_POLLS = 200_000


def consumer(identity: str = "worker", lease_ms: int = LEASE_MS, max_redeliveries: int = 1000) -> Consumer:
    """A worker, as the queue knows it."""
    return Consumer(identity, f"name of {identity}", lease_ms, max_redeliveries)


class Bench:
    """Everything a test needs of one docket."""

    def __init__(
        self,
        url: str,
        name: str = "bench",
        ttl_ms: int = TTL_MS,
        patience: timedelta = PATIENCE,
        dead_ttl_ms: int = DEAD_TTL_MS,
    ) -> None:
        """The docket called `name` on the server at `url`."""
        self.url = url
        self.keys = Keys(name)
        self._wires = [Wire(lambda: server_at(url).connect(_ANSWER_SECONDS)) for _ in range(2)]
        wire, blocking = self._wires
        self.call = wire.call
        self.strikes = Strikes(wire, self.keys, Seal(name))
        self.executions = Executions(wire, self.keys, ttl_ms, dead_ttl_ms, self.strikes)
        self.deliveries = Deliveries(wire, wire, blocking, self.keys, ttl_ms, dead_ttl_ms, self.strikes)
        self.dead = Dead(wire, self.keys, self.strikes)
        self.roster = Roster(wire, self.keys, patience)
        self._tokens = (f"token-{number}" for number in count(1))

    async def close(self) -> None:
        """Close the connections."""
        for wire in self._wires:
            await wire.close()

    # Doing -----------------------------------------------------------------------------------------------------------

    async def add(
        self,
        key: str = "key",
        *,
        function: str = "task",
        payload: bytes = b"payload",
        when_ms: int | None = None,
        claim: Claim | None = None,
    ) -> Scheduling:
        """Schedule a call; `claim` is that of the running execution which does so."""
        token = None if claim is None else claim.token.decode()
        scheduling = await self.executions.schedule(key, function, payload, when_ms, token)
        assert scheduling is not None, "the strikes have changed"
        return scheduling

    async def take(
        self,
        worker: Consumer | None = None,
        *,
        slots: int = 10,
        delivered: Sequence[bytes] = (),
        token: str | None = None,
        lost: str | None = None,
        suspects: int = 1,
    ) -> Taken:
        """Claim work, under a token of its own unless told."""
        token = token or next(self._tokens)
        return await self.deliveries.take(worker or consumer(), token, slots, delivered, lost, suspects)

    async def take_one(self, worker: Consumer | None = None) -> Claim:
        """Claim the one execution that is queued."""
        taken = await self.take(worker, slots=1)
        assert len(taken.claimed) == 1, "nothing was queued"
        return taken.claimed[0][0]

    async def start(self, key: str = "key", worker: Consumer | None = None, **call: Any) -> Claim:
        """Schedule a call for now and claim it."""
        await self.add(key, **call)
        return await self.take_one(worker)

    async def finish(self, claim: Claim, *more: Any, **fields: Any) -> list[Claim]:
        """Record how one execution ended; returns the lost claims."""
        return await self.deliveries.settle([Finish(claim, *more, **fields)])

    # Looking ---------------------------------------------------------------------------------------------------------

    async def now(self) -> int:
        """The server's clock, in milliseconds."""
        seconds, microseconds = await self.call("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000

    async def reached(self, moment_ms: int) -> None:
        """Wait until the server's clock has come to a moment; each look at it is a round trip."""
        for _ in range(_POLLS):
            if await self.now() >= moment_ms:
                return
        raise AssertionError("the server's clock does not move")

    async def record(self, key: str = "key") -> dict[str, bytes]:
        """The raw fields of an execution's record."""
        flat = await self.call("HGETALL", self.keys.run(key))
        return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}

    async def state(self, key: str = "key") -> str | None:
        """The state in an execution's record."""
        value = await self.call("HGET", self.keys.run(key), "state")
        return None if value is None else value.decode()

    async def ttl(self, key: str = "key") -> int:
        """The milliseconds that a record still has; -1 without a limit, -2 without a record."""
        return int(await self.call("PTTL", self.keys.run(key)))

    async def ready(self) -> list[tuple[bytes, int]]:
        """What the queue points to, as keys and generations."""
        entries = await self.call("XRANGE", self.keys.ready, "-", "+")
        return [(fields[1], int(fields[3])) for _, fields in entries]

    async def suspects(self) -> list[tuple[bytes, int]]:
        """What the line of suspects points to, as keys and generations."""
        flat = await self.call("LRANGE", self.keys.suspects, 0, -1)
        return [(key, int(generation)) for key, generation in zip(flat[::2], flat[1::2], strict=True)]

    async def later(self) -> dict[bytes, int]:
        """When what is scheduled is due."""
        return await self._scores(self.keys.later)

    async def leases(self) -> dict[bytes, int]:
        """When the leases run out."""
        return await self._scores(self.keys.leases)

    async def died(self) -> dict[bytes, int]:
        """When the time of the dead is over."""
        return await self._scores(self.keys.dead)

    async def beats(self) -> dict[bytes, int]:
        """When the workers were last heard of."""
        return await self._scores(self.keys.workers)

    async def consumers(self) -> dict[bytes, int]:
        """The consumers of the queue's group, and how much is delivered to each but not claimed."""
        found = await self.call("XINFO", "CONSUMERS", self.keys.ready, "workers")
        return {fields[1]: int(fields[3]) for fields in found}

    async def nudges(self) -> int:
        """How many entries are there to wake somebody, and point to nothing."""
        return (await self.ready()).count((b"", 0))

    async def everything(self) -> dict[bytes, bytes]:
        """All keys of the server, each with its serialized value: two equal ones mean that nothing has changed."""
        keys = await self.call("KEYS", "*")
        return {key: await self.call("DUMP", key) for key in sorted(keys)}

    async def deliver(self, worker: Consumer, key: str = "delivered") -> bytes:
        """Schedule a call and have the queue deliver it to a worker, which does not claim it."""
        await self.take(worker, slots=1)
        await self.add(key)
        entry = await self.deliveries.wait(worker, 5000)
        assert entry is not None
        return entry

    @asynccontextmanager
    async def hearing(self) -> AsyncIterator["Ear"]:
        """Listen to everything that is announced."""
        async with redis.asyncio.from_url(self.url) as client, client.pubsub() as pubsub:
            await pubsub.psubscribe("*")
            confirmation = await pubsub.get_message(timeout=_ANSWER_SECONDS)
            assert confirmation is not None
            yield Ear(pubsub, self.keys)

    async def _scores(self, key: bytes) -> dict[bytes, int]:
        flat = await self.call("ZRANGE", key, 0, -1, "WITHSCORES")
        return {member: int(score) for member, score in zip(flat[::2], flat[1::2], strict=True)}


class Ear:
    """What was announced, in order."""

    def __init__(self, pubsub: Any, keys: Keys) -> None:
        """Over a subscription to all channels."""
        self._pubsub = pubsub
        self._keys = keys

    async def event(self, key: str = "key") -> str:
        """The next announcement, which must be one of an execution's events."""
        message = await self._next()
        assert message["channel"] == self._keys.events + encode(key)
        return message["data"].decode()

    async def signal(self) -> bytes:
        """The next announcement, which must be a signal to the workers."""
        message = await self._next()
        assert message["channel"] == self._keys.signals
        return message["data"]

    async def _next(self) -> dict[str, Any]:
        message = await self._pubsub.get_message(ignore_subscribe_messages=True, timeout=_ANSWER_SECONDS)
        assert message is not None, "nothing was announced"
        return message
