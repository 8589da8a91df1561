"""Users of an embedded server: handles in this process, other processes, and a look at the server itself."""

import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import docket
from docket.storage.connections._embedded_server import EmbeddedServer, embedded_server

# Loads the embedded server and not all of docket, which would take dozens of processes too long.
PRELUDE = f"""
import asyncio, os, signal, socket, sys, types
sys.modules["docket"] = types.ModuleType("docket")
sys.modules["docket"].__path__ = {list(docket.__path__)}
from docket.storage.connections._embedded_server import embedded_server
"""

# A process that uses a server: it does what it is told, line by line, until it is told nothing more.
PROGRAM = """
handle = embedded_server(sys.argv[1])

async def leave():
    handle.release()
    await handle.released()
    return "released"

for line in sys.stdin:
    match line.strip():
        case "join":
            print(asyncio.run(handle.ensure_running()), flush=True)
        case "release":
            print(asyncio.run(leave()), flush=True)
        case "fork and join":
            if not (child := os.fork()):
                print(asyncio.run(handle.ensure_running()), flush=True)
                sys.exit()
            os.waitpid(child, 0)
        case "fork":
            print(os.fork() or signal.pause(), flush=True)
"""

CHURN = """
async def main():
    handle = embedded_server(sys.argv[1])
    for _ in range(8):
        path = await handle.ensure_running()
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            connection.sendall(b"INCR visits\\r\\n")
            assert connection.recv(100).startswith(b":")
        handle.release()
        await handle.released()

asyncio.run(main())
"""


SUICIDE = """
print(asyncio.run(embedded_server(sys.argv[1]).ensure_running()), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def python(program: str, url: str) -> list[str]:
    """The command line of a process that runs one of the programs above."""
    return [sys.executable, "-W", "error", "-c", PRELUDE + program, url]


class User:
    """Another process that uses the server of a URL."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            python(PROGRAM, url),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def order(self, order: str) -> None:
        """Have it do something."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """What came of an order."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def tell(self, order: str) -> str:
        """Have it do something and wait for what comes of it."""
        self.order(order)
        return self.answer()

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def finish(self) -> int:
        """Let it end as a program does whose work is done."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(timeout=10)


@contextmanager
def user_processes() -> Iterator[Callable[[str], User]]:
    """A function that starts processes which use a server; all are gone at the end."""
    users: list[User] = []

    def start(url: str) -> User:
        users.append(User(url))
        return users[-1]

    try:
        yield start
    finally:
        for one in users:
            try:
                one.finish()
            finally:
                one.kill()
                assert one.process.stdout is not None
                one.process.stdout.close()


@asynccontextmanager
async def handles() -> AsyncIterator[Callable[[str], EmbeddedServer]]:
    """A function that makes handles on the servers of URLs; all are released at the end."""
    made: list[EmbeddedServer] = []

    def make(url: str) -> EmbeddedServer:
        made.append(embedded_server(url))
        return made[-1]

    try:
        yield make
    finally:
        for handle in made:
            handle.release()
            await handle.released()


def send(path: str, command: str) -> str:
    """Send one inline command to a server and return its reply."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        connection.connect(path)
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(8192).decode()


def mode_of(path: str | Path) -> int:
    """The permissions of a file."""
    return Path(path).stat().st_mode & 0o777


def pid_of(path: str) -> int:
    """The process id of the server behind a socket."""
    info = send(path, "INFO server")
    return int(info.partition("process_id:")[2].split()[0])


def written(path: str) -> bool:
    """Whether all that was acknowledged has left the server's own buffers."""
    info = send(path, "INFO persistence")
    return "aof_buffer_length:0\r\n" in info and "aof_pending_bio_fsync:0\r\n" in info
