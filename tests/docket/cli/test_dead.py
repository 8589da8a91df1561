"""`docket dead ls`, `show`, `requeue` and `drop`, as programs."""

import re
from pathlib import Path

import pytest

from docket import Docket
from tests.docket.cli.test_worker import home, name, run
from tests.docket.harness import command, finish, later, record_key
from tests.servers import ServerProcess, refusing_port

__all__ = ["home", "name"]  # fixtures


async def echo(value: str = "") -> str:
    return value


async def other() -> None: ...


async def kill(url: str, name: str, *keys: str, function: object = echo) -> None:
    """Have executions die, one after the other."""
    async with Docket(name, url) as docket:
        for key in keys:
            await docket.add(function, when=later(milliseconds=20), key=key)()  # type: ignore[arg-type]
            await command(docket, "HSET", record_key(docket, key), "payload", b"garbage")
            await finish(docket, name="undertaker")


async def test_the_dead_are_listed(home: Path, name: str, own_server: ServerProcess) -> None:
    """One a line, the first first, each with its task, its time and its reason; keys that would mislead are quoted."""
    await kill(own_server.url, name, "first", "two\nlines", "third")
    where = ["--docket", name, "--url", own_server.url]
    code, out, told = await run(home, "dead", "ls", *where)
    assert (code, told) == (0, "")
    head, first, second, third = out.splitlines()
    assert head.split() == ["KEY", "TASK", "DIED", "DELIVERIES", "REASON"]
    line = r"  echo  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC  1 +the arguments cannot be read: cannot unpickle 7 bytes: .+"
    assert re.fullmatch(r"first       " + line, first)
    assert re.fullmatch(r"'two\\nlines'" + line, second)
    assert third.startswith("third ")
    code, out, told = await run(home, "dead", "ls", "--limit", "1", "--offset", "2", *where)
    assert (code, told) == (0, "")
    _, only, more = out.splitlines()
    assert only.startswith("third ")
    assert more == "1 of 3: --offset and --limit show others"


async def test_where_nothing_is_dead_only_the_head_is_printed(home: Path, name: str, own_server: ServerProcess) -> None:
    """That is no error."""
    code, out, told = await run(home, "dead", "ls", DOCKET_NAME=name, DOCKET_URL=own_server.url)
    assert (code, len(out.splitlines()), told) == (0, 1, "")


async def test_one_is_shown(home: Path, name: str, own_server: ServerProcess) -> None:
    """With all that is known of it, without the values of its arguments."""
    await kill(own_server.url, name, "key")
    code, out, told = await run(home, "dead", "show", "key", DOCKET_NAME=name, DOCKET_URL=own_server.url)
    assert (code, told) == (0, "")
    shown = dict(re.split(r" {2,}", line, maxsplit=1) for line in out.splitlines())
    assert (shown["key"], shown["task"], shown["call"]) == ("key", "echo", "echo(?){key}")
    assert shown["reason"].startswith("the arguments cannot be read: ")
    assert [shown[name] for name in ("worker", "generation", "attempt", "deliveries")] == ["undertaker", "1", "1", "1"]
    for moment in ("died", "scheduled", "due", "started"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", shown[moment])


async def test_those_that_are_named_are_requeued(home: Path, name: str, own_server: ServerProcess) -> None:
    """Each is told; of those that cannot be, each is told as well, and the exit code is 1."""
    await kill(own_server.url, name, "one", "two", "three")
    where = ["--docket", name, "--url", own_server.url]
    assert await run(home, "dead", "requeue", "one", "two", *where) == (0, "requeued: one\nrequeued: two\n", "")
    code, out, told = await run(home, "dead", "requeue", "one", "unknown", "three", *where)
    assert (code, out) == (1, "requeued: three\n")
    assert told.splitlines() == [
        "docket dead requeue: one: it is not dead: it was scheduled anew, or never died",
        "docket dead requeue: unknown: nothing is known of it",
    ]
    async with Docket(name, own_server.url) as docket:
        assert await docket.dead.count() == 0
        assert await docket.clear() == 3


async def test_all_are_requeued_or_those_of_a_task(home: Path, name: str, own_server: ServerProcess) -> None:
    """The number is told."""
    await kill(own_server.url, name, "one", "two")
    await kill(own_server.url, name, "three", function=other)
    where = ["--docket", name, "--url", own_server.url]
    assert await run(home, "dead", "requeue", "--function", "other", *where) == (0, "requeued: 1\n", "")
    assert await run(home, "dead", "requeue", "--all", *where) == (0, "requeued: 2\n", "")
    assert await run(home, "dead", "requeue", "--all", *where) == (0, "requeued: 0\n", "")
    async with Docket(name, own_server.url) as docket:
        assert await docket.clear() == 3


async def test_those_that_are_named_are_dropped(home: Path, name: str, own_server: ServerProcess) -> None:
    """Nothing is known of them after that, not even to the same command."""
    await kill(own_server.url, name, "one", "two")
    where = ["--docket", name, "--url", own_server.url]
    assert await run(home, "dead", "drop", "one", *where) == (0, "dropped: one\n", "")
    told = "docket dead drop: one: nothing is known of it\n"
    assert await run(home, "dead", "drop", "one", "two", *where) == (1, "dropped: two\n", told)
    assert await run(home, "dead", "show", "two", *where) == (
        1,
        "",
        "docket dead show: two: nothing is known of it\n",
    )


async def test_what_is_not_dead_is_not_shown(home: Path, name: str, own_server: ServerProcess) -> None:
    """A live execution is for other commands."""
    async with Docket(name, own_server.url) as docket:
        await docket.add(echo, key="live")()
        code, out, told = await run(home, "dead", "show", "live", "--docket", name, "--url", own_server.url)
        assert (code, out) == (1, "")
        assert told == "docket dead show: live: it is not dead: it was scheduled anew, or never died\n"
        await docket.clear()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["requeue"], "name keys, or --all, or a --function"),
        (["requeue", "key", "--all"], "name keys, or --all, or a --function"),
        (["requeue", "--all", "--function", "echo"], "name keys, or --all, or a --function"),
        (["drop"], "Missing argument"),
        (["show"], "Missing argument"),
        (["ls", "--limit", "0"], "Invalid value for '--limit'"),
        (["bury"], "No such command 'bury'"),
    ],
)
async def test_a_wrong_use_is_told_with_the_usage(home: Path, arguments: list[str], reason: str) -> None:
    """Nothing is done, and the exit code is 2."""
    code, out, told = await run(home, "dead", *arguments)
    assert (code, out) == (2, "")
    assert reason in re.sub(r"[\s│]+", " ", told)


