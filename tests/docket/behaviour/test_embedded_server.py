"""The embedded server: private ones, starting, failing to start, forks and crowds.

What processes that share a server do to each other is in `test_embedded_sharing.py`.
"""

import asyncio
import os
import signal
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from docket.errors import InvalidURL, ServerStartError
from docket.storage.connections import _embedded_private, _embedded_process, _embedded_server
from docket.storage.connections._binary import BINARY_VARIABLE
from docket.storage.connections._embedded_locks import FileLock
from docket.storage.connections._embedded_server import EmbeddedServer, embedded_server
from tests.server_users import User, handles, mode_of, pid_of, send, user_processes
from tests.servers import process_exists
from tests.waiting import eventually, wait_until


@pytest.fixture
def user() -> Iterator[Callable[[str], User]]:
    """Start processes that use the server of a URL."""
    with user_processes() as start:
        yield start


@pytest.fixture
async def server() -> AsyncIterator[Callable[[str], EmbeddedServer]]:
    """Make a handle on the server of a URL."""
    async with handles() as make:
        yield make


# Private servers


async def test_a_private_server_answers_and_keeps_nothing_on_disk(server) -> None:
    """`memory://` leads to a real server that writes neither snapshots nor an append-only file."""
    path = await server("memory://answers").ensure_running()
    assert send(path, "PING") == "+PONG\r\n"
    assert "appendonly\r\n$2\r\nno" in send(path, "CONFIG GET appendonly")
    assert "save\r\n$0\r\n" in send(path, "CONFIG GET save")
    assert mode_of(Path(path).parent) == 0o700


async def test_one_private_url_is_one_server_and_two_are_two(server) -> None:
    """Dockets that name the same URL meet; a different name is a world of its own."""
    one, same, other = [await server(f"memory://{name}").ensure_running() for name in ("a", "a", "b")]
    assert pid_of(one) == pid_of(same) != pid_of(other)


async def test_a_private_server_stays_when_its_last_docket_is_closed(server) -> None:
    """What one docket left is found by the next one of the same process."""
    first = server("memory://stays")
    assert send(await first.ensure_running(), "SET left behind") == "+OK\r\n"
    first.release()
    await first.released()
    assert "behind" in send(await server("memory://stays").ensure_running(), "GET left")


async def test_a_private_server_that_dies_is_replaced_on_the_same_socket(server) -> None:
    """Connection pools made for the socket find the new server there."""
    handle = server("memory://dies")
    path = await handle.ensure_running()
    first = pid_of(path)
    os.kill(first, signal.SIGKILL)
    await eventually(lambda: not process_exists(first), "the server is dead")
    assert await handle.ensure_running() == path
    assert pid_of(path) != first


@pytest.mark.parametrize("end", [User.kill, User.finish], ids=["killed", "finished"])
def test_a_private_server_goes_with_its_process(user, end: Callable[[User], object]) -> None:
    """However the process ends, SIGKILL included, its server and the directory are gone."""
    owner = user("memory://")
    path = owner.tell("join")
    pid = pid_of(path)
    end(owner)
    wait_until(lambda: not process_exists(pid) and not Path(path).parent.exists(), "server and directory gone")


def test_a_process_that_has_finished_leaves_no_private_server_for_later(user) -> None:
    """An orderly end waits for the server's end: a script's next command finds a clean machine."""
    owner = user("memory://")
    path = owner.tell("join")
    owner.finish()
    assert not Path(path).parent.exists()


