"""What the tests of docket have in common: a worker beside the test, and conditions to wait for."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from docket import CurrentExecution, CurrentWorker, Docket, Execution, ExecutionState, Retry, Worker

SOON_SECONDS = 15.0
"""How long a test waits for what should happen at once: long enough for a busy machine."""

MINUTE = timedelta(seconds=60)


@asynccontextmanager
async def working(docket: Docket, **options: Any) -> AsyncGenerator[Worker]:
    """A worker that runs beside the test, is on the roster before it begins, and is told to stop at its end."""
    worker = Worker(docket, **options)
    run = asyncio.create_task(worker.run_forever())
    try:
        await until(lambda: run.done() or on_roster(docket, worker), "the worker is on the roster")
        if run.done():
            await run
        yield worker
        worker.stop_now()
        async with asyncio.timeout(2 * SOON_SECONDS):
            await run
    finally:
        run.cancel()
        await asyncio.wait([run], timeout=SOON_SECONDS)
        if run.done() and not run.cancelled():
            run.exception()  # it was raised above, or what has gone wrong before matters more


async def on_roster(docket: Docket, worker: Worker) -> bool:
    """Whether a worker has been heard of."""
    return worker.name in {known.name for known in await docket.workers()}


async def until(
    condition: Callable[[], Awaitable[object] | object], what: str, timeout_seconds: float = SOON_SECONDS
) -> None:
    """Return as soon as a condition, which may be async, holds; fail, saying `what` was awaited, if it does not."""
    deadline = time.monotonic() + timeout_seconds
    while True:
        holds = condition()
        if isinstance(holds, Awaitable):
            holds = await holds
        if holds:
            return
        assert time.monotonic() < deadline, f"not within {timeout_seconds:g} s: {what}"
        await asyncio.sleep(0.005)


async def reaches(execution: Execution, state: ExecutionState) -> None:
    """Wait until an execution is in a state."""

    async def there() -> bool:
        await execution.sync()
        return execution.state is state

    await until(there, f"{execution.key} is {state.value}")


async def soon[T](waiting: Awaitable[T]) -> T:
    """What an awaitable brings, which must not take long."""
    async with asyncio.timeout(SOON_SECONDS):
        return await waiting


async def result_of(execution: Execution) -> Any:
    """The result of an execution, which must end soon."""
    return await execution.get_result(timeout=timedelta(seconds=SOON_SECONDS))


async def finish(docket: Docket, **options: Any) -> None:
    """Have a worker do all the work there is, which must not take long."""
    await soon(Worker(docket, **options).run_until_finished())


async def state_of(docket: Docket, key: str) -> ExecutionState | None:
    """The state of the execution of a key; None if nothing is known of it."""
    execution = await docket.get_execution(key)
    return None if execution is None else execution.state


async def command(docket: Docket, *arguments: bytes | str | int) -> Any:
    """Have the docket's server carry out a command."""
    return await docket.storage._wire.call(*arguments)


def record_key(docket: Docket, key: str) -> bytes:
    """Where the record of an execution is kept."""
    return docket.storage._keys.run(key)


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def later(**span: float) -> datetime:
    """A time in the future."""
    return now() + timedelta(**span)


async def docket_is_quiet(docket: Docket) -> None:
    """Wait until the connection for events has had the answers to all that was sent on it."""
    for _ in range(2):
        # A round trip of another connection, and turns of the event loop for the reader of this one.
        await docket.storage.ping()
        await asyncio.sleep(0.005)


async def idle(docket: Docket) -> None:
    """Wait until every worker of the docket waits for work at the server."""

    async def all_wait() -> bool:
        clients: bytes = await command(docket, "CLIENT", "LIST")
        waiting = [line for line in clients.splitlines() if b" flags=b" in line and b" cmd=xreadgroup" in line]
        return len(waiting) >= len(await docket.workers())

    await until(all_wait, "all workers wait for work")


class Stage:
    """A task that is on until it is let go or stopped, and tells on which worker."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.let_go = asyncio.Event()
        self.workers: list[str] = []
        self.attempts: list[tuple[int, bool]] = []
        self.running = 0
        self.most = 0

    async def hold(
        self, worker: Worker = CurrentWorker(), execution: Execution = CurrentExecution(), retry: Retry = Retry(2)
    ) -> str:
        self.workers.append(worker.name)
        self.attempts.append((execution.attempt, execution.redelivered))
        self.running += 1
        self.most = max(self.most, self.running)
        self.entered.set()
        try:
            await self.let_go.wait()
        finally:
            self.running -= 1
        return worker.name
