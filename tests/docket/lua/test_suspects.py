"""What has lost two leases in one attempt is a suspect: no worker runs two of them at a time."""

import asyncio
from collections.abc import Iterable

from docket.model.states import ExecutionState
from docket.storage import scripts
from docket.storage.deliveries import MOST_TIDIED, MOST_TOGETHER, Claim, Release, Retry, Taken
from docket.storage.executions import request_id
from tests.docket.leftovers import leftovers, loose_ends
from tests.docket.lua.bench import TTL_MS, Bench, consumer
from tests.docket.lua.test_bounds import PER_EXECUTION, cost


async def lose(bench: Bench, claims: Iterable[Claim]) -> None:
    """Have the leases of these run out, and be noticed."""
    await asyncio.gather(*[bench.call("ZADD", bench.keys.leases, "XX", 1, claim.key) for claim in claims])
    while True:
        if (await bench.take(slots=0)).wait_ms != 0:
            return


async def suspect(bench: Bench, number: int, prefix: str = "key") -> list[str]:
    """Have some executions lose two leases each."""
    keys = [f"{prefix}-{n}" for n in range(number)]
    await asyncio.gather(*[bench.add(key) for key in keys])
    for _ in range(2):
        claims: list[Claim] = []
        while len(claims) < number:
            claims += [claim for claim, _ in (await bench.take(slots=number)).claimed]
        await lose(bench, claims)
    return keys


def keys_of(taken: Taken) -> list[str]:
    return [record.key for _, record in taken.claimed]


async def test_one_loss_makes_no_suspect(bench: Bench) -> None:
    """All that a worker ran is handed out together, as soon as its leases have run out."""
    await asyncio.gather(*[bench.add(f"key-{n}") for n in range(9)])
    await lose(bench, [claim for claim, _ in (await bench.take()).claimed])
    taken = await bench.take()
    assert (len(taken.claimed), taken.suspects, taken.suspects_wait) == (9, [], False)


async def test_suspects_come_one_at_a_time(bench: Bench) -> None:
    """A worker gets one, and none while that runs; another worker gets the next one, and other work runs beside it."""
    keys = await suspect(bench, 3)
    assert {await bench.state(key) for key in keys} == {"queued"}
    await bench.add("other")
    first = await bench.take()
    assert set(keys_of(first)) == {keys[0], "other"}
    assert first.suspects == [claim for claim, record in first.claimed if record.key == keys[0]]
    assert first.suspects_wait
    assert (await bench.take(suspects=0)).claimed == []
    assert keys_of(await bench.take(consumer("another"))) == [keys[1]]
    await bench.finish(first.suspects[0], ExecutionState.COMPLETED)
    last = await bench.take()
    assert (keys_of(last), last.suspects_wait, await bench.suspects()) == ([keys[2]], False, [])


async def test_suspects_are_unfinished_work(bench: Bench) -> None:
    """They are counted and listed as queued, and something leads to them."""
    keys = await suspect(bench, 3)
    await bench.executions.cancel(keys[0])
    assert (await bench.take(slots=0)).unfinished >= 2
    for limit, listed in ((10, keys[1:]), (1, [])):
        total, records = await bench.executions.unfinished(limit)
        assert [record.key for record in records] == listed
        assert total == 2
    assert await leftovers(bench.call, bench.keys.prefix) == []
    assert await loose_ends(bench.call, bench.keys.prefix) == []


async def test_a_suspect_stays_one_until_its_attempt_is_over(bench: Bench) -> None:
    """Given back, at once or after a delay, or recovered, it waits in its line again; a retry begins anew."""
    await suspect(bench, 1)
    for first_delay in (0, 1):
        (claim,) = (await bench.take()).suspects
        await bench.deliveries.settle([Release(claim, first_delay, 1)])
        await bench.reached(await bench.now() + 2)
        await bench.take(slots=0)
        assert await bench.suspects() == [(b"key-0", 1)]
    await bench.take(token="lost")
    await bench.take(slots=0, lost="lost")
    assert await bench.suspects() == [(b"key-0", 1)]
    (claim,) = (await bench.take()).suspects
    await bench.deliveries.settle([Retry(claim, 0, "error", b"")])
    taken = await bench.take()
    assert (len(taken.claimed), taken.suspects) == (1, [])


