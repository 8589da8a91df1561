"""What is constructed keeps its parameters: their names, their order, and that each may be left out."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

from docket import Docket, ExponentialRetry, Retry, TaskArgument, Worker


class MakesDocket(Protocol):
    def __call__(
        self,
        name: str = ...,
        url: str = ...,
        heartbeat_interval: timedelta = ...,
        missed_heartbeats: int = ...,
        execution_ttl: timedelta = ...,
        dead_ttl: timedelta = ...,
        signing_key: bytes | str | Sequence[bytes | str] | None = ...,
    ) -> Docket: ...


class MakesWorker(Protocol):
    def __call__(
        self,
        docket: Docket,
        name: str | None = ...,
        concurrency: int = ...,
        redelivery_timeout: timedelta = ...,
        reconnection_delay: timedelta = ...,
        minimum_check_interval: timedelta = ...,
        scheduling_resolution: timedelta = ...,
        max_redeliveries: int = ...,
        shutdown_timeout: timedelta = ...,
    ) -> Worker: ...


class MakesRetry(Protocol):
    def __call__(self, attempts: int | None = ..., delay: timedelta = ...) -> Retry: ...


class MakesExponentialRetry(Protocol):
    def __call__(
        self, attempts: int | None = ..., minimum_delay: timedelta = ..., maximum_delay: timedelta = ...
    ) -> ExponentialRetry: ...


class RetriesForever(Protocol):
    def __call__(self, delay: timedelta = ...) -> Retry: ...


class AsksForArgument(Protocol):
    def __call__(self, parameter: str | None = ..., optional: bool = ...) -> Any: ...


docket: MakesDocket = Docket
worker: MakesWorker = Worker
retry: MakesRetry = Retry
exponential: MakesExponentialRetry = ExponentialRetry
forever: RetriesForever = Retry.forever
argument: AsksForArgument = TaskArgument

Docket(b"orders")  # E: argument
Docket(url=b"memory://")  # E: argument
Docket(heartbeat_interval=2)  # E: argument
Docket(missed_heartbeats=2.5)  # E: argument
Docket(missed_heartbeats="5")  # E: argument
Docket(execution_ttl=900)  # E: argument
Docket(dead_ttl=14)  # E: argument
Docket(signing_key=5)  # E: argument
Docket(server="memory://")  # E: argument

Worker("orders")  # E: argument
Worker(Docket(), name=b"a worker")  # E: argument
Worker(Docket(), concurrency=2.5)  # E: argument
Worker(Docket(), concurrency="10")  # E: argument
Worker(Docket(), redelivery_timeout=300)  # E: argument
Worker(Docket(), reconnection_delay=5)  # E: argument
Worker(Docket(), minimum_check_interval=2)  # E: argument
Worker(Docket(), scheduling_resolution=2)  # E: argument
Worker(Docket(), max_redeliveries=2.5)  # E: argument
Worker(Docket(), max_redeliveries="5")  # E: argument
Worker(Docket(), shutdown_timeout=25)  # E: argument

Retry(attempts=2.5)  # E: argument
Retry(attempts="3")  # E: argument
Retry(delay=5)  # E: argument
Retry(times=3)  # E: argument
Retry.forever(5)  # E: argument
ExponentialRetry(attempts=2.5)  # E: argument
ExponentialRetry(attempts="3")  # E: argument
ExponentialRetry(minimum_delay=1)  # E: argument
ExponentialRetry(maximum_delay=64)  # E: argument

TaskArgument(b"comment")  # E: argument
TaskArgument(optional="yes")  # E: argument
