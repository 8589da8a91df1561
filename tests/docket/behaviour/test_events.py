"""Who waits hears of the end, also when the connection that was to tell has gone silent without a word."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from docket import Docket, ExecutionState
from docket.storage import events
from tests.docket.conftest import OpenDocket
from tests.docket.harness import command, reaches, soon, until, working
from tests.servers import HOST, ServerProcess

pytestmark = pytest.mark.timeout(20)


class Proxy:
    """Passes everything on, in both directions, until it makes a connection a black hole: open, and without a sound."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self._port = port
        self._listening: set[asyncio.Event] = set()

    async def serve(self) -> asyncio.Server:
        """Take connections."""
        server = await asyncio.start_server(self._connected, HOST, 0)
        self.url = f"redis://{HOST}:{server.sockets[0].getsockname()[1]}/0"
        return server

    def swallow_events(self) -> int:
        """Let nothing more through on the connections on which somebody listens; returns how many these are."""
        for silenced in self._listening:
            silenced.set()
        return len(self._listening)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        silenced = asyncio.Event()
        there, back = await asyncio.open_connection(HOST, self._port)
        with contextlib.closing(writer), contextlib.closing(back):
            await asyncio.gather(
                self._pass_on(reader, back, silenced, from_client=True), self._pass_on(there, writer, silenced)
            )
        self._listening.discard(silenced)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        silenced: asyncio.Event,
        *,
        from_client: bool = False,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                if from_client and b"SUBSCRIBE" in data:
                    self._listening.add(silenced)
                if not silenced.is_set():
                    writer.write(data)
        writer.close()


@pytest.fixture
async def proxy(own_server: ServerProcess) -> AsyncIterator[Proxy]:
    """A proxy before the test's own server."""
    made = Proxy(own_server.port)
    server = await made.serve()
    yield made
    server.close()
    await server.wait_closed()


async def test_a_connection_that_was_cut_in_silence_is_made_anew(
    open_own: OpenDocket, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When nothing arrives any more, not even an answer, whoever waits still learns of the end."""
    monkeypatch.setattr(events, "_SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(events, "_RECONNECTION_DELAY_SECONDS", 0.01)
    near = await open_own()
    gate = asyncio.Event()

    async def hold() -> str:
        await gate.wait()
        return "heard"

    near.register(hold)
    async with Docket(near.name, proxy.url) as far, working(near):
        execution = await far.add("hold")()
        waiting = asyncio.create_task(execution.result())
        await until(lambda: far.storage.events._subscribed, "somebody listens")
        assert proxy.swallow_events() == 1
        gate.set()
        found = await near.get_execution(execution.key)
        assert found is not None
        await reaches(found, ExecutionState.COMPLETED)
        assert await soon(waiting) == "heard"


async def test_a_connection_on_which_nothing_happens_is_kept(
    open_own: OpenDocket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A server that answers is not silent, however long there is nothing to tell."""
    monkeypatch.setattr(events, "_SILENCE_SECONDS", 0.2)
    caplog.set_level(logging.WARNING, "docket.events")
    docket = await open_own()
    gate = asyncio.Event()

    async def hold() -> str:
        await gate.wait()
        return "heard"

    async with working(docket):
        execution = await docket.add(hold)()
        waiting = asyncio.create_task(execution.result())
        await until(lambda: docket.storage.events._subscribed, "somebody listens")
        connection = docket.storage.events._connection

        async def was_asked() -> bool:
            return b"cmd=ping" in await command(docket, "CLIENT", "LIST", "TYPE", "pubsub")

        await until(was_asked, "the server is asked whether it is there")
        asked = asyncio.get_running_loop().time()
        await until(lambda: asyncio.get_running_loop().time() > asked + 0.5, "more than two silences have passed")
        assert docket.storage.events._connection is connection
        assert "silent" not in caplog.text
        gate.set()
        assert await soon(waiting) == "heard"
