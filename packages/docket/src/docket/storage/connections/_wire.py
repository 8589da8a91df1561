"""A connection that all tasks of an event loop share.

What is called while an answer is awaited leaves together, in one write, as soon as the answer is there. Nobody queues
for a connection, commands that are issued together cost one round trip, and a caller that is cancelled just stops
waiting: the answer to its command is read all the same, so the connection stays in step. Handshake, TLS and
parsing are redis-py's; commands are packed by hiredis, which redis-py would do in Python.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from hiredis import pack_command
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ...errors import CommandTooLarge, ConnectionLost, ReplyTimeout, ServerRefusal, ServerUnreachable
from ._link import Link

_MOST_TOGETHER = 1000
"""How many commands leave in one write at most, so that nobody waits for the answers to any number of others."""

_WHOLE_ANSWERS = 3
"""How many times as long as for one answer is waited for all that were asked for in one write."""

type Argument = bytes | str | int
type Command = tuple[Argument, ...]
type Pending = tuple[Command, asyncio.Future[Any]]
type Connect = Callable[[], Awaitable[Link]]


class Wire:
    """A connection that is made when it is first needed, and made anew when it has been lost.

    A call is never repeated: whoever makes one that was lost on the way knows whether that is safe.
    """

    def __init__(self, connect: Connect) -> None:
        """A wire over the connections that `connect` makes."""
        self._connect = connect
        self._connection: Link | None = None
        self._waiting: list[Pending] = []
        self._exchange: asyncio.Task[None] | None = None
        self._closed = False

    async def call(self, *command: Argument) -> Any:
        """Send a command and return the server's answer.

        Raises:
            ConnectionLost: the server cannot be reached or did not answer; the command may have been carried out, but
                not if this is a ServerUnreachable.
            ServerRefusal: the server refused the command; its `__cause__` says more.
        """
        return await self._submit(command)

    async def read(self, *commands: Command) -> list[Any]:
        """Send commands that change nothing, in one write, and return their answers; raises as `call` does.

        If the connection is lost on the way they are sent once more, for a connection that was cut while nobody used it
        shows that only when it is used again.
        """
        try:
            return await asyncio.gather(*[self._submit(command) for command in commands])
        except ConnectionLost:
            return await asyncio.gather(*[self._submit(command) for command in commands])

    @property
    def identity(self) -> int | None:
        """What the server knows the connection by; None if there is none, it is cut, or the server does not say."""
        return None if self._connection is None or self._connection.is_cut else self._connection.identity

    @property
    def is_closed(self) -> bool:
        """Whether it has been closed, for good."""
        return self._closed

    async def close(self) -> None:
        """Give up what is unanswered and close the connection, for good."""
        self._closed = True
        if self._exchange is not None:
            self._exchange.cancel()
            await asyncio.wait([self._exchange])
        # What was sent in this very turn of the event loop: the exchange has been cancelled before it began.
        self._give_up(self._waiting)
        await self._disconnect()

    def _submit(self, command: Command) -> asyncio.Future[Any]:
        if self._closed:
            raise ConnectionLost("this docket has been closed; use it inside its `async with` block")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, future))
        if self._exchange is None:
            self._begin()
        return future

    def _begin(self) -> None:
        self._exchange = asyncio.create_task(self._run(), name="docket wire")
        self._exchange.add_done_callback(self._on_end)

    def _on_end(self, exchange: asyncio.Task[None]) -> None:
        """Begin again if an event loop that closes has cancelled the exchange before it began: nothing was sent."""
        if self._exchange is exchange and not self._closed:
            self._begin()

    async def _run(self) -> None:
        batch: list[Pending] = []
        try:
            while self._waiting:
                # Whatever goes wrong, those who wait have to hear of it.
                try:
                    connection = await self._connected()
                except Exception as error:  # noqa: BLE001
                    self._fail_unsent(error)
                    continue
                batch, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
                try:
                    await self._answer_in_time(connection, batch)
                except Exception as error:  # noqa: BLE001
                    await self._disconnect()
                    _fail(batch, error)
                    if isinstance(error, RedisTimeoutError | TimeoutError):
                        # They have waited for as long, and would for as long again with each batch before theirs.
                        self._fail_unsent(error)
        finally:
            self._give_up(batch + self._waiting)

    async def _answer_in_time(self, connection: Link, batch: list[Pending]) -> None:
        """See to it that a server that answers in drips holds up nobody for longer than one that is silent might."""
        if len(batch) == 1:  # one answer has a limit of its own
            await self._answer(connection, batch)
            return
        seconds = _WHOLE_ANSWERS * connection.answer_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                await self._answer(connection, batch)
        except TimeoutError as error:
            raise TimeoutError(f"the server did not answer {len(batch)} commands within {seconds:g} s") from error

    async def _answer(self, connection: Link, batch: list[Pending]) -> None:
        packed, sent = _pack(batch)
        await connection.send_packed(packed)
        is_replica = False
        for future in sent:
            try:
                reply: Any = await connection.receive()
            except ResponseError as error:
                refusal = _refusal(error)
                is_replica = is_replica or "READONLY" in str(error) or isinstance(error, ReadOnlyError)
                if not future.done():
                    future.set_exception(refusal)
                if isinstance(refusal, CommandTooLarge):
                    raise ConnectionResetError("the server has closed the connection over a command") from error
            else:
                if not future.done():
                    future.set_result(reply)

        if is_replica:
            # Behind the same address another server may have taken over, which only a new connection leads to.
            await self._disconnect()

    async def _connected(self) -> Link:
        if self._connection is not None and self._connection.is_cut:
            # Cut while nobody used it, by the server or something on the way: nothing that was asked is lost.
            await self._disconnect()
        if self._connection is None:
            self._connection = await self._connect()
        return self._connection

    def _fail_unsent(self, error: Exception) -> None:
        unsent, self._waiting = self._waiting, []
        _fail(unsent, error, ServerUnreachable)

    def _give_up(self, unanswered: list[Pending]) -> None:
        self._exchange = None
        self._waiting = []
        _fail(unanswered, ConnectionResetError("closed before the server had answered"))

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _pack(batch: list[Pending]) -> tuple[bytes, list[asyncio.Future[Any]]]:
    packed: list[bytes] = []
    sent: list[asyncio.Future[Any]] = []
    for command, future in batch:
        try:
            packed.append(pack_command(command))
        except (TypeError, ValueError) as error:  # a command that cannot be written is its caller's trouble alone
            if not future.done():
                future.set_exception(error)
        else:
            sent.append(future)
    return b"".join(packed), sent


def _fail(batch: list[Pending], error: Exception, kind: type[ConnectionLost] | None = None) -> None:
    for _, future in batch:
        if not future.done():
            # To each his own: an exception gathers the traceback of whoever it is raised to.
            future.set_exception(_lost(error, kind))


def _refusal(error: ResponseError) -> ServerRefusal:
    kind = CommandTooLarge if "invalid bulk length" in str(error) else ServerRefusal
    refusal = kind(f"the server refused a command: {error}")
    refusal.__cause__ = error
    return refusal


def _lost(error: Exception, kind: type[ConnectionLost] | None) -> ConnectionLost:
    if kind is None:
        kind = ReplyTimeout if isinstance(error, RedisTimeoutError | TimeoutError) else ConnectionLost
    lost = kind(f"lost the server: {error}" if isinstance(error, RedisConnectionError) else f"{error}")
    lost.__cause__ = error
    return lost
