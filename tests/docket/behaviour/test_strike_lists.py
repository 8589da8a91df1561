"""A `StrikeList` knows what is struck, follows it, and strikes, without a docket."""

import asyncio
import logging

import pytest

from docket import Disposition, Docket, Strike, StrikeList
from docket import strikes as strikes_module
from docket.errors import ConnectionLost
from tests.docket.conftest import OpenDocket
from tests.docket.harness import until
from tests.servers import ServerProcess

pytestmark = pytest.mark.timeout(30)


async def greet(name: str) -> str:
    return f"Hello, {name}"


async def part(name: str) -> str:
    return f"Goodbye, {name}"


async def test_a_list_is_of_use_alone(docket: Docket) -> None:
    """It strikes, restores and tells, for a docket's tasks and for anything else."""
    async with StrikeList(docket.name, docket.url) as strikes:
        assert await strikes.strike(parameter="customer", value="jane")
        assert await strikes.strike(greet)
        assert not await strikes.strike("greet")
        assert sorted(str(strike) for strike in strikes) == ["*(customer == 'jane')", "greet"]
        assert all(isinstance(strike, Strike) for strike in strikes)
        assert strikes.is_stricken({"customer": "jane"})
        assert not strikes.is_stricken({"customer": "joe"})
        assert strikes.is_stricken({"name": "joe"}, function="greet")
        assert not strikes.is_stricken({"name": "joe"})
        assert (await docket.add(greet)("Jane")).disposition is Disposition.STRUCK
        assert strikes.is_stricken(await docket.add("greet")("Jane"))
        assert not strikes.is_stricken(await docket.add("part")("Jane"))
        assert await strikes.restore(greet)
        assert await strikes.restore(parameter="customer", value="jane")
        assert len(strikes) == 0
    assert await docket.clear() == 1


async def test_a_list_hears_of_what_is_struck_elsewhere(docket: Docket) -> None:
    """It knows what was struck before it was opened, and follows what comes after, without being asked."""
    await docket.strike(greet)
    async with StrikeList(docket.name, docket.url) as strikes:
        assert strikes.is_stricken({}, function="greet")
        await docket.strike(part)
        await until(lambda: strikes.is_stricken({}, function="part"), "the strike is heard of")
        await docket.restore(part)
        await until(lambda: not strikes.is_stricken({}, function="part"), "the restoration is heard of")


async def test_a_list_goes_on_through_an_outage(
    open_own: OpenDocket,
    own_server: ServerProcess,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """While the server is away it knows what it knew, and says so once; then it catches up."""
    monkeypatch.setattr(strikes_module, "_LOOK_SECONDS", 0.02)
    caplog.set_level(logging.INFO, "docket.strikes")
    docket = await open_own()
    await docket.strike(greet)
    async with StrikeList(docket.name, docket.url) as strikes:
        await asyncio.to_thread(own_server.stop)
        await until(lambda: "going on with what is known" in caplog.text, "the outage is told")
        assert strikes.is_stricken({}, function="greet")
        await asyncio.to_thread(own_server.start)
        await docket.restore(greet)
        await until(lambda: not strikes.is_stricken({}, function="greet"), "it has caught up")
        assert "following again" in caplog.text
    assert caplog.text.count("cannot see what is struck") == 1


async def test_a_list_is_open_in_its_block_alone(docket: Docket) -> None:
    """Outside of it, it says so; its server being away is told as for a docket."""
    strikes = StrikeList(docket.name, docket.url)
    with pytest.raises(RuntimeError, match="are not open"):
        strikes.is_stricken({})
    async with strikes:
        with pytest.raises(RuntimeError, match="are open already"):
            await strikes.__aenter__()
    with pytest.raises(RuntimeError, match="are not open"):
        len(strikes)
    with pytest.raises(ValueError, match="at least one character"):
        StrikeList("")
    with pytest.raises(ConnectionLost, match=r"cannot open the strikes of 'gone' at redis://127\.0\.0\.1:1/0"):
        await StrikeList("gone", "redis://:secret@127.0.0.1:1/0").__aenter__()
