"""Keys, docket names, task names and worker names are data: whatever they hold, they touch nothing else."""

from collections.abc import Callable

import pytest

from docket.model.states import Cancellation, Disposition, ExecutionState
from docket.storage.deliveries import Release, Retry
from tests.docket.leftovers import docket_keys
from tests.docket.lua.bench import HOUR_MS, Bench, consumer

NASTY = {
    "structure": "ready",
    "sibling": "later",
    "path": "run:key",
    "up": "}:ready",
    "braces": "{other}:ready",
    "unbalanced": "}{",
    "percent": "%7B",
    "colons": "::a:b::",
    "newline": "a\r\nFLUSHALL\r\n",
    "nul": "a\x00b",
    "spaces": "  a b  ",
    "glob": "*?[a-z]\\*",
    "number": "0",
    "minus": "-1",
    "lua": "' .. redis.call('FLUSHALL') .. '",
    "surrogate": "\ud800",
    "pair": "\ud83d\ude00",
    "emoji": "\U0001f600",
    "long": "x" * 10_000,
}
nasty = pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())


async def whole_life(bench: Bench, key: str, function: str, worker: str) -> None:
    """Everything that can happen to a key, one after the other."""
    me = consumer(worker)
    when = await bench.now() + HOUR_MS
    await bench.roster.beat(me, [function, "another"])
    assert (await bench.add(key, function=function, when_ms=when)).disposition is Disposition.SCHEDULED
    assert await bench.executions.cancel(key) is Cancellation.CANCELLED
    await bench.executions.replace(key, function, b"", 0)
    taken = await bench.take(me)
    assert [(record.key, record.function) for _, record in taken.claimed] == [(key, function)]
    claim = taken.claimed[0][0]
    assert await bench.deliveries.renew(me, [claim]) == [b"held"]
    await bench.deliveries.settle([Retry(claim, 0, "error", b"")])
    await bench.deliveries.settle([Release(await bench.take_one(me))])
    claim = await bench.take_one(me)
    await bench.add(key, function=function, claim=claim)
    await bench.finish(claim, ExecutionState.COMPLETED)
    total, records = await bench.executions.unfinished(10)
    assert (total, [record.key for record in records]) == (1, [key])
    claim = await bench.take_one(me)
    assert await bench.executions.cancel(key) is Cancellation.CANCELLING
    await bench.finish(claim, ExecutionState.CANCELLED)
    (seen,) = await bench.roster.workers()
    assert (seen.name, seen.tasks) == (me.name, {function, "another"})
    await bench.roster.leave(me)
    record = await bench.executions.load(key)
    assert record is not None
    assert (record.key, record.function, record.state) == (key, function, "cancelled")


async def rest_of(bench: Bench, *, without: str) -> dict[bytes, bytes]:
    """Everything on the server, but the record of one key, and the answers to calls, whose keys no name is part of."""
    everything = await bench.everything()
    everything.pop(bench.keys.run(without), None)
    return {key: value for key, value in everything.items() if not key.startswith(bench.keys.requests)}


@nasty
async def test_a_key_touches_nothing_but_its_record(bench: Bench, text: str) -> None:
    """In all its life a key touches its own record and its own places in the structures."""
    await bench.finish(await bench.start("neighbour"), ExecutionState.COMPLETED, "", b"result")
    await bench.roster.beat(consumer("neighbour"), [])
    await bench.roster.leave(consumer("neighbour"))
    before = await rest_of(bench, without=text)
    types = {await bench.call("TYPE", key) for key in before}
    await whole_life(bench, text, "task", "worker")
    after = await rest_of(bench, without=text)
    assert {await bench.call("TYPE", key) for key in after} == types
    assert after.keys() == before.keys()
    assert after[bench.keys.run("neighbour")] == before[bench.keys.run("neighbour")]
    assert (await bench.ready(), await bench.later(), await bench.leases()) == ([], {}, {})


@pytest.mark.parametrize("name", sorted(NASTY.keys() - {"pair"}))
async def test_a_name_of_a_task_is_only_text(bench: Bench, name: str) -> None:
    """A task's name is carried as it is; only the roster, which is JSON, makes one character of two surrogates."""
    text = NASTY[name]
    await whole_life(bench, "key", text, "worker")


@nasty
async def test_a_name_of_a_worker_is_only_text(bench: Bench, text: str) -> None:
    """A worker's name and identity of any characters make no other key."""
    await whole_life(bench, "key", "task", text)
    keys = await docket_keys(bench.call, bench.keys.prefix)
    named = [key for key in keys if not key.startswith(bench.keys.requests)]
    assert named == [bench.keys.ready, bench.keys.run("key"), bench.keys.swept]


@nasty
async def test_dockets_do_not_touch_each_other(make_bench: Callable[..., Bench], text: str) -> None:
    """A docket of any name has its own keys, all behind one prefix, and leaves those of its neighbours alone."""
    neighbour, bench = make_bench("bench"), make_bench(text)
    await neighbour.add()
    await neighbour.add("later", when_ms=await bench.now() + HOUR_MS)
    before = await bench.everything()
    await whole_life(bench, "key", "task", "worker")
    await bench.add()
    assert await bench.executions.clear() == 1
    after = await bench.everything()
    mine = {key for key in after if key.startswith(bench.keys.prefix)}
    assert {key: value for key, value in after.items() if key not in mine} == before
    assert mine


async def test_every_nasty_key_lives_beside_all_others(bench: Bench) -> None:
    """Many keys, each like a part of another's name, are as many executions."""
    for text in NASTY.values():
        await bench.add(text, payload=text.encode("utf-8", "surrogatepass"))
    taken = await bench.take(slots=100)
    assert [record.key for _, record in taken.claimed] == list(NASTY.values())
    assert all(record.payload.decode("utf-8", "surrogatepass") == record.key for _, record in taken.claimed)
