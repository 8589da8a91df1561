"""`docket strike`, `docket restore` and `docket strikes`, as programs."""

import re
from pathlib import Path

import pytest

from docket import Disposition, Docket
from docket.cli._strikes import parse_value
from tests.docket.cli.test_worker import home, name, run
from tests.servers import ServerProcess, refusing_port

__all__ = ["home", "name"]  # fixtures


async def test_striking_and_restoring(home: Path, name: str, own_server: ServerProcess) -> None:
    """What is struck is listed and blocks, until it is restored; each command says what it has done."""
    where = ["--docket", name, "--url", own_server.url]
    commands: list[tuple[list[str], str]] = [
        (["strike", "greet"], "struck: greet\n"),
        (["strike", "greet"], "was struck before: greet\n"),
        (["strike", "part", "size", ">=", "5"], "struck: part(size >= 5)\n"),
        (["strike", "*", "customer", "==", "jane"], "struck: *(customer == 'jane')\n"),
        (["strikes"], "*(customer == 'jane')\ngreet\npart(size >= 5)\n"),
    ]
    for arguments, said in commands:
        assert await run(home, *arguments, *where) == (0, said, "")
    async with Docket(name, own_server.url) as docket:
        struck = [
            await docket.add("greet")(),
            await docket.add("part")(size=5),
            await docket.add("leave")(customer="jane"),
        ]
        assert [execution.disposition for execution in struck] == [Disposition.STRUCK] * 3
        assert (await docket.add("part")(size=4)).disposition is Disposition.SCHEDULED
    commands = [
        (["restore", "greet"], "restored: greet\n"),
        (["restore", "greet"], "was not struck: greet\n"),
        (["restore", "part", "size", ">=", "5.0"], "restored: part(size >= 5.0)\n"),
        (["strikes"], "*(customer == 'jane')\n"),
    ]
    for arguments, said in commands:
        assert await run(home, *arguments, *where) == (0, said, "")


async def test_the_docket_is_named_by_the_environment(home: Path, name: str, own_server: ServerProcess) -> None:
    """As for a worker; and `--` lets a value begin with a dash."""
    settings = {"DOCKET_NAME": name, "DOCKET_URL": own_server.url}
    code, out, _ = await run(home, "strike", "greet", "size", "between", "--", "-5,-1", **settings)
    assert (code, out) == (0, "struck: greet(size between (-5, -1))\n")
    async with Docket(name, own_server.url) as docket:
        assert [strike.value for strike in await docket.strikes()] == [(-5, -1)]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["strike", "greet", "size", "like", "5"], "'like' is no operator of strikes: use one of =="),
        (["strike", "greet", "size", "between", "5"], "between takes two bounds"),
        (["strike", "*"], "names a task, a parameter or both"),
        (["restore", "greet", "size", "<"], "nothing is < None: give a value"),
        (["strikes", "--url", "http://localhost"], "'http://localhost' names no server that docket knows"),
        (["strikes", "--docket", ""], "a docket's name is a string of at least one character"),
    ],
)
async def test_a_mistake_is_told_in_a_line(home: Path, arguments: list[str], reason: str) -> None:
    """What the user got wrong is told without a traceback, and the exit code is 1."""
    code, out, told = await run(home, *arguments, DOCKET_URL="memory://")
    assert (code, out) == (1, "")
    assert told.startswith(f"docket {arguments[0]}: ")
    assert reason in told
    assert "Traceback" not in told


async def test_a_server_that_cannot_be_reached_is_told_in_a_line(home: Path) -> None:
    """The line says which server and why, without the password."""
    with refusing_port() as port:
        code, out, told = await run(home, "strike", "greet", "--url", f"redis://:secret@127.0.0.1:{port}/0")
    assert (code, out) == (1, "")
    assert "docket strike: cannot open the docket 'docket' at redis://127.0.0.1:" in told
    assert "secret" not in told
    assert "Traceback" not in told


async def test_help_tells_the_arguments(home: Path) -> None:
    """`docket strike --help` tells what the arguments are, and the environment variables."""
    code, out, _ = await run(home, "strike", "--help")
    assert code == 0
    words = re.sub(r"[\s│]+", " ", out)
    for text in (
        "FUNCTION",
        "PARAMETER",
        "OPERATOR",
        "VALUE",
        "DOCKET_NAME",
        "DOCKET_URL",
        "between",
        "literal of Python",
    ):
        assert text in words


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (None, None),
        ("5", 5),
        ("-5", -5),
        ("1.5", 1.5),
        ("True", True),
        ("None", None),
        ("jane", "jane"),
        ("'5'", "5"),
        ('"a b"', "a b"),
        ("1,10", (1, 10)),
        ("('a', 'f')", ("a", "f")),
        ("[1, 2]", [1, 2]),
        ("b'a'", b"a"),
        ("2026-01-01", "2026-01-01"),
        ("a b", "a b"),
        ("", ""),
        ("print('x')", "print('x')"),
        ("{[]: 1}", "{[]: 1}"),
        ("(" * 1000, "(" * 1000),
    ],
)
def test_values_are_read_as_literals(text: str | None, value: object) -> None:
    """What is a literal of Python has its value, and everything else is text."""
    read = parse_value(text)
    assert (type(read), read) == (type(value), value)
