"""Drains no-op tasks with a loop written by hand: how fast the data model can be, with nothing around it.

It keeps what docket keeps (one record per key with state, generation, claim and deliveries; pointers in a stream with
one consumer group; leases; a TTL and an event for everything that ends) and has none of its features: no schedule, no
retries, no successors, no cancelling, no dependencies, no renewal, no reconnecting.
"""

import asyncio
import hashlib
import pickle
from collections.abc import Awaitable, Callable
from itertools import batched, count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from redis.asyncio.connection import Connection
from stopwatch import Order, Stopwatch, read_order

_PREFIX = b"{drain}:"
_RUNS, _EVENTS = _PREFIX + b"run:", _PREFIX + b"events:"
_READY, _LEASES = _PREFIX + b"ready", _PREFIX + b"leases"
_TTL_MS = 15 * 60 * 1000
_LEASE_MS = 5 * 60 * 1000
_ENQUEUED_TOGETHER = 100

type Command = tuple[bytes | str | int, ...]

ran = 0


async def noop() -> None:
    """The task: it only counts."""
    global ran  # noqa: PLW0603 - the cheapest counter there is
    ran += 1


_TASKS: dict[bytes, Callable[..., Awaitable[object]]] = {b"noop": noop}


class Line:
    """One raw connection, used by one loop: no pool, no retries, no decoding, no lock."""

    def __init__(self, connection: Connection, digests: dict[str, str]) -> None:
        self._connection = connection
        self._digests = digests

    @classmethod
    async def to(cls, url: str) -> "Line":
        parts = urlsplit(url)
        connection = Connection(
            host=parts.hostname or "", port=parts.port or 0, protocol=2, socket_timeout=None, decode_responses=False
        )
        await connection.connect()
        sources = {path.stem: path.read_text() for path in Path(__file__).with_name("floor").glob("*.lua")}
        digests = {name: hashlib.sha1(source.encode()).hexdigest() for name, source in sources.items()}
        line = cls(connection, digests)
        await line.send([("SCRIPT", "LOAD", source) for source in sources.values()])
        return line

    async def send(self, commands: list[Command]) -> list[Any]:
        """Send all commands in one write, and read all answers."""
        connection = self._connection
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [await connection.read_response(disable_decoding=True) for _ in commands]

    def script(self, name: str, keys: list[bytes], *arguments: bytes | str | int) -> Command:
        return ("EVALSHA", self._digests[name], len(keys), *keys, *arguments)

    async def close(self) -> None:
        await self._connection.disconnect()


class Loop:
    """Slots, the outcomes that wait to be sent, and one loop: what has ended leaves with the next claim, in one write.

    There is no barrier: a task that takes long keeps its own slot and nobody else's.
    """

    def __init__(self, line: Line, concurrency: int) -> None:
        self._line = line
        self._free = concurrency
        self._running: set[asyncio.Task[None]] = set()
        self._outcomes: list[bytes] = []
        self._ended = asyncio.Event()
        self._consumer = uuid4().hex
        self._batches = count()

    async def drain(self) -> None:
        """Take and run until there is nothing to take and nothing runs."""
        while True:
            claim = f"{self._consumer}-{next(self._batches)}".encode()
            claimed = await self._exchange(claim)
            for key, _, called, payload in claimed:
                self._start(key, claim, called, payload)
            if not claimed and not self._running and not self._outcomes:
                return
            if not self._outcomes and (not claimed or not self._free):
                self._ended.clear()
                await self._ended.wait()

    async def _exchange(self, claim: bytes) -> list[list[bytes]]:
        outcomes, self._outcomes = self._outcomes, []
        script = self._line.script
        commands = [script("take", [_READY, _LEASES], _RUNS, _EVENTS, self._consumer, claim, self._free, _LEASE_MS)]
        if outcomes:
            commands.append(script("finish", [_LEASES], _RUNS, _EVENTS, _TTL_MS, *outcomes))
        answers: list[list[list[bytes]]] = await self._line.send(commands)
        return answers[0]

    def _start(self, key: bytes, claim: bytes, called: bytes, payload: bytes) -> None:
        self._free -= 1
        task = asyncio.Task(
            self._perform(key, claim, called, payload), loop=asyncio.get_running_loop(), eager_start=True
        )
        if not task.done():
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _perform(self, key: bytes, claim: bytes, called: bytes, payload: bytes) -> None:
        try:
            args, kwargs = pickle.loads(payload)
            value = await _TASKS[called](*args, **kwargs)
            state, result = b"completed", b"" if value is None else pickle.dumps(value)
        except Exception as error:  # noqa: BLE001 - a task may raise anything
            state, result = b"failed", repr(error).encode()
        self._outcomes += (key, claim, state, result)
        self._free += 1
        self._ended.set()


async def enqueue(line: Line, tasks: int) -> None:
    """Schedule that many calls."""
    payload = pickle.dumps(((), {}))
    await line.send([("XGROUP", "CREATE", _READY, "workers", "0", "MKSTREAM")])
    keys = (str(uuid4()).encode() for _ in range(tasks))
    for together in batched(keys, _ENQUEUED_TOGETHER):
        await line.send(
            [line.script("schedule", [_RUNS + key, _READY], _EVENTS, key, "noop", payload) for key in together]
        )


async def drain(order: Order) -> Stopwatch:
    """Enqueue everything, then time how long the loop takes for it."""
    line = await Line.to(order.url)
    await enqueue(line, order.tasks)
    with Stopwatch() as stopwatch:
        await Loop(line, order.concurrency).drain()
    await line.close()
    return stopwatch


if __name__ == "__main__":
    asyncio.run(drain(read_order())).report(ran)
