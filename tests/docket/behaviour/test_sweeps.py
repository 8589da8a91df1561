"""What dead workers leave behind is taken over by all that live, a share at a time."""

import asyncio
from collections import Counter
from datetime import timedelta

from docket import CurrentWorker, Docket, Worker
from docket.storage.deliveries import Claim, Consumer
from tests.docket.harness import command, soon

LOST = 600


async def lose(docket: Docket, number: int) -> None:
    """Have a worker claim that many executions and die, so long ago that their leases have run out."""
    deliveries = docket.storage.deliveries(timedelta(seconds=1))
    gone = Consumer("gone", "gone", 60_000, 1)
    claims: list[Claim] = []
    while len(claims) < number:
        taken = await deliveries.take(gone, f"token {len(claims)}", number, [], None)
        assert taken.claimed
        claims += [claim for claim, _ in taken.claimed]
    await asyncio.gather(*[command(docket, "ZADD", docket.storage._keys.leases, 1, claim.key) for claim in claims])
    await deliveries.close()


async def test_the_work_of_the_dead_is_shared_by_the_living(docket: Docket) -> None:
    """Very many leases that ran out at once are found by several workers, and each execution is run again once."""
    ran: list[tuple[int, str]] = []

    async def note(number: int, worker: Worker = CurrentWorker()) -> None:
        ran.append((number, worker.name))
        await asyncio.sleep(0)

    await asyncio.gather(*[docket.add(note)(number) for number in range(LOST)])
    await lose(docket, LOST)
    crew = [Worker(docket, name=f"worker {n}", concurrency=20) for n in range(5)]
    await soon(asyncio.gather(*[worker.run_until_finished() for worker in crew]))
    assert sorted(number for number, _ in ran) == list(range(LOST))
    assert len(Counter(name for _, name in ran)) == len(crew)
