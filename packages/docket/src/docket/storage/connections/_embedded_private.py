"""The server of a `memory://` URL: it belongs to one process, keeps nothing, and is gone with it."""

import contextlib
import os
import secrets
import shutil
import tempfile
from pathlib import Path

from docket.storage.connections._embedded_locks import Patience, close_descriptor, keep_from_children
from docket.storage.connections._embedded_process import (
    LONGEST_SOCKET_PATH,
    Answer,
    ServerEndedError,
    ServerProcess,
    ask,
)

_SOCKET = "docket.sock"
_CLOSE_SECONDS = 5.0

_EXIT_STATUS = "exit-status"

# The kernel closes our end of the pipe however we end, SIGKILL included; that is what the watcher waits for.
# Only the watcher kills, and it is itself ended when the server ends first, so it never kills a process that
# merely got the same id. The directory stays until the pipe is closed: a failed server's log can be read.
_SUPERVISOR = f"""
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{{ read -r _; kill -9 "$server"; }} <&3 &
watcher=$!
wait "$server"
echo "$?" >"$0/{_EXIT_STATUS}"
kill "$watcher"
read -r _ <&3
rm -rf -- "$0"
"""


class PrivateServer(ServerProcess):
    """A server in a private temporary directory, watched by a small shell that holds a pipe from us."""

    def __init__(self) -> None:
        name = f"docket-{secrets.token_hex(8)}"
        directory = Path(tempfile.gettempdir(), name)
        if len(os.fsencode(directory / _SOCKET)) > LONGEST_SOCKET_PATH:
            directory = Path("/tmp", name)  # noqa: S108 - the name cannot be guessed, and the directory must not exist
        super().__init__(directory, directory / _SOCKET)
        self._pipe: int | None = None
        self._pid = 0
        self._answered = False

    def close(self) -> None:
        """End the server and wait until its directory is gone."""
        self._bury()

    def _run(self, patience: Patience) -> None:
        while (answer := ask(self.socket_path)) is not Answer.READY:
            if answer is Answer.ABSENT and self._ended():
                if self._pipe is not None and not self._answered:
                    raise ServerEndedError
                self._bury()
                self._start()
            patience.pause()
        self._answered = True

    def _abort(self) -> None:
        if not self._answered:
            self._bury()

    def _unused(self) -> None:
        """Let it run: a docket that names the URL later in this process finds what an earlier one left."""

    def _persistence(self) -> list[str]:
        return ["--appendonly", "no"]

    def _ended(self) -> bool:
        return self._pipe is None or (self.directory / _EXIT_STATUS).exists() or not self.directory.exists()

    def _start(self) -> None:
        # The same name each time: connection pools that were made for the socket find the new server there.
        self.directory.mkdir(mode=0o700)
        self._answered = False
        theirs, ours = os.pipe()
        keep_from_children(ours)
        try:
            self._pid = self.spawn(["/bin/sh", "-c", _SUPERVISOR, str(self.directory), *self.command()], theirs)
        except BaseException:
            close_descriptor(ours)
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        finally:
            os.close(theirs)
        self._pipe = ours

    def _bury(self) -> None:
        """Have the watcher end the server, if it still runs, and wait until nothing is left of it."""
        if self._pipe is None:
            return
        pipe, self._pipe = self._pipe, None
        close_descriptor(pipe)
        patience = Patience(_CLOSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            while not _reaped(self._pid):
                patience.pause()
        # Here only if somebody killed the supervisor.
        shutil.rmtree(self.directory, ignore_errors=True)


def _reaped(pid: int) -> bool:
    """Whether our child `pid` is gone. Until this is asked, one that ended stays in the process table."""
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:  # somebody else asked, or the program ignores SIGCHLD
        return True
