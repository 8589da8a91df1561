"""The embedded server: what a docket with a `memory://` or `file://` URL runs on."""

import asyncio
import atexit
import os
import threading
from pathlib import Path
from urllib.parse import unquote

from docket.errors import InvalidURL
from docket.storage.connections._embedded_private import PrivateServer
from docket.storage.connections._embedded_process import ServerProcess
from docket.storage.connections._embedded_shared import SharedServer

_PRIVATE, _SHARED = "memory://", "file://"


class EmbeddedServer:
    """One user's handle on the server of a URL. Each docket has its own; one URL leads to one server.

    Handles may be used from several threads and event loops. A child of fork that inherits one joins anew, as
    the process it is: a private server stays its parent's, and the child gets one of its own.

    Args:
        key: what the server is known by in this process: a private one's URL, a shared one's directory.
    """

    def __init__(self, key: str | Path) -> None:
        self._key = key
        self._leaving: threading.Thread | None = None

    async def ensure_running(self) -> str:
        """Start the server if it does not run, wait until it answers, and return the path of its unix socket.

        Costs one short connection when the server runs. When it is called off, nothing stays locked.

        Raises:
            ServerNotFoundError: there is no server to run; the message names the places to put one.
            ServerStartError: the server ended while it was starting, or gave no answer for 10 seconds.
            UnsafeDirectoryError: the socket's directory under /tmp is not ours alone.
            OSError: the directory of a `file://` URL cannot be made or written.
        """
        abandoned = threading.Event()
        try:
            return await asyncio.to_thread(_process(self._key).join, self, abandoned)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    def release(self) -> None:
        """Say that the server is no longer needed here: at any time, repeatedly, without blocking.

        A shared server is shut down when the last handle of the last process is released, which takes a
        moment: see `released`. A private one runs on, with its data, until the process ends. What is not
        released by then is released by the end of the interpreter.
        """
        if (process := _processes.get(self._key)) is not None:
            process.forget(self)
            # No daemon: the interpreter waits for it. No task: there may be no event loop any more.
            self._leaving = threading.Thread(target=process.settle, name="docket-embedded-release")
            self._leaving.start()

    async def released(self) -> None:
        """Wait until what `release` began is done; afterwards an unused directory may be moved or removed."""
        if self._leaving is not None:
            await asyncio.to_thread(self._leaving.join)


def embedded_server(url: str) -> EmbeddedServer:
    """A new handle on the server of a URL; nothing is started yet.

    Args:
        url: `memory://NAME`, where any name will do and none is one too, or `file://DIRECTORY`. The directory
            is everything after the two slashes, percent-decoded: `file:///var/lib/app`,
            `file://relative/to/here`, `file://~/data`.

    Raises:
        InvalidURL: the URL is of another kind, or names no directory.
    """
    if url.startswith(_PRIVATE):
        return EmbeddedServer(url)
    if not url.startswith(_SHARED):
        raise InvalidURL(f"An embedded server's URL begins with {_PRIVATE} or {_SHARED}; this one is {url!r}.")
    location = url.removeprefix(_SHARED)
    if not location or "?" in location or "#" in location:
        raise InvalidURL(f"A {_SHARED} URL names a directory and has no options (%3F stands for ?, %23 for #): {url!r}")
    # Resolved now, so that a later change of the working directory cannot lead to another server.
    return EmbeddedServer(Path(unquote(location)).expanduser().resolve())


_processes: dict[str | Path, ServerProcess] = {}
"""The servers that this process has to do with."""


def _process(key: str | Path) -> ServerProcess:
    if (known := _processes.get(key)) is not None:
        return known
    # Registered late and again, because multiprocessing's children begin by forgetting what was registered.
    atexit.unregister(_close_all)
    atexit.register(_close_all)
    # One atomic step: of two threads that come at once, both get the server of the first.
    return _processes.setdefault(key, SharedServer(key) if isinstance(key, Path) else PrivateServer())


def _close_all() -> None:
    for process in _processes.values():
        process.close()


# A child of fork that kept its parent's servers would end them at its exit. What they hold, the locks close.
os.register_at_fork(after_in_child=_processes.clear)
