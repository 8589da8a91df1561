"""Hearing of changes as they happen, over one connection for all who listen."""

import asyncio
import logging
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import RedisError

from ..errors import DocketError
from .connections._server import Link, Server
from .keys import Keys

logger = logging.getLogger("docket.events")

_RECONNECTION_DELAY_SECONDS = 1.0
_ANSWER_TIMEOUT_SECONDS = 5.0

type Messages = asyncio.Queue[bytes | None]


class Events:
    """The channels of a docket.

    What is published while nobody listens, or while a connection is made anew, is not heard. So whoever listens gets
    None each time that listening has begun, as a sign to look for himself once.
    """

    def __init__(self, server: Server, keys: Keys) -> None:
        """The channels under `keys`; the connection is made when somebody first listens."""
        self._server = server
        self._keys = keys
        self._listeners: dict[bytes, list[Messages]] = {}
        self._subscribed: set[bytes] = set()
        self._connection: Link | None = None
        self._reader: asyncio.Task[None] | None = None

    def execution(self, key: str) -> bytes:
        """The channel of an execution's changes."""
        return self._keys.event(key)

    @property
    def signals(self) -> bytes:
        """The channel that tells workers which claims have been cancelled."""
        return self._keys.signals

    @asynccontextmanager
    async def listen(self, channel: bytes) -> AsyncGenerator[Messages]:
        """The messages of a channel, as a queue; None stands for the beginning, and for each time it is begun anew."""
        messages: Messages = asyncio.Queue()
        self._listeners.setdefault(channel, []).append(messages)
        try:
            if channel in self._subscribed:
                messages.put_nowait(None)
            elif self._connection is not None:
                await self._send(self._connection, "SUBSCRIBE", channel)
            if self._reader is None:
                self._reader = asyncio.create_task(self._read(), name="docket events")
            yield messages
        finally:
            listeners = self._listeners[channel]
            listeners.remove(messages)
            if not listeners:
                del self._listeners[channel]
                self._subscribed.discard(channel)
                if self._connection is not None:
                    await self._send(self._connection, "UNSUBSCRIBE", channel)

    async def close(self) -> None:
        """Stop listening for good."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])

    async def _read(self) -> None:
        while True:
            try:
                await self._read_connection()
            except (RedisError, OSError, DocketError) as error:
                logger.warning("lost the connection for events, making it anew: %s", error)
            await asyncio.sleep(_RECONNECTION_DELAY_SECONDS)

    async def _read_connection(self) -> None:
        connection = await self._server.connect(_ANSWER_TIMEOUT_SECONDS)
        try:
            self._connection = connection
            if self._listeners:
                await self._send(connection, "SUBSCRIBE", *self._listeners)
            while True:
                message: Any = await connection.read_response(disable_decoding=True, timeout=math.inf)
                kind, channel, data = message
                if kind == b"subscribe" and channel in self._listeners:
                    self._subscribed.add(channel)
                if kind != b"unsubscribe":
                    for messages in self._listeners.get(channel, ()):
                        messages.put_nowait(data if kind == b"message" else None)
        finally:
            self._connection = None
            self._subscribed.clear()
            await connection.disconnect(nowait=True)

    async def _send(self, connection: Link, *command: bytes | str) -> None:
        try:
            await connection.send_command(*command, check_health=False)
        except (
            RedisError,
            OSError,
        ):  # the reader finds the same, and listens to all channels on the next connection
            logger.debug("the connection for events is broken")
