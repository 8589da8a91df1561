"""A worker of the harness: `python -m tests.docket.acceptance.fire.worker_process PART`."""

import asyncio
import signal
from datetime import timedelta
from pathlib import Path

from docket import Docket, Worker
from docket.errors import ServerTrouble

from . import tasks
from .part import DOCKET_NAME, HEARTBEAT, LEASE_SECONDS, MISSED_HEARTBEATS, Part
from .recording import record
from .sabotage import sabotage

_CONCURRENCY = 40
_RECONNECTION_DELAY = timedelta(milliseconds=200)


async def main(part: Part) -> None:
    """Work until told to leave by a signal; a second one gives back what runs."""
    tasks.journal.open(Path(part.directory), part.who)
    record(tasks.journal)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
        try:
            async with Docket(DOCKET_NAME, part.url, HEARTBEAT, MISSED_HEARTBEATS) as docket:
                await _work(docket, part, stopping)
                return
        except ServerTrouble as error:
            tasks.journal.note("trouble", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(_RECONNECTION_DELAY.total_seconds())


async def _work(docket: Docket, part: Part, stopping: asyncio.Event) -> None:
    for task in tasks.TASKS:
        docket.register(task)
    if part.slot:
        docket.register(tasks.quick, [tasks.KNOWN_TO_SOME])
    worker = Worker(
        docket,
        name=f"worker {part.slot}",
        concurrency=_CONCURRENCY,
        redelivery_timeout=timedelta(seconds=LEASE_SECONDS),
        reconnection_delay=_RECONNECTION_DELAY,
    )
    tasks.journal.note("working", skew=part.skew_seconds)
    run = asyncio.create_task(worker.run_forever())
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([run, told], return_when=asyncio.FIRST_COMPLETED)
    worker.stop()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop_now)
    try:
        await run
    finally:
        told.cancel()
    tasks.journal.note("left")


if __name__ == "__main__":
    given = Part.from_argument()
    sabotage(given)
    asyncio.run(main(given))
