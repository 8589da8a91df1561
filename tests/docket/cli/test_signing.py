"""The commands that run tasks or read payloads have the docket's signing key, from an option or the environment."""

from datetime import timedelta
from pathlib import Path

import pytest

from docket import Docket, ExecutionState
from tests.docket.cli.test_worker import home, name, run
from tests.servers import ServerProcess

__all__ = ["home", "name"]  # fixtures

KEY = "0123456789abcdef0123456789abcdef"
OLD_KEY = "fedcba9876543210fedcba9876543210"


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        pytest.param(["--signing-key", KEY], {}, id="an option"),
        pytest.param([], {"DOCKET_SIGNING_KEY": KEY}, id="the environment"),
        pytest.param([], {"DOCKET_SIGNING_KEY": f"{KEY} {OLD_KEY}"}, id="several in the environment"),
        pytest.param(["--signing-key", OLD_KEY, "--signing-key", KEY], {}, id="several options"),
    ],
)
async def test_a_worker_runs_what_is_signed(
    home: Path, name: str, own_server: ServerProcess, arguments: list[str], variables: dict[str, str]
) -> None:
    """With one key or several, and what it tells has none of them in it."""
    options = ["--docket", name, "--url", own_server.url, "--tasks", "cli_tasks:tasks", "--until-finished", *arguments]
    async with Docket(name, own_server.url, signing_key=[KEY, OLD_KEY]) as docket:
        execution = await docket.add("greet")("Jane")
        code, out, told = await run(home, "worker", *options, **variables)
        assert (code, out) == (0, "Hello, Jane\n"), told
        assert await execution.get_result(timeout=timedelta(seconds=5)) is None
    assert KEY not in told
    assert OLD_KEY not in told


async def test_a_worker_without_the_key_refuses_and_goes_on(home: Path, name: str, own_server: ServerProcess) -> None:
    """The log and the dead letter say why; `docket dead show` with the key shows the call, too."""
    where = ["--docket", name, "--url", own_server.url]
    async with Docket(name, own_server.url, signing_key=KEY) as docket:
        execution = await docket.add("greet", key="signed")("Jane")
        code, out, told = await run(home, "worker", *where, "--tasks", "cli_tasks:tasks", "--until-finished")
        assert (code, out) == (0, "")
        assert "has no signing key here: give it the one that the others have" in told
        await execution.sync()
        assert execution.state is ExecutionState.DEAD
    code, out, told = await run(home, "dead", "show", "signed", *where)
    assert (code, told) == (0, "")
    assert "greet(?){signed}" in out
    code, out, told = await run(home, "dead", "show", "signed", *where, DOCKET_SIGNING_KEY=KEY)
    assert (code, told) == (0, "")
    assert "greet(...){signed}" in out
    assert KEY not in out


async def test_strikes_are_signed(home: Path, name: str, own_server: ServerProcess) -> None:
    """What is struck with the key holds where the key is, and is seen and restored with it."""
    settings = {"DOCKET_NAME": name, "DOCKET_URL": own_server.url, "DOCKET_SIGNING_KEY": KEY}
    assert await run(home, "strike", "greet", **settings) == (0, "struck: greet\n", "")
    async with Docket(name, own_server.url, signing_key=KEY) as docket:
        assert (await docket.add("greet")("Jane")).disposition == "struck"
    assert await run(home, "strikes", **settings) == (0, "greet\n", "")
    assert await run(home, "restore", "greet", **settings) == (0, "restored: greet\n", "")


async def test_strikes_of_another_key_are_told_and_can_be_restored(
    home: Path, name: str, own_server: ServerProcess
) -> None:
    """Without the key nothing is struck beside them; they are listed as unreadable, and restored by identity."""
    settings = {"DOCKET_NAME": name, "DOCKET_URL": own_server.url}
    await run(home, "strike", "greet", **settings, DOCKET_SIGNING_KEY=KEY)
    code, out, told = await run(home, "strike", "part", **settings)
    assert (code, out) == (1, "")
    assert "docket strike: part was not struck, for it might block nothing: 1 strike is in force" in told
    code, out, _ = await run(home, "strikes", **settings)
    assert code == 0
    mark, identity, reason = out.split(maxsplit=2)
    assert mark == "unreadable"
    assert "has no signing key here" in reason
    restore = ["restore", "--unreadable", identity.removesuffix(":")]
    assert (await run(home, *restore, **settings))[:2] == (0, f"restored: {restore[2]}\n")
    assert await run(home, *restore, **settings) == (0, f"no unreadable strike: {restore[2]}\n", "")
    assert await run(home, "strikes", **settings) == (0, "", "")


@pytest.mark.parametrize("arguments", [["worker"], ["dead", "show", "key"], ["strike", "greet"], ["strikes"]])
async def test_a_key_that_is_too_short_is_told_in_a_line(home: Path, arguments: list[str]) -> None:
    """Without the key in it; the exit code is 1."""
    code, out, told = await run(home, *arguments, DOCKET_SIGNING_KEY="too-secret", DOCKET_URL="memory://")
    assert (code, out) == (1, "")
    assert "a signing key has at least 32 bytes, not 10" in told
    assert "too-secret" not in told
    assert len(told.splitlines()) == 1


async def test_help_does_not_show_the_key(home: Path) -> None:
    """What stands in the environment stays there."""
    code, out, told = await run(home, "worker", "--help", DOCKET_SIGNING_KEY=KEY)
    assert code == 0
    assert "--signing-key" in out
    assert "DOCKET_SIGNING_KEY" in out
    assert KEY not in out + told
