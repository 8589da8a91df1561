"""The check for what must not be left behind finds what it is for."""

import pytest
import redis.asyncio

from tests.docket.leftovers import docket_keys, leftovers, loose_ends
from tests.docket.lua.bench import HOUR_MS, Bench, consumer


async def test_a_busy_docket_has_no_leftovers(bench: Bench) -> None:
    """Live executions, live workers, ended records and answers with a TTL and the structures are all accounted for."""
    await bench.start()
    await bench.add("queued")
    await bench.add("later", when_ms=await bench.now() + HOUR_MS)
    await bench.add("cancelled")
    await bench.executions.cancel("cancelled")
    await bench.roster.beat(consumer(), ["task"])
    assert len(await docket_keys(bench.call, bench.keys.prefix)) == 11
    for call in (bench.call, redis.asyncio.from_url(bench.url).execute_command):
        assert await leftovers(call, bench.keys.prefix) == []
        assert await loose_ends(call, bench.keys.prefix) == []
        if call is not bench.call:
            await call.__self__.aclose()


@pytest.mark.parametrize("name", [b"run:gone", b"worker:gone", b"limit:gone", b"nobody's"])
async def test_a_key_without_an_owner_is_a_leftover(bench: Bench, name: bytes) -> None:
    """A key that belongs to nobody and never expires is named; with a TTL, or in another docket, it is not."""
    key = bench.keys.prefix + name
    await bench.call("HSET", key, "state", "completed")
    await bench.call("SET", b"{other}:" + name, "")
    assert await leftovers(bench.call, bench.keys.prefix) == [key]
    await bench.call("PEXPIRE", key, 60_000)
    assert await leftovers(bench.call, bench.keys.prefix) == []


@pytest.mark.parametrize("state", ["scheduled", "queued", "running"])
async def test_a_live_execution_that_nothing_leads_to_is_a_loose_end(bench: Bench, state: str) -> None:
    """A record that says it waits or runs, and is in no index, is lost."""
    await bench.call("HSET", bench.keys.run("lost"), "state", state, "generation", 2)
    await bench.call("XADD", bench.keys.ready, "*", "key", "lost", "generation", 1)
    assert await loose_ends(bench.call, bench.keys.prefix) == [f"b'lost' is {state}, and nothing leads to it"]
    await bench.call("DEL", bench.keys.run("lost"))


@pytest.mark.parametrize("index", ["later", "leases"])
async def test_a_member_without_its_execution_is_a_loose_end(bench: Bench, index: str) -> None:
    """An entry of an index whose record is not in that state stands for nothing."""
    await bench.call("ZADD", bench.keys.prefix + index.encode(), 1, "gone")
    assert await loose_ends(bench.call, bench.keys.prefix) == [f"b'gone' is in {index}, and its record is None"]
    await bench.call("DEL", bench.keys.prefix + index.encode())
