"""The embedded server of a `file://` URL: who starts it, who shares it, what it survives, when it goes."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from docket.errors import UnsafeDirectoryError
from docket.storage.connections._embedded_locks import FileLock
from docket.storage.connections._embedded_server import EmbeddedServer, embedded_server
from tests.server_users import (
    CHURN,
    SUICIDE,
    User,
    handles,
    mode_of,
    pid_of,
    python,
    send,
    user_processes,
    written,
)
from tests.servers import process_exists
from tests.waiting import eventually


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


@pytest.fixture
async def leftovers(tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a shared server that killed processes may leave behind; whoever joins and leaves ends it."""
    url = f"file://{tmp_path}/data"
    yield url
    last = embedded_server(url)
    await last.ensure_running()
    last.release()
    await last.released()


async def test_two_processes_share_the_server_of_a_directory(server, user, tmp_path: Path) -> None:
    """Whoever names the directory uses the same server, which lies in it and is nobody else's to open."""
    url = f"file://{tmp_path}/deep/down"
    path, theirs = await server(url).ensure_running(), user(url).tell("join")
    assert path == theirs == f"{tmp_path}/deep/down/docket.sock"
    assert send(path, "SET shared yes") == "+OK\r\n"
    assert "yes" in send(theirs, "GET shared")
    assert mode_of(path) == 0o700
    assert "noeviction" in send(path, "CONFIG GET maxmemory-policy")


def test_of_ten_processes_that_come_at_once_one_starts_the_server(user, tmp_path: Path) -> None:
    """Two servers on the same files would destroy them: however many race, exactly one is started."""
    users = [user(f"file://{tmp_path}") for _ in range(10)]
    for one in users:
        one.order("join")
    assert len({pid_of(one.answer()) for one in users}) == 1
    assert (tmp_path / "server.log").read_text().count("Server initialized") == 1
    assert [one.finish() for one in users] == [0] * 10
    assert FileLock(tmp_path / "server.lock").try_hold() is not None


async def test_a_shared_server_outlives_the_process_that_started_it(server, user, leftovers: str) -> None:
    """The starter is killed and the other users notice nothing."""
    starter = user(leftovers)
    pid = pid_of(starter.tell("join"))
    handle = server(leftovers)
    path = await handle.ensure_running()
    starter.kill()
    assert send(path, "SET after death") == "+OK\r\n"
    assert await handle.ensure_running() == path
    assert pid_of(path) == pid


async def test_a_dead_shared_server_is_started_again_with_all_it_had_acknowledged(server, tmp_path: Path) -> None:
    """After a SIGKILL of the server, whoever needs it next starts it, and its data is there."""
    handle = server(f"file://{tmp_path}")
    path = await handle.ensure_running()
    first = pid_of(path)
    for number in range(100):
        assert send(path, f"RPUSH numbers {number}") == f":{number + 1}\r\n"
    await eventually(lambda: written(path), "the server has written what it acknowledged")
    os.kill(first, signal.SIGKILL)
    assert await handle.ensure_running() == path
    assert pid_of(path) != first
    assert send(path, "LLEN numbers") == ":100\r\n"


async def test_all_users_of_a_dead_server_agree_on_its_successor(server, user, tmp_path: Path) -> None:
    """When several processes find the server dead, one of them starts it for all."""
    url = f"file://{tmp_path}"
    users = [user(url) for _ in range(3)]
    handle = server(url)
    first = pid_of(await handle.ensure_running())
    for one in users:
        one.tell("join")
    os.kill(first, signal.SIGKILL)
    for one in users:
        one.order("join")
    successors = {pid_of(await handle.ensure_running()), *(pid_of(one.answer()) for one in users)}
    assert len(successors) == 1
    assert first not in successors


