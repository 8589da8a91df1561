"""A server of Redis's protocol that does exactly what a test needs."""

import asyncio
from contextlib import suppress


class FakeServer:
    """Reads commands and answers them when it is told to.

    A command is answered by echoing its last word, `refuse` by a refusal, and `hold` not before `release()`.
    """

    def __init__(self) -> None:
        self.commands: list[list[bytes]] = []
        """What it was asked, handshakes left out."""
        self.reads: list[int] = []
        """How many commands came with each piece of data that arrived."""
        self.connections: list[asyncio.StreamWriter] = []
        self.released = asyncio.Event()
        self.asked = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"redis://127.0.0.1:{self._port}/0"

    async def start(self) -> None:
        """Listen, on the port it had before if it was stopped."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening, and lose everybody."""
        assert self._server is not None
        self._server.close()
        self.hang_up()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Lose all connections; new ones are welcome."""
        for writer in self.connections:
            writer.transport.abort()
        self.connections.clear()

    def release(self) -> None:
        """Answer what is held, and hold nothing more."""
        self.released.set()

    async def held(self) -> None:
        """Wait until there is a command that is held."""
        await asyncio.wait_for(self.asked.wait(), 10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(writer)
        pending = b""
        with suppress(ConnectionError):
            while data := await reader.read(1 << 20):
                commands, pending = parse(pending + data)
                mine = [command for command in commands if command[0] not in (b"CLIENT", b"HELLO", b"SELECT")]
                if mine:
                    self.reads.append(len(mine))
                for command in commands:
                    await self._answer(command, writer, is_own=command in mine)
        writer.close()

    async def _answer(self, command: list[bytes], writer: asyncio.StreamWriter, *, is_own: bool) -> None:
        if not is_own:
            writer.write(b"+OK\r\n")
            return
        self.commands.append(command)
        match command[0]:
            case b"hold":
                self.asked.set()
                await self.released.wait()
            case b"hangup":
                self.hang_up()
                return
            case b"refuse":
                writer.write(b"-ERR refused\r\n")
                return
            case b"noscript":
                writer.write(b"-NOSCRIPT No matching script.\r\n")
                return
            case b"nonsense":
                writer.write(b"?what\r\n")
                return
        writer.write(b"$%d\r\n%s\r\n" % (len(command[-1]), command[-1]))


def parse(data: bytes) -> tuple[list[list[bytes]], bytes]:
    """The whole commands in a stream of bytes, and the rest."""
    commands = []
    while data.startswith(b"*"):
        position = data.find(b"\r\n")
        command = []
        for _ in range(int(data[1:position])):
            start = data.find(b"\r\n", position + 2)
            if start < 0:
                return commands, data
            length = int(data[position + 3 : start])
            position = start + 2 + length
            if len(data) < position + 2:
                return commands, data
            command.append(data[start + 2 : position])
        commands.append(command)
        data = data[position + 2 :]
    return commands, data
