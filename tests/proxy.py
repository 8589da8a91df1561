"""A TCP proxy in front of a server, which misbehaves as networks do.

async with running_proxy(server.port) as proxy:
    async with Docket("orders", proxy.url) as docket:
        proxy.blackhole()   # nothing arrives any more, in either direction, and nobody is told
        proxy.heal()
        await proxy.cut()   # every connection is reset
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"
_CHUNK_BYTES = 1 << 16


@dataclass(eq=False)
class Passage:
    """A client's connection and the one that is made to the server for it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    said: set[bytes] = field(default_factory=set)
    """Which of the proxy's watchwords the client has sent."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def abort(self) -> None:
        """Reset both connections."""
        for writer in (self.client, self.server):
            if writer is not None:
                writer.transport.abort()


class Proxy:
    """A proxy in front of one server at a time; what it does to those who use it can change at any time."""

    def __init__(self, target: int, *, watchwords: tuple[bytes, ...] = (b"SUBSCRIBE",)) -> None:
        """A proxy in front of the server at port `target`; connections are told apart by watchwords that they send."""
        self.target = target
        """The port that new connections are made to."""
        self.accepting = True
        """Whether new connections are welcome; they are reset if not."""
        self.delay_seconds = 0.0
        """How long each piece of data is on its way, in each direction."""
        self.answer_bytes = _CHUNK_BYTES
        """How large a piece of what the server answers may be."""
        self.port = 0
        self.passages: set[Passage] = set()
        self._watchwords = watchwords
        self._requests_pass = asyncio.Event()
        self._answers_pass = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.heal()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://{HOST}:{self.port}/0"

    async def start(self) -> None:
        """Listen, on the port it had if it did before."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and lose everybody."""
        if self._server is not None:
            self._server.close()
        await self.cut()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._server is not None:
            await self._server.wait_closed()

    def heal(self) -> None:
        """Let everything pass at once, what was held included."""
        self.accepting = True
        self.delay_seconds = 0.0
        self.answer_bytes = _CHUNK_BYTES
        self._requests_pass.set()
        self._answers_pass.set()

    def blackhole(self) -> None:
        """Let nothing pass, without a word to anybody; connections, new ones too, stay open."""
        self._requests_pass.clear()
        self._answers_pass.clear()

    def hold_answers(self) -> None:
        """Let the server hear everything, and the clients nothing."""
        self._answers_pass.clear()

    async def cut(self, *, that_said: bytes | None = None) -> None:
        """Reset all connections, or those that have sent a watchword, and wait until they are gone."""
        passages = [passage for passage in self.passages if that_said is None or that_said in passage.said]
        for passage in passages:
            passage.abort()
        for passage in passages:
            await passage.gone.wait()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        passage = Passage(writer)
        self.passages.add(passage)
        try:
            if self.accepting:
                await self._connect(passage, reader)
        finally:
            passage.abort()
            for one in (passage.client, passage.server):
                if one is not None:
                    with contextlib.suppress(OSError):
                        await one.wait_closed()
            self.passages.discard(passage)
            passage.gone.set()

    async def _connect(self, passage: Passage, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            answers, passage.server = await asyncio.open_connection(HOST, self.target)
            pumps = [
                asyncio.create_task(self._pump(reader, passage.server, self._requests_pass, passage)),
                asyncio.create_task(self._pump(answers, passage.client, self._answers_pass, None)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.wait(pumps)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: asyncio.Event, asking: Passage | None
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                if asking is not None:
                    asking.said.update(word for word in self._watchwords if word in data)
                while data:
                    size = _CHUNK_BYTES if asking is not None else self.answer_bytes
                    piece, data = data[:size], data[size:]
                    if self.delay_seconds:
                        await asyncio.sleep(self.delay_seconds)
                    await passes.wait()
                    writer.write(piece)
                    await writer.drain()
            await passes.wait()


@contextlib.asynccontextmanager
async def running_proxy(target: int, *, watchwords: tuple[bytes, ...] = (b"SUBSCRIBE",)) -> AsyncIterator[Proxy]:
    """A proxy that listens, and is gone at the end of the block."""
    proxy = Proxy(target, watchwords=watchwords)
    await proxy.start()
    try:
        yield proxy
    finally:
        proxy.heal()
        await proxy.stop()