async def test_stale_pointers_to_suspects_are_passed_over(bench: Bench) -> None:
    """What was cancelled or replaced in the line runs only as what it is now; a call passes over a share."""
    keys = await suspect(bench, MOST_TOGETHER + 10)
    await bench.executions.replace(keys[-1], "another", b"", await bench.now())
    await bench.executions.cancel_many(keys[:-1])
    first = await bench.take(slots=0)
    assert (first.suspects, first.suspects_wait) == ([], True)
    first, second = await bench.take(slots=1), await bench.take()
    assert [(keys_of(taken), taken.suspects) for taken in (first, second)] == [([], []), ([keys[-1]], [])]
    assert (first.more, await bench.suspects()) == (True, [])


async def test_an_idle_worker_is_called_for_each_suspect(bench: Bench) -> None:
    """Whoever puts one into the line, or takes one and leaves others there, has an idle worker look; others do not."""
    await suspect(bench, 3)
    assert await bench.nudges() == 1
    for left in (2, 1):
        await bench.take(consumer(f"worker-{left}"))
        assert (await bench.nudges(), len(await bench.suspects())) == (1, left)
        await bench.take(consumer(f"worker-{left}"), suspects=0)
        assert await bench.nudges() == 0
    claims = (await bench.take()).suspects
    assert await bench.nudges() == 0
    await bench.deliveries.settle([Release(claim) for claim in claims])
    assert await bench.nudges() == 1


async def test_a_worker_that_is_gone_does_not_leave_suspects_to_nobody(bench: Bench) -> None:
    """It may have been the one that would have taken the next; whoever notices that it is gone has another one look."""
    await suspect(bench, 2)
    await bench.take()
    await bench.take(suspects=0)
    assert await bench.nudges() == 0
    await bench.roster.leave(consumer())
    assert await bench.nudges() == 1
    await bench.take(suspects=0)
    await bench.call("ZADD", bench.keys.workers, 1, "gone")
    assert await bench.roster.beat(consumer("alive"), []) == 1
    assert await bench.nudges() == 1


async def test_suspects_are_cleared_with_the_rest(bench: Bench) -> None:
    """They end as cancelled, and their line is empty."""
    keys = await suspect(bench, 3)
    await bench.add("queued")
    assert await bench.executions.clear() == 4
    assert {await bench.state(key) for key in keys} == {"cancelled"}
    assert await bench.suspects() == []


async def test_many_suspects_cost_no_more_than_many_others(bench: Bench) -> None:
    """Losing, taking and clearing them is done in shares."""
    number, bound = 3 * MOST_TIDIED, 2 * PER_EXECUTION * MOST_TOGETHER
    await asyncio.gather(*[bench.add(f"key-{n}") for n in range(number)])
    claims = [claim for _ in range(2) for claim, _ in (await bench.take(slots=number)).claimed]
    await asyncio.gather(*[bench.call("HSET", bench.keys.run(claim.key.decode()), "losses", 1) for claim in claims])
    await asyncio.gather(*[bench.call("ZADD", bench.keys.leases, 1, claim.key) for claim in claims])
    for slots in (0, 10, number):
        assert await cost(bench, lambda slots=slots: bench.take(slots=slots)) <= bound
    assert len(await bench.suspects()) == number - 2

    async def clear_some() -> None:
        places = [bench.keys.ready, bench.keys.later, bench.keys.suspects]
        arguments = [bench.keys.runs, bench.keys.events, bench.keys.requests, TTL_MS, MOST_TOGETHER, request_id()]
        await scripts.run(bench._wires[0], "clear", places, arguments, says_again=True)

    assert await cost(bench, clear_some) <= PER_EXECUTION * MOST_TOGETHER
    left = len(await bench.suspects())
    assert left >= number - 2 - MOST_TOGETHER
    assert await bench.executions.clear() == left