async def test_asking_for_a_server_that_runs_costs_one_connection(server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every new connection of a docket asks, so asking must be cheap."""
    handle = server("memory://cheap")
    await handle.ensure_running()
    asked = []
    monkeypatch.setattr(_embedded_private, "ask", lambda path: asked.append(path) or _embedded_process.ask(path))
    path = await handle.ensure_running()
    assert asked == [Path(path)]


# Both kinds


@pytest.mark.parametrize("kind", ["memory://session", "file://{}"])
async def test_a_server_has_a_session_of_its_own(server, tmp_path: Path, kind: str) -> None:
    """Ctrl-C goes to all processes of a terminal's session; the server must serve a program that ends."""
    path = await server(kind.format(tmp_path)).ensure_running()
    assert os.getsid(pid_of(path)) != os.getsid(0)


@pytest.mark.parametrize("kind", ["memory://", "file://{}"])
def test_a_fork_that_ends_does_not_end_its_parents_server(user, tmp_path: Path, kind: str) -> None:
    """A child of fork gets a private server of its own, or shares a shared one, and leaves by itself."""
    parent = user(kind.format(tmp_path))
    path = parent.tell("join")
    pid = pid_of(path)
    assert (parent.tell("fork and join") == path) == kind.startswith("file")
    assert parent.tell("join") == path
    assert pid_of(path) == pid


@pytest.mark.parametrize("kind", ["memory://", "file://{}"])
def test_a_fork_that_lives_on_does_not_keep_its_parents_server(user, tmp_path: Path, kind: str) -> None:
    """What a child of fork inherits, and never uses, is no reason for a server to stay."""
    parent = user(kind.format(tmp_path))
    pid = pid_of(parent.tell("join"))
    child = int(parent.tell("fork"))
    try:
        assert parent.finish() == 0
        wait_until(lambda: not process_exists(pid), "the parent's server is gone")
        assert process_exists(child)
    finally:
        os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("url", ["file://", "file:///data?db=1", "file:///data#1", "redis://localhost", "data"])
def test_a_url_that_names_no_embedded_server_is_refused(url: str) -> None:
    """What cannot be understood is an error at once, not another directory than was meant."""
    with pytest.raises(InvalidURL, match="file://"):
        embedded_server(url)


# When it does not start


@pytest.mark.parametrize("kind", ["memory://fails", "file://{}/data"])
async def test_a_server_that_ends_while_starting_is_an_error_with_its_last_words(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The error shows the command line and the end of the log; the next try starts from scratch."""
    broken = tmp_path / "broken-server"
    broken.write_text("#!/bin/sh\necho no luck today >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setenv(BINARY_VARIABLE, str(broken))
    handle = server(kind.format(tmp_path))
    for _ in range(2):
        with pytest.raises(ServerStartError, match="ended while it was starting") as caught:
            await handle.ensure_running()
        assert caught.value.log_tail.startswith("no luck today")
        assert f"{broken} --port 0" in caught.value.command
        assert caught.value.command in str(caught.value)
    monkeypatch.delenv(BINARY_VARIABLE)
    assert send(await handle.ensure_running(), "PING") == "+PONG\r\n"


@pytest.mark.parametrize("kind", ["memory://hangs", "file://{}/data"])
async def test_a_server_that_never_answers_is_given_up_and_ended(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Waiting is bounded, and a server that hangs is not left to block the next try."""
    hanging = tmp_path / "hanging-server"
    hanging.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 100\n")
    hanging.chmod(0o755)
    monkeypatch.setenv(BINARY_VARIABLE, str(hanging))
    monkeypatch.setattr(_embedded_process, "START_SECONDS", 0.3)
    handle = server(kind.format(tmp_path))
    with pytest.raises(ServerStartError, match=r"gave no answer for 0\.3 seconds"):
        await handle.ensure_running()
    pid = int((tmp_path / "pid").read_text())
    await eventually(lambda: not process_exists(pid), "the hanging server is gone")
    monkeypatch.undo()
    assert send(await handle.ensure_running(), "PING") == "+PONG\r\n"


async def test_a_server_that_says_it_is_loading_is_waited_for(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading a long append-only file takes its time, which the limit for an answer does not cut off."""
    monkeypatch.setattr(_embedded_process, "START_SECONDS", 0.1)
    lock = FileLock(tmp_path / "server.lock")
    assert lock.try_hold() is not None
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "docket.sock"))
    listener.listen()

    def answer() -> None:
        for reply in [b"-LOADING dataset in memory\r\n"] * 30 + [b"+PONG\r\n"]:
            connection, _ = listener.accept()
            with connection:
                connection.recv(100)
                connection.sendall(reply)

    thread = threading.Thread(target=answer)
    thread.start()
    assert await server(f"file://{tmp_path}").ensure_running() == str(tmp_path / "docket.sock")
    thread.join()
    listener.close()
    (tmp_path / "docket.sock").unlink()
    lock.release()


# Concurrency inside a process


@pytest.mark.parametrize("kind", ["memory://crowd", "file://{}"])
async def test_threads_and_tasks_that_come_at_once_start_one_server(server, tmp_path: Path, kind: str) -> None:
    """Several event loops of one process, and several tasks of each, get the same server."""

    async def crowd() -> list[str]:
        handles = [server(kind.format(tmp_path)) for _ in range(5)]
        return await asyncio.gather(*(handle.ensure_running() for handle in handles))

    crowds = await asyncio.gather(*(asyncio.to_thread(asyncio.run, crowd()) for _ in range(3)), crowd())
    paths = {path for paths in crowds for path in paths}
    assert len(paths) == 1
    assert (Path(paths.pop()).parent / "server.log").read_text().count("Server initialized") == 1


async def test_starting_a_server_leaves_the_event_loop_free(server) -> None:
    """While the server starts, other tasks go on."""
    starting = asyncio.create_task(server("memory://free").ensure_running())
    turns = 0
    while not starting.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100


async def test_a_cancelled_start_leaves_nothing_locked(server, tmp_path: Path) -> None:
    """Whoever stops waiting to join neither joins later nor keeps others out."""
    leaving = FileLock(tmp_path / "users.lock")
    assert leaving.try_hold() is not None
    waiting = asyncio.create_task(server(f"file://{tmp_path}").ensure_running())
    process = await _process_of(tmp_path)
    await eventually(process._turn.locked, "it waits for the one who leaves")
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await eventually(lambda: not process._turn.locked(), "its thread has given up", timeout_seconds=3)
    leaving.release()
    for name in ("users.lock", "server.lock"):
        lock = FileLock(tmp_path / name)
        assert lock.try_hold() is not None
        lock.release()
    assert not (tmp_path / "docket.sock").exists()
    assert send(await server(f"file://{tmp_path}").ensure_running(), "PING") == "+PONG\r\n"


async def _process_of(directory: Path) -> _embedded_process.ServerProcess:
    await eventually(lambda: directory in _embedded_server._processes, "the server is known")
    return _embedded_server._processes[directory]
