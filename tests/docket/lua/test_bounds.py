"""No single call does more when there is more to do: a flood must not keep the server from everybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from docket.storage import scripts
from docket.storage.deliveries import MOST_TIDIED, MOST_TOGETHER, Claim
from docket.storage.executions import request_id
from tests.docket.lua.bench import HOUR_MS, TTL_MS, Bench, consumer

FEW, MANY = 2 * MOST_TOGETHER + 10, 6 * MOST_TOGETHER
PER_EXECUTION = 6
"""How many commands a script carries out for one execution at most."""

READ = ("XREADGROUP", "GROUP", "workers")
UNCOUNTED = ("config", "info", "evalsha", "eval")


async def cost(bench: Bench, call: Callable[[], Awaitable[Any]]) -> int:
    """How many commands the server carries out for a call, those of scripts included."""
    await bench.call("CONFIG", "RESETSTAT")
    await call()
    lines = (await bench.call("INFO", "commandstats")).decode().splitlines()
    counts = [line.removeprefix("cmdstat_").split(":calls=") for line in lines if line.startswith("cmdstat_")]
    return sum(int(rest.partition(",")[0]) for name, rest in counts if not name.startswith(UNCOUNTED))


async def enqueue(bench: Bench, number: int, prefix: str = "key", **call: Any) -> None:
    await asyncio.gather(*[bench.add(f"{prefix}-{n}", **call) for n in range(number)])


async def queued(bench: Bench, number: int) -> None:
    await enqueue(bench, number)


async def due(bench: Bench, number: int) -> None:
    await enqueue(bench, number, when_ms=await bench.now() + HOUR_MS)
    await asyncio.gather(*[bench.call("ZADD", bench.keys.later, 1, f"key-{n}") for n in range(number)])


async def lost(bench: Bench, number: int) -> None:
    """Leases that have run out."""
    claims = await running(bench, number)
    await asyncio.gather(*[bench.call("ZADD", bench.keys.leases, 1, claim.key) for claim in claims])


async def running(bench: Bench, number: int, token: str | None = None) -> list[Claim]:
    await enqueue(bench, number)
    claims: list[Claim] = []
    while len(claims) < number:
        claims += [claim for claim, _ in (await bench.take(slots=number, token=token)).claimed]
    return claims


@pytest.mark.parametrize("slots", [0, 10, MANY])
@pytest.mark.parametrize("prepare", [queued, due, lost])
async def test_taking_is_bounded(bench: Bench, prepare: Callable[[Bench, int], Awaitable[object]], slots: int) -> None:
    """However much is queued, is due or has lost its worker, a call does as much as any other."""
    await prepare(bench, MANY)
    bound = 2 * PER_EXECUTION * MOST_TOGETHER
    assert await cost(bench, lambda: bench.take(slots=slots)) <= bound
    assert await cost(bench, lambda: bench.take(slots=slots)) <= bound


async def test_a_call_claims_no_more_than_its_share_and_says_so(bench: Bench) -> None:
    """A worker of great concurrency learns that there may be more, and does not wait to be told of it."""
    await queued(bench, MOST_TOGETHER + 1)
    first, second = await bench.take(slots=MANY), await bench.take(slots=MANY)
    assert [(len(taken.claimed), taken.more) for taken in (first, second)] == [(MOST_TOGETHER, True), (1, False)]


async def test_stale_pointers_are_passed_over_in_shares(bench: Bench) -> None:
    """A queue of nothing but stale pointers is emptied by several calls, of which each but the last wants another."""
    await queued(bench, FEW)
    await bench.executions.clear()
    for number in range(FEW):
        await bench.call("XADD", bench.keys.ready, "*", "key", f"key-{number}", "generation", 1)
    taken = [await bench.take(slots=MANY) for _ in range(3)]
    assert [seen.more for seen in taken] == [True, True, False]
    assert await bench.ready() == []


async def test_leases_that_ran_out_are_taken_back_in_shares(bench: Bench) -> None:
    """Each call takes back some, and asks to be made again at once while there are more."""
    await lost(bench, 2 * MOST_TIDIED + 10)
    left = []
    for _ in range(3):
        taken = await bench.take(slots=0)
        left.append((len(await bench.leases()), taken.wait_ms == 0))
    assert left == [(MOST_TIDIED + 10, True), (10, True), (0, False)]


async def test_recovering_a_lost_call_is_done_in_shares(bench: Bench) -> None:
    """All leases are looked at for the claims of a lost call, a part at a time, and none of these is missed."""
    await running(bench, MANY, token="others")
    await enqueue(bench, 50, "mine")
    await bench.take(token="unanswered", slots=50)
    calls = await cost(bench, lambda: bench.take(token="next", lost="unanswered", slots=0))
    assert calls > MANY
    assert len(await bench.ready()) == 50
    stats = (await bench.call("INFO", "commandstats")).decode()
    calls_of_scripts = int(stats.partition("cmdstat_evalsha:calls=")[2].partition(",")[0])
    assert calls_of_scripts >= MANY / (2 * MOST_TOGETHER)


async def test_clearing_is_done_in_shares(bench: Bench) -> None:
    """Each call ends as many executions as any other; the next ones see to the rest."""
    await enqueue(bench, MANY, "now")
    await enqueue(bench, MANY, "later", when_ms=await bench.now() + HOUR_MS)

    async def clear_some() -> None:
        places = [bench.keys.ready, bench.keys.later, bench.keys.suspects]
        arguments = [bench.keys.runs, bench.keys.events, bench.keys.requests, TTL_MS, MOST_TOGETHER, request_id()]
        await scripts.run(bench._wires[0], "clear", places, arguments, says_again=True)

    for _ in range(2):
        assert await cost(bench, clear_some) <= PER_EXECUTION * MOST_TOGETHER
    assert await bench.executions.clear() == 2 * MANY - 2 * MOST_TOGETHER


async def test_many_claims_are_renewed_in_shares(bench: Bench) -> None:
    """A worker that runs much renews it by several calls, and gets an answer for each claim in its place."""
    claims = await running(bench, FEW)
    claims[7] = claims[7]._replace(token=b"another's")
    answers = await bench.deliveries.renew(consumer(), claims)
    assert [number for number, answer in enumerate(answers) if answer != b"held"] == [7]
    assert len(answers) == FEW


async def test_removing_dead_workers_is_bounded(make_bench: Callable[..., Bench]) -> None:
    """Of many workers that died at once, and of many deliveries to one, each beat sees to some, and none is left."""
    bench = make_bench("short", patience=timedelta(milliseconds=20))
    await enqueue(bench, 300)
    dead = [consumer(f"dead-{number}") for number in range(120)]
    await asyncio.gather(*[bench.roster.beat(worker, []) for worker in dead])
    await bench.call(*READ, "dead-0", "COUNT", 150, "STREAMS", bench.keys.ready, ">")
    for worker in dead[1:]:
        await bench.call(*READ, worker.identity, "COUNT", 1, "STREAMS", bench.keys.ready, ">")
    for _ in range(1000):
        await bench.reached(await bench.now() + 25)
        assert await cost(bench, lambda: bench.roster.beat(consumer("alive"), [])) <= 450
        if not {name for name in await bench.consumers() if name.startswith(b"dead")}:
            break
    assert list(await bench.beats()) == [b"alive"]
    taken = [await bench.take(consumer("alive"), slots=300) for _ in range(4)]
    assert sum(len(seen.claimed) for seen in taken) == 300


async def short_of_patience(make_bench: Callable[..., Bench]) -> Bench:
    """A docket that takes a worker for dead at once, with one that is alive."""
    bench = make_bench("short", patience=timedelta(milliseconds=20))
    await bench.roster.beat(consumer("alive"), [])
    return bench


async def sweep(bench: Bench) -> int:
    """A beat that looks at all workers; returns how many dead ones it has removed."""
    await bench.call("DEL", bench.keys.swept)
    return await bench.roster.beat(consumer("alive"), [])


async def test_dead_workers_are_removed_by_one_beat_after_the_other(bench: Bench) -> None:
    """However many have died at once, a beat removes so many, and the next ones remove the rest."""
    await enqueue(bench, 50)
    await bench.roster.beat(consumer("alive"), [])
    for number in range(50):
        await bench.call("ZADD", bench.keys.workers, 1, f"dead-{number}")
        await bench.call(*READ, f"dead-{number}", "COUNT", 1, "STREAMS", bench.keys.ready, ">")
    removed = [await bench.roster.beat(consumer("alive"), []) for _ in range(4)]
    assert removed == [20, 20, 10, 0]
    assert await bench.consumers() == {}
    assert len(await bench.ready()) == 50 + await bench.nudges()


async def test_strangers_are_removed_by_one_sweep_after_the_other(make_bench: Callable[..., Bench]) -> None:
    """Of consumers that no worker stands behind, each look at all workers removes some."""
    bench = await short_of_patience(make_bench)
    for number in range(50):
        await bench.call("XGROUP", "CREATECONSUMER", bench.keys.ready, "workers", f"stranger-{number}")
    await bench.reached(await bench.now() + 25)
    left = []
    for _ in range(3):
        await sweep(bench)
        left.append(len(await bench.consumers()))
    assert left == [30, 10, 0]


async def test_deliveries_are_put_back_in_shares(make_bench: Callable[..., Bench]) -> None:
    """Of many deliveries to the dead a beat puts some back and sees to no more workers; the next ones do the rest."""
    bench = await short_of_patience(make_bench)
    await enqueue(bench, 90)
    for worker in ("dead-0", "dead-1", "dead-2"):
        await bench.call("ZADD", bench.keys.workers, 1, worker)
        await bench.call(*READ, worker, "COUNT", 30, "STREAMS", bench.keys.ready, ">")
    await bench.reached(await bench.now() + 25)
    pending = []
    for _ in range(3):
        assert await sweep(bench) == 1
        pending.append((await bench.call("XPENDING", bench.keys.ready, "workers"))[0])
    assert pending == [65, 40, 15]
    await sweep(bench)
    assert await bench.consumers() == {}
    assert len(await bench.ready()) == 90 + await bench.nudges()
