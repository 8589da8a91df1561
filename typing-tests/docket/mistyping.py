"""A name that no parameter has is refused: what is mistyped is not lost."""

from datetime import datetime, timedelta

from docket import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Docket,
    Execution,
    ExponentialRetry,
    Retry,
    StrikeList,
    TaskArgument,
    TaskKey,
    TaskLogger,
    Worker,
)
from docket.dependencies import FailureHook


async def greet(name: str) -> None: ...


async def to_a_docket(docket: Docket, later: datetime) -> None:
    docket.register(greet, nmaes=["greet"])  # E: argument
    docket.register_collection("shop.jobs:tasks", only="greet")  # E: argument
    docket.find_task("greet", default=greet)  # E: argument
    docket.add("greet", wen=later)  # E: argument
    docket.add(greet, wen=later)  # E: argument
    docket.replace("greet", later, "a key", until=later)  # E: argument
    docket.replace(greet, later, "a key", until=later)  # E: argument
    await docket.cancel("a key", now=True)  # E: argument
    await docket.cancel_many(["a key"], now=True)  # E: argument
    await docket.clear(now=True)  # E: argument
    await docket.strike(greet, reason="broken")  # E: argument
    await docket.restore(greet, reason="mended")  # E: argument
    await docket.strikes(function=greet)  # E: argument
    await docket.unreadable_strikes(function=greet)  # E: argument
    await docket.get_execution("a key", default=None)  # E: argument
    await docket.snapshot(limit=10)  # E: argument
    await docket.workers(limit=10)  # E: argument
    await docket.task_workers("greet", limit=10)  # E: argument


async def to_the_dead(docket: Docket) -> None:
    await docket.dead.count(function="greet")  # E: argument
    await docket.dead.list(lmit=10)  # E: argument
    await docket.dead.inspect("a key", default=None)  # E: argument
    await docket.dead.requeue("a key", now=True)  # E: argument
    await docket.dead.requeue_all(limit=10)  # E: argument
    await docket.dead.drop("a key", now=True)  # E: argument


async def to_an_execution(execution: Execution[int], strikes: StrikeList) -> None:
    execution.now(utc=True)  # E: argument
    execution.get_argument("name", default=None)  # E: argument
    execution.call_repr(limit=10)  # E: argument
    await execution.sync(timeout=timedelta(seconds=5))  # E: argument
    await execution.get_result(timout=timedelta(seconds=5))  # E: argument
    await execution.result(timeout=timedelta(seconds=5))  # E: argument
    await strikes.strike(greet, reason="broken")  # E: argument
    await strikes.restore(greet, reason="mended")  # E: argument
    strikes.is_stricken(execution, parameter="name")  # E: argument


async def to_policies(retry: Retry, growing: ExponentialRetry, hook: FailureHook, execution: Execution) -> None:
    await retry.on_failure(execution, OSError(), delay=None)  # E: argument
    await hook.on_failure(execution, OSError(), delay=None)  # E: argument
    retry.delay_after(1, jitter=True)  # E: argument
    growing.delay_after(1, jitter=True)  # E: argument


def after(retry: Retry) -> None:
    retry.after(timedelta(seconds=5), jitter=True)  # E: argument


def in_(retry: Retry) -> None:
    retry.in_(timedelta(seconds=5), jitter=True)  # E: argument


def at(retry: Retry, when: datetime) -> None:
    retry.at(when, jitter=True)  # E: argument


async def to_a_worker(worker: Worker) -> None:
    await worker.run_forever(timeout=timedelta(seconds=5))  # E: argument
    await worker.run_until_finished(timeout=timedelta(seconds=5))  # E: argument
    await worker.run_at_most({"a key": 3}, timeout=timedelta(seconds=5))  # E: argument
    await Worker.run(nmae="a worker")  # E: argument
    worker.stop(now=True)  # E: argument
    worker.stop_now(timeout=timedelta(seconds=5))  # E: argument
    worker.troubles(limit=10)  # E: argument


Docket(nmae="orders")  # E: argument
StrikeList(nmae="orders")  # E: argument
Worker(Docket(), nmae="a worker")  # E: argument
Retry(attemps=3)  # E: argument
Retry.forever(attempts=3)  # E: argument
ExponentialRetry(attemps=3)  # E: argument

CurrentDocket(name="orders")  # E: argument
CurrentExecution(key="a key")  # E: argument
CurrentWorker(name="a worker")  # E: argument
TaskArgument(name="comment")  # E: argument
TaskKey(prefix="x")  # E: argument
TaskLogger(name="orders")  # E: argument
