"""One connection to a server: redis-py's, with types, and with an end that can be awaited."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from operator import attrgetter
from typing import Any, Protocol, Self

from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

CONNECT_TIMEOUT_SECONDS = 5.0
_CLOSE_TIMEOUT_SECONDS = 1.0

# redis-py keeps its streams to itself, and forgets them as soon as something goes wrong; whoever is to see that they
# are closed has to know them.
_streams_of: Callable[[object], tuple[asyncio.StreamReader, asyncio.StreamWriter]] = attrgetter("_reader", "_writer")


class _Connection(Protocol):
    """What docket uses of a connection of redis-py."""

    @property
    def is_connected(self) -> bool: ...
    async def connect(self) -> object: ...
    async def on_connect(self) -> object: ...
    async def send_packed_command(self, command: Any, /, check_health: bool = ...) -> object: ...
    async def send_command(self, *args: Any, check_health: bool = ...) -> object: ...
    async def read_response(self, disable_decoding: bool = ..., timeout: float | None = ...) -> Any: ...  # noqa: ASYNC109
    async def disconnect(self, nowait: bool = ...) -> object: ...


class Link:
    """A connection that is made once, and not again when it is lost."""

    def __init__(self, connection: _Connection, answer_timeout_seconds: float) -> None:
        """A connection that is yet to be made; use `connect_to`."""
        self._connection = connection
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.answer_timeout_seconds = answer_timeout_seconds
        """How long an answer is waited for."""
        self.identity: int | None = None
        """What the server knows it by; None if it does not say."""

    @classmethod
    async def made(cls, kind: Callable[..., _Connection], options: dict[str, Any]) -> Self:
        """Make a connection; raises as `connect_to` does."""

        async def greet(connection: _Connection) -> None:
            link._adopt()
            await connection.on_connect()

        link = cls(kind(**options, redis_connect_func=greet), options["socket_timeout"])
        try:
            # As a whole: a server that takes the connection and then says nothing is no better than none.
            async with asyncio.timeout(CONNECT_TIMEOUT_SECONDS):
                await link._connection.connect()
                link._adopt()
                await link._introduce()
        except BaseException as error:
            await link.close()
            if isinstance(error, TimeoutError) and not str(error):
                raise TimeoutError(f"the server did not answer within {CONNECT_TIMEOUT_SECONDS:g} s") from error
            raise
        return link

    @property
    def is_cut(self) -> bool:
        """Whether the other side is known to have hung up: whatever would be sent now would be lost."""
        return self._reader is None or self._reader.at_eof()

    async def send_packed(self, data: bytes) -> None:
        """Send commands that are packed already; raises as `send` does."""
        self._refuse_if_lost()
        await self._connection.send_packed_command(data, check_health=False)

    async def send(self, *command: bytes | str | int) -> None:
        """Send a command.

        Raises:
            redis.exceptions.RedisError, OSError: the connection has been lost.
        """
        self._refuse_if_lost()
        await self._connection.send_command(*command, check_health=False)

    async def receive(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as redis-py has it
        """Read the next answer, or, if there is a timeout in seconds and nothing has come by then, return None."""
        return await self._connection.read_response(disable_decoding=True, timeout=timeout)

    async def close(self) -> None:
        """Hang up, and wait until the socket is closed. What has not been sent yet is dropped."""
        await self._connection.disconnect(nowait=True)
        if self._writer is not None:
            # To a peer that takes nothing any more, an orderly end would take for ever.
            self._writer.transport.abort()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(_CLOSE_TIMEOUT_SECONDS):
                    await self._writer.wait_closed()

    def _refuse_if_lost(self) -> None:
        # redis-py would make it anew, under the hands of whoever reads from it or has closed it.
        if not self._connection.is_connected:
            raise RedisConnectionError("the connection has been lost")

    def _adopt(self) -> None:
        self._reader, self._writer = _streams_of(self._connection)

    async def _introduce(self) -> None:
        try:
            await self.send("CLIENT", "ID")
            identity = await self.receive()
        except ResponseError:  # the user that docket connects as may not ask that
            return
        self.identity = identity if isinstance(identity, int) else None


async def connect_to(url: str, answer_timeout_seconds: float) -> Link:
    """Make a connection to a URL that redis-py understands, on which an answer is waited for as long as is said.

    Nothing is retried in here: the same command twice is not always the same as once, and only its sender knows.

    Raises:
        redis.exceptions.RedisError, OSError: the server cannot be reached.
    """
    options: dict[str, Any] = dict(parse_url(url))
    kind: Callable[..., _Connection] = options.pop("connection_class", Connection)
    options |= {
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": answer_timeout_seconds,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
    }
    return await Link.made(kind, options)
