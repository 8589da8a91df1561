"""Hearing of changes as they happen, over one connection for all who listen."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any

from redis.exceptions import RedisError

from ..errors import ConnectionLost, DocketError
from ..model.printable import printable
from .connections._link import Link
from .connections._server import Server
from .keys import Keys

logger: logging.Logger = logging.getLogger("docket.events")

_RECONNECTION_DELAY_SECONDS = 1.0
_ANSWER_TIMEOUT_SECONDS = 5.0
_SILENCE_SECONDS = 10.0
_MESSAGE_PARTS = 3

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
        self._closed = False
        self._is_lost = False

    def execution(self, key: str) -> bytes:
        """The channel of an execution's changes."""
        return self._keys.event(key)

    @property
    def signals(self) -> bytes:
        """The channel that tells workers which claims have been cancelled."""
        return self._keys.signals

    @property
    def is_closed(self) -> bool:
        """Whether nothing will be heard any more."""
        return self._closed

    @asynccontextmanager
    async def listen(self, channel: bytes) -> AsyncGenerator[Messages]:
        """The messages of a channel, as a queue; None stands for the beginning, and for each time it is begun anew.

        Raises:
            ConnectionLost: the docket has been closed.
        """
        if self._closed:
            raise ConnectionLost("this docket has been closed; use it inside its `async with` block")
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
        """Stop listening for good; whoever listens still is told to look for himself."""
        self._closed = True
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.wait([self._reader])
        for messages in chain.from_iterable(self._listeners.values()):
            messages.put_nowait(None)

    async def _read(self) -> None:
        while True:
            try:
                await self._read_connection()
            except (RedisError, OSError, DocketError) as error:
                # Told once, and not each second that the server is away.
                logger.log(
                    logging.DEBUG if self._is_lost else logging.WARNING,
                    "lost the connection for events, making it anew: %s",
                    printable(str(error)),
                )
                self._is_lost = True
            await asyncio.sleep(_RECONNECTION_DELAY_SECONDS)

    async def _read_connection(self) -> None:
        connection = await self._server.connect(_ANSWER_TIMEOUT_SECONDS)
        try:
            self._connection = connection
            if self._listeners:
                await self._send(connection, "SUBSCRIBE", *self._listeners)
            async for kind, channel, data in self._messages(connection):
                if kind == b"subscribe" and self._is_lost:
                    # Not before this: a server may take the connection, and then refuse what it is for.
                    self._is_lost = False
                    logger.info("the connection for events is back")
                if kind == b"subscribe" and channel in self._listeners:
                    self._subscribed.add(channel)
                if kind != b"unsubscribe":
                    for messages in self._listeners.get(channel, ()):
                        messages.put_nowait(data if kind == b"message" else None)
        finally:
            self._connection = None
            self._subscribed.clear()
            await connection.close()

    async def _messages(self, connection: Link) -> AsyncGenerator[tuple[bytes, bytes, bytes]]:
        asked = False
        while True:
            message: Any = await connection.receive(_SILENCE_SECONDS)
            if message is not None:
                asked = False
                if len(message) == _MESSAGE_PARTS:  # all but the answer to a PING
                    yield message
            elif asked:
                raise ConnectionLost("the connection for events has gone silent")
            else:
                # Nothing happens, or a connection was cut without a word: only an answer tells.
                asked = True
                await self._send(connection, "PING")

    async def _send(self, connection: Link, *command: bytes | str) -> None:
        try:
            await connection.send(*command)
        except (
            RedisError,
            OSError,
        ):  # the reader finds the same, and listens to all channels on the next connection
            logger.debug("the connection for events is broken")