async def test_the_last_process_to_leave_shuts_the_server_down(server, user, tmp_path: Path) -> None:
    """The server stays while anybody uses it, ends in an orderly way with its last user, forgets nothing."""
    url = f"file://{tmp_path}"
    handle, other = server(url), user(url)
    path = await handle.ensure_running()
    pid = pid_of(other.tell("join"))
    handle.release()
    await handle.released()
    assert send(path, "SET kept safe") == "+OK\r\n"
    assert other.tell("release") == "released"
    assert not process_exists(pid)
    assert "ready to exit" in (tmp_path / "server.log").read_text()
    assert "safe" in send(await handle.ensure_running(), "GET kept")


async def test_the_last_handle_of_a_process_to_be_released_is_what_counts(server, tmp_path: Path) -> None:
    """Two dockets of one process: closing the first, even twice, leaves the second its server."""
    first, second = server(f"file://{tmp_path}"), server(f"file://{tmp_path}")
    path = await first.ensure_running()
    pid = pid_of(await second.ensure_running())
    for _ in range(2):
        first.release()
        await first.released()
    assert pid_of(path) == pid
    second.release()
    await second.released()
    assert not process_exists(pid)


def test_a_program_that_never_closes_its_docket_leaves_no_server_either(user, tmp_path: Path) -> None:
    """The end of the interpreter is the end of its use of the server."""
    forgetful = user(f"file://{tmp_path}")
    pid = pid_of(forgetful.tell("join"))
    assert forgetful.finish() == 0
    assert not process_exists(pid)


def test_joining_and_leaving_at_the_same_time_never_meets_a_server_on_its_way_out(user, tmp_path: Path) -> None:
    """Three processes come and go over and over; each visit finds a server, and every visit is counted."""
    churners = [subprocess.Popen(python(CHURN, f"file://{tmp_path}")) for _ in range(3)]
    assert [one.wait(timeout=60) for one in churners] == [0, 0, 0]
    assert "24" in send(user(f"file://{tmp_path}").tell("join"), "GET visits")


async def test_a_server_holds_nothing_of_its_starter(server, leftovers: str) -> None:
    """A starter's output ends with the starter, and Ctrl-C at its terminal does not reach the server."""
    # Returns when nobody holds the pipes of its output any more: while the server runs, that must be so.
    ended = await asyncio.to_thread(
        subprocess.run, python(SUICIDE, leftovers), capture_output=True, text=True, timeout=10
    )
    pid = pid_of(ended.stdout.strip())
    assert os.getsid(pid) == pid


# Where a shared server lives


async def test_a_relative_directory_is_taken_from_where_the_program_is(
    server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All spellings of a directory lead to the same server, and percent-encoding is undone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "link").symlink_to("my data", target_is_directory=True)
    names = ["my%20data", "./my%20data", "~/my data", f"{tmp_path}/my%20data", "link"]
    handles = [server(f"file://{name}") for name in names]
    monkeypatch.chdir("/")
    paths = {await handle.ensure_running() for handle in handles}
    assert paths == {f"{tmp_path}/my data/docket.sock"}


async def test_a_directory_too_deep_for_a_socket_works_all_the_same(server, user, tmp_path: Path) -> None:
    """Socket paths are short; every process finds the same one, and nothing is left of it at the end."""
    deep = tmp_path / ("d" * 110)
    handle, other = server(f"file://{deep}"), user(f"file://{deep}")
    path = await handle.ensure_running()
    assert len(path) < 100
    assert other.tell("join") == path
    assert f"{deep}" in send(path, "CONFIG GET dir")
    assert mode_of(Path(path).parent) == 0o700
    assert other.tell("release") == "released"
    handle.release()
    await handle.released()
    assert not Path(path).parent.exists()


async def test_a_socket_directory_that_others_may_enter_is_refused(server, tmp_path: Path) -> None:
    """Under /tmp anybody can put a directory where ours is expected, and a server of theirs in it."""
    handle = server(f"file://{tmp_path / ('d' * 110)}")
    path = await handle.ensure_running()
    handle.release()
    await handle.released()
    place = Path(path).parent
    place.mkdir(mode=0o755)
    with pytest.raises(UnsafeDirectoryError, match=str(place)):
        await handle.ensure_running()
