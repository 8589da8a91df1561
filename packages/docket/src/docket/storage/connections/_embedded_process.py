"""What both kinds of embedded server have in common: its command line, its users, whether it answers."""

import contextlib
import shlex
import socket
import subprocess
import threading
from abc import ABC, abstractmethod
from enum import Enum
from pathlib import Path

from docket.errors import ServerStartError
from docket.storage.connections._binary import find_server_binary
from docket.storage.connections._embedded_locks import Patience

START_SECONDS = 10.0
"""How long a server may take to answer. The time begins anew while it says that it is loading its data."""

LONGEST_SOCKET_PATH = 100
"""In bytes. The kernels' limits are 108 (Linux) and 104 (macOS), the closing zero included."""

_ANSWER_SECONDS = 1.0
_LOG_TAIL_LINES = 15


class Answer(Enum):
    """What came back from a socket that was asked something."""

    READY = "ready"
    LOADING = "loading"
    OTHER = "other"  # busy, out of connections, or on its way out: somebody is there
    ABSENT = "absent"


def ask(path: Path, command: bytes = b"PING") -> Answer:
    """Send one inline command to the server at a unix socket, over a connection of its own."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(_ANSWER_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(command + b"\r\n")
            reply = connection.recv(128)
        except (FileNotFoundError, ConnectionRefusedError):
            return Answer.ABSENT
        except (TimeoutError, BlockingIOError, ConnectionResetError, BrokenPipeError):
            return Answer.OTHER
    if reply.startswith(b"+PONG"):
        return Answer.READY
    return Answer.LOADING if reply.startswith(b"-LOADING") else Answer.OTHER


class ServerEndedError(Exception):
    """A server that was started ended before it answered."""


class ServerProcess(ABC):
    """One server as one process of ours sees it. Every method blocks: call them in a thread.

    Args:
        directory: where the server lives.
        socket_path: the unix socket it listens on.
    """

    def __init__(self, directory: Path, socket_path: Path) -> None:
        self.directory = directory
        self.socket_path = socket_path
        self.log = directory / "server.log"
        self._turn = threading.Lock()
        self._users: set[object] = set()

    def join(self, user: object, abandoned: threading.Event) -> str:
        """Make the server answer, count `user` among its users, and return its socket's path.

        Raises:
            ServerNotFoundError: there is no server to run.
            ServerStartError: the server ended while starting, or does not answer.
            Abandoned: the waiter has gone. `user` is not counted, unless it was before.
        """
        patience = Patience(START_SECONDS, abandoned)
        with patience.hold(self._turn):
            new = user not in self._users
            self._users.add(user)
            try:
                self._run_or_fail(patience)
            except BaseException:
                if new:
                    self.forget(user)
                if not self._users:
                    self._unused()
                raise
        return str(self.socket_path)

    def forget(self, user: object) -> None:
        """No longer count `user`. Does not block; `settle` does what follows from it."""
        self._users.discard(user)

    def settle(self) -> None:
        """If nobody uses the server any more, do what this kind of server does then."""
        with self._turn:
            if not self._users:
                self._unused()

    def _run_or_fail(self, patience: Patience) -> None:
        try:
            self._run(patience)
        except TimeoutError:
            failure = self.failure(f"gave no answer for {patience.seconds:g} seconds")
        except ServerEndedError:
            failure = self.failure("ended while it was starting")
        else:
            return
        self._abort()
        raise failure

    @abstractmethod
    def close(self) -> None:
        """The interpreter ends: let go of the server."""

    @abstractmethod
    def _run(self, patience: Patience) -> None:
        """Return once the server answers, having started it if need be."""

    @abstractmethod
    def _abort(self) -> None:
        """End a server that this process started and that has never answered; no other."""

    @abstractmethod
    def _unused(self) -> None:
        """The last user has left."""

    @abstractmethod
    def _persistence(self) -> list[str]:
        """The options that say what is kept on disk."""

    def command(self) -> list[str]:
        """The command line of the server."""
        # fmt: off
        return [
            str(find_server_binary()),
            "--port", "0",
            "--unixsocket", str(self.socket_path), "--unixsocketperm", "700",
            "--dir", str(self.directory), "--logfile", str(self.log),
            "--daemonize", "no", "--save", "", *self._persistence(),
            "--maxmemory-policy", "noeviction",
        ]
        # fmt: on

    def spawn(self, command: list[str], stdin: int = subprocess.DEVNULL, keep_open: tuple[int, ...] = ()) -> int:
        """Run a command that may outlive us, and return its process id.

        It has a session of its own, because Ctrl-C must not end a server before the program has shut down,
        and nothing of our standard streams. What a server says before it opens its log goes to the log.
        """
        with self.log.open("ab") as log:
            try:
                process = subprocess.Popen(  # noqa: S603 - a server, or a script of ours that starts one
                    command,
                    stdin=stdin,
                    stdout=log,
                    stderr=log,
                    pass_fds=keep_open,
                    cwd=self.directory,
                    start_new_session=True,
                )
            except OSError as error:
                raise self.failure(f"cannot be run: {error}") from error
        # Popen warns when it is dropped while its process runs, be it in a child of fork.
        process.returncode = 0
        return process.pid

    def failure(self, what: str) -> ServerStartError:
        """The error for a server that did not come up, with its command line and the end of its log."""
        command, tail = shlex.join(self.command()), ""
        with contextlib.suppress(OSError):
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:])
        return ServerStartError(
            f"The embedded server in {self.directory} {what}.\nIts command: {command}\n"
            f"The end of {self.log}:\n{tail or '(nothing)'}",
            command=command,
            log_tail=tail,
        )