@pytest.mark.parametrize(
    "arguments", [["ls"], ["show", "key"], ["requeue", "key"], ["requeue", "--all"], ["drop", "key"]]
)
async def test_a_server_that_cannot_be_reached_is_told_in_a_line(home: Path, arguments: list[str]) -> None:
    """Which docket, which server and why, without the password; the exit code is 1."""
    with refusing_port() as port:
        url = f"redis://:secret@127.0.0.1:{port}/0"
        code, out, told = await run(home, "dead", *arguments, "--docket", "orders", "--url", url)
    assert (code, out) == (1, "")
    assert told.startswith(f"docket dead {arguments[0]}: cannot open the docket 'orders' at redis://127.0.0.1:")
    assert "secret" not in told
    assert len(told.splitlines()) == 1


async def test_a_docket_without_a_name_is_told_in_a_line(home: Path) -> None:
    """A mistake in what the docket is made of is no traceback either."""
    code, out, told = await run(home, "dead", "ls", "--docket", "")
    assert (code, out, told) == (1, "", "docket dead ls: a docket's name is a string of at least one character\n")


async def test_a_reason_cannot_mislead_a_terminal(home: Path, name: str, own_server: ServerProcess) -> None:
    """What an exception says may hold control characters, and what cannot be encoded: it is told in one line."""
    await kill(own_server.url, name, "key")
    async with Docket(name, own_server.url) as docket:
        reason = "\x1b[31m\ud800 two\nlines".encode("utf-8", "surrogatepass")
        await command(docket, "HSET", record_key(docket, "key"), "error", reason)
    where = ["--docket", name, "--url", own_server.url]
    for verb in (["ls"], ["show", "key"]):
        code, out, told = await run(home, "dead", *verb, *where)
        assert (code, told) == (0, "")
        assert r"'\x1b[31m\ud800 two\nlines'" in out


async def test_a_key_that_is_named_twice_is_requeued_once(home: Path, name: str, own_server: ServerProcess) -> None:
    """That is no error."""
    await kill(own_server.url, name, "key")
    where = ["--docket", name, "--url", own_server.url]
    assert await run(home, "dead", "requeue", "key", "key", *where) == (0, "requeued: key\n", "")


async def test_what_is_struck_is_told(home: Path, name: str, own_server: ServerProcess) -> None:
    """It stays dead, and the exit code is 1."""
    await kill(own_server.url, name, "key")
    async with Docket(name, own_server.url) as docket:
        await docket.strike("echo")
    where = ["--docket", name, "--url", own_server.url]
    code, out, told = await run(home, "dead", "requeue", "key", *where)
    assert (code, out) == (1, "")
    assert told == "docket dead requeue: key: it is struck, and stays where it is: restore it first\n"
    assert (await run(home, "dead", "requeue", "--all", *where))[1] == "requeued: 0\n"
