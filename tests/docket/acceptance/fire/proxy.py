"""A TCP proxy between one process and the server, which does to its connections what networks do."""

import asyncio
import socket
import struct
from contextlib import suppress

from tests.servers import HOST

_CHUNK = 1 << 16
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Proxy:
    """Passes bytes on in both directions, and loses, holds up or delays them when told."""

    def __init__(self, target_port: int) -> None:
        """A proxy in front of a port of this machine."""
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._delay_seconds = 0.0
        self._mute = False
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._unanswered: set[asyncio.StreamWriter] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None, "the proxy does not run"
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._serve, HOST, 0)

    async def close(self) -> None:
        """End all connections, and listen no more."""
        assert self._server is not None
        self._server.close()
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    # Faults ----------------------------------------------------------------------------------------------------------

    def cut(self, *, reset: bool = False) -> None:
        """End all connections, in good order or with a reset; new ones are welcome."""
        for writer in self._connections.values():
            _abort(writer, reset=reset)

    def delay(self, seconds: float) -> None:
        """Hold up everything by so much from now on; 0 ends that."""
        self._delay_seconds = seconds

    def hold(self) -> None:
        """Pass nothing on until `heal`, when all that was sent arrives, also if nobody awaits it any more."""
        self._flowing.clear()

    def mute(self) -> None:
        """Pass requests on, and lose the answers; `heal` resets the connections that miss some."""
        self._mute = True

    def heal(self) -> None:
        """Be an ordinary network again."""
        self._mute = False
        self._delay_seconds = 0.0
        self._flowing.set()
        for writer in self._unanswered:
            _abort(writer, reset=True)
        self._unanswered.clear()

    # Passing on ------------------------------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = writer
        try:
            with suppress(OSError):
                await self._connect(reader, writer)
        except asyncio.CancelledError:
            pass  # the proxy closes; asyncio's streams would log a connection that is cancelled
        finally:
            del self._connections[task]
            self._unanswered.discard(writer)
            _abort(writer, reset=False)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(HOST, self._target_port)
        answers = asyncio.create_task(self._answers(server_reader, writer))
        try:
            await self._requests(reader, server_writer)
        finally:
            answers.cancel()
            await asyncio.gather(answers, return_exceptions=True)
            _abort(server_writer, reset=False)

    async def _requests(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._held_up()
                writer.write(data)
                await writer.drain()

    async def _answers(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                await self._held_up()
                if self._mute:
                    self._unanswered.add(writer)
                elif writer not in self._unanswered:
                    writer.write(data)
                    await writer.drain()
        if writer not in self._unanswered:
            _abort(writer, reset=False)

    async def _held_up(self) -> None:
        if self._delay_seconds:
            await asyncio.sleep(self._delay_seconds)
        await self._flowing.wait()


def _abort(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    connection = writer.get_extra_info("socket")
    if reset and connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
