"""Drains no-op tasks with a docket worker.

The same lines drain with this workspace's docket and with a released one: which of them `docket` is depends on the
environment that runs this file.
"""

import asyncio
from datetime import timedelta
from typing import Any

from stopwatch import Order, Stopwatch, read_order

from docket import Docket, Worker

_ENQUEUED_TOGETHER = 100

ran = 0


async def noop() -> None:
    """The task: it only counts."""
    global ran  # noqa: PLW0603 - the cheapest counter there is
    ran += 1


async def drain(order: Order) -> Stopwatch:
    """Enqueue everything, then time how long a worker takes for it."""
    intervals: dict[str, Any] = {}
    if order.polling_ms is not None:
        interval = timedelta(milliseconds=order.polling_ms)
        intervals = {"minimum_check_interval": interval, "scheduling_resolution": interval}
    async with Docket("drain", order.url) as docket:
        docket.register(noop)
        for start in range(0, order.tasks, _ENQUEUED_TOGETHER):
            together = min(_ENQUEUED_TOGETHER, order.tasks - start)
            await asyncio.gather(*[docket.add(noop)() for _ in range(together)])
        async with Worker(docket, concurrency=order.concurrency, **intervals) as worker:
            with Stopwatch() as stopwatch:
                await worker.run_until_finished()
    return stopwatch


if __name__ == "__main__":
    asyncio.run(drain(read_order())).report(ran)
