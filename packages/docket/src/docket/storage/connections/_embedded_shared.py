"""The server of a `file://` URL: its data is on disk, and all processes that name the directory share it."""

import contextlib
import hashlib
import os
import signal
import stat
from pathlib import Path

from docket.errors import UnsafeDirectoryError
from docket.storage.connections._embedded_locks import FileLock, Patience
from docket.storage.connections._embedded_process import (
    LONGEST_SOCKET_PATH,
    Answer,
    ServerEndedError,
    ServerProcess,
    ask,
)

_SOCKET = "docket.sock"
_STOP_SECONDS = 10.0
_LONGEST_LOG_BYTES = 1_000_000


class SharedServer(ServerProcess):
    """A server that outlives its starter, and is shut down by the last of its users.

    Two locks in the directory, which the kernel gives back when a holder dies, decide everything:

    - `server.lock` is inherited by the server process itself, so it is held exactly as long as a server lives
      there, whoever started it. Two servers on the same append-only file would destroy it.
    - `users.lock` is held, shared, by every process that uses the server. Who gets it exclusively is alone, and
      holds it while shutting the server down, so that nobody joins a server on its way out.

    Args:
        directory: the absolute, resolved directory of the data; made when missing.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, _socket_path(directory))
        self._used = FileLock(directory / "users.lock")
        self._alive = FileLock(directory / "server.lock")
        self._pid: int | None = None
        self._answered = False

    def close(self) -> None:
        """Leave for good, as the interpreter ends."""
        self._users.clear()
        self._unused()

    def _run(self, patience: Patience) -> None:
        if not self._used.held_by_us:
            self._enter(patience)
        while (answer := ask(self.socket_path)) is not Answer.READY:
            if answer is Answer.ABSENT:
                self._enter(patience)
            elif answer is Answer.LOADING:
                patience.renew()
            patience.pause()
        self._answered = True

    def _enter(self, patience: Patience) -> None:
        """Become a user of the server, and start it when none is alive."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        while self._used.try_hold(shared=True) is None:
            patience.pause()
        if self.socket_path.parent != self.directory:
            _own_directory(self.socket_path.parent)
        if (lock := self._alive.try_hold()) is not None:
            try:
                self._pronounce_dead()
                self._start(lock)
            finally:
                self._alive.hand_over()
            patience.renew()

    def _pronounce_dead(self) -> None:
        """There is no server; say so if one was started and never came up, lest it is tried for ever."""
        if self._pid is not None:
            self._reap()
            if not self._answered:
                raise ServerEndedError

    def _start(self, lock: int) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.log.stat().st_size > _LONGEST_LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.old"))
        self._answered = False
        self._pid = self.spawn(self.command(), keep_open=(lock,))

    def _abort(self) -> None:
        if self._pid is not None and not self._answered:
            # It is our child: until it is reaped, no other process can have its id.
            os.kill(self._pid, signal.SIGKILL)
            self._reap()

    def _unused(self) -> None:
        """Leave; the last process to do so shuts the server down, which writes what is yet unwritten."""
        if not self._used.held_by_us:
            return
        self._used.release()
        try:
            if self._used.try_hold() is not None:
                self._shut_down(Patience(_STOP_SECONDS))
        except (TimeoutError, OSError):
            pass  # the server cannot write its data and goes on, or the directory is gone
        finally:
            self._used.release()

    def _shut_down(self, patience: Patience) -> None:
        """Ask the server to end; one that refuses, because it cannot write its data, goes on."""
        try:
            while self._alive.try_hold() is None:
                ask(self.socket_path, b"SHUTDOWN")
                patience.pause()
            self._reap()
            if self.socket_path.parent != self.directory:
                self.socket_path.unlink(missing_ok=True)
                self.socket_path.parent.rmdir()
        finally:
            self._alive.release()

    def _reap(self) -> None:
        """Note the end of the server, if it was our child: until then it stays in the process table."""
        if self._pid is not None:
            with contextlib.suppress(ChildProcessError):  # the program ignores SIGCHLD
                os.waitpid(self._pid, 0)
            self._pid = None

    def _persistence(self) -> list[str]:
        return ["--appendonly", "yes", "--appendfsync", "everysec"]


def _socket_path(directory: Path) -> Path:
    """Where the server of `directory` listens: in it, or, if that is too long for a socket, under /tmp."""
    inside = directory / _SOCKET
    if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:24]
    # Not the TMPDIR of this process: another process may have another one, and would look elsewhere.
    return Path("/tmp", f"docket-{os.getuid()}-{digest}", _SOCKET)  # noqa: S108 - its owner and mode are checked


def _own_directory(directory: Path) -> None:
    """Make a directory that only we can use, or make sure that an existing one is of that kind.

    Raises:
        UnsafeDirectoryError: somebody else could have put another server's socket there.
    """
    directory.mkdir(mode=0o700, exist_ok=True)
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise UnsafeDirectoryError(
            f"{directory} must be a directory that belongs to this user and is closed to others, but is not: "
            "somebody may want to be taken for the embedded server. Remove it, or use a shorter file:// URL."
        )
