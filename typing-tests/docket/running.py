"""A worker runs for ever, until all is done, or some keys so many times; and as a program of its own."""

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol, assert_type

from docket import Docket, Worker


class RunsAtMost(Protocol):
    def __call__(self, iterations_by_key: Mapping[str, int]) -> Coroutine[Any, Any, None]: ...


class Runs(Protocol):
    def __call__(
        self,
        docket_name: str = ...,
        url: str = ...,
        *,
        name: str | None = ...,
        concurrency: int = ...,
        redelivery_timeout: timedelta = ...,
        reconnection_delay: timedelta = ...,
        minimum_check_interval: timedelta = ...,
        scheduling_resolution: timedelta = ...,
        max_redeliveries: int = ...,
        shutdown_timeout: timedelta = ...,
        signing_key: bytes | str | Sequence[bytes | str] | None = ...,
        healthcheck_port: int | None = ...,
        healthcheck_host: str | None = ...,
        until_finished: bool = ...,
        tasks: Iterable[str] = ...,
    ) -> Coroutine[Any, Any, None]: ...


async def opened() -> None:
    async with Docket() as docket, Worker(docket) as worker:
        assert_type(docket, Docket)
        assert_type(worker, Worker)
        assert_type(worker.docket, Docket)
        assert_type(worker.name, str)
        assert_type(worker.concurrency, int)
        assert_type(worker.redelivery_timeout, timedelta)
        assert_type(worker.reconnection_delay, timedelta)
        assert_type(worker.max_redeliveries, int)
        assert_type(worker.shutdown_timeout, timedelta)
        assert_type(worker.healthy, bool)
        assert_type(worker.troubles(), list[str])
        at_most: RunsAtMost = worker.run_at_most
        await at_most({"a key": 3})
        await worker.run_until_finished()
        await worker.run_forever()
        worker.stop()
        worker.stop_now()

        await worker.run_at_most({"a key": 2.5})  # E: argument [pyrefly: assignment]
        await worker.run_at_most({"a key": "3"})  # E: argument [pyrefly: assignment]
        await worker.run_at_most({3: 3})  # E: argument [pyrefly: assignment]
        await worker.run_at_most(["a key"])  # E: argument


class Orders(Docket): ...


class Clerk(Worker): ...


async def derived() -> None:
    async with Orders() as docket, Clerk(docket) as worker:
        assert_type(docket, Orders)
        assert_type(worker, Clerk)


runs: Runs = Worker.run


async def program() -> None:
    await Worker.run(b"orders")  # E: argument
    await Worker.run(url=b"memory://")  # E: argument
    await Worker.run(name=b"a worker")  # E: argument
    await Worker.run(concurrency=2.5)  # E: argument
    await Worker.run(concurrency="10")  # E: argument
    await Worker.run(redelivery_timeout=300)  # E: argument
    await Worker.run(reconnection_delay=5)  # E: argument
    await Worker.run(minimum_check_interval=2)  # E: argument
    await Worker.run(scheduling_resolution=2)  # E: argument
    await Worker.run(max_redeliveries=2.5)  # E: argument
    await Worker.run(max_redeliveries="5")  # E: argument
    await Worker.run(shutdown_timeout=25)  # E: argument
    await Worker.run(signing_key=5)  # E: argument
    await Worker.run(healthcheck_port=80.5)  # E: argument
    await Worker.run(healthcheck_port="8080")  # E: argument
    await Worker.run(healthcheck_host=b"localhost")  # E: argument
    await Worker.run(until_finished="yes")  # E: argument
    await Worker.run(tasks=5)  # E: argument
    await Worker.run(tasks=[3])  # E: argument
    await Worker.run("orders", "memory://", "a worker")  # E: argument
