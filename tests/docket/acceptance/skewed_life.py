"""What a process of a wrong clock does: `python -m tests.docket.acceptance.skewed_life caller|worker NAME URL`.

The caller prints what it has seen, as JSON. The worker runs until it is told to stop.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime, timedelta

from docket import CurrentExecution, Docket, Execution, Retry, Worker
from docket.model.record import to_ms

LEASE = timedelta(seconds=1)
WAIT = timedelta(seconds=45)
starts: list[int] = []


async def brief() -> str:
    return "done"


async def longer_than_its_lease(execution: Execution = CurrentExecution()) -> bool:
    """Says whether it was delivered again."""
    await asyncio.sleep(2 * LEASE.total_seconds())
    return execution.redelivered


async def again_after(
    execution: Execution = CurrentExecution(), retry: Retry = Retry(5, timedelta(seconds=0.3))
) -> list[int]:
    """Says when its attempts began: the second after a delay of its policy, the third after one of its own."""
    _note(execution)
    if retry.attempt == 1:
        raise ValueError("once more")
    if retry.attempt == 2:
        retry.in_(timedelta(seconds=0.3))
    return _noted()


async def again_at(when: datetime, execution: Execution = CurrentExecution(), retry: Retry = Retry(2)) -> list[int]:
    """Says when its attempts began: the second at a time that somebody else has named."""
    _note(execution)
    if retry.attempt == 1:
        retry.at(when)
    return _noted()


def _note(execution: Execution) -> None:
    assert execution.started_at is not None
    starts.append(to_ms(execution.started_at))


def _noted() -> list[int]:
    noted = starts.copy()
    starts.clear()
    return noted


def register(docket: Docket) -> None:
    """Make the tasks known."""
    for task in (brief, longer_than_its_lease, again_after, again_at):
        docket.register(task)


async def call(docket: Docket) -> None:
    """What a caller does, whose worker is elsewhere."""
    now = await docket.add(brief)()
    result = await now.get_result(timeout=WAIT)
    when = datetime.now(UTC) + timedelta(minutes=1)
    later = await docket.add(brief, when=when)()
    snapshot = await docket.snapshot()
    await docket.cancel(later.key)
    seen = {
        "own_clock_ms": time.time() * 1000,
        "due_ms": to_ms(now.when),
        "result": result,
        "asked_ms": to_ms(when),
        "later_ms": to_ms(later.when),
        "taken_ms": to_ms(snapshot.taken),
        "workers": len(snapshot.workers),
    }
    print(json.dumps(seen))


async def main(role: str, name: str, url: str) -> None:
    """Be a caller, or a worker."""
    async with Docket(name, url, heartbeat_interval=timedelta(milliseconds=200)) as docket:
        register(docket)
        if role == "caller":
            await call(docket)
        else:
            await Worker(docket, name="skewed", redelivery_timeout=LEASE).run_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
