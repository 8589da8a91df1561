"""None is taken where it means something, and refused everywhere else."""

from datetime import datetime

from docket import Docket, Execution, ExponentialRetry, Retry, StrikeList, TaskArgument, Worker
from docket.dependencies import FailureHook


async def greet(name: str) -> None: ...


async def on_a_docket(docket: Docket, later: datetime) -> None:
    docket.register(greet, None)
    await docket.add(greet, None, None)("Jane")
    await docket.add("greet", None, None)("Jane")
    await docket.strike(None, "name", "==", None)
    await docket.restore(None, "name", "==", None)
    await docket.restore(greet, None)
    await docket.dead.requeue_all(None)

    docket.register(None)  # E: argument
    docket.register_collection(None)  # E: argument
    docket.find_task(None)  # E: argument
    docket.add(None)  # E: argument
    docket.replace(None, later, "a key")  # E: argument
    await docket.cancel(None)  # E: argument
    await docket.cancel_many(None)  # E: argument
    await docket.strike(greet, "name", None)  # E: argument
    await docket.restore(greet, "name", None)  # E: argument
    await docket.get_execution(None)  # E: argument
    await docket.task_workers(None)  # E: argument
    await docket.dead.list(None)  # E: argument
    await docket.dead.list(offset=None)  # E: argument
    await docket.dead.inspect(None)  # E: argument
    await docket.dead.requeue(None)  # E: argument
    await docket.dead.drop(None)  # E: argument


async def on_what_it_gives(execution: Execution, strikes: StrikeList) -> None:
    await execution.get_result(timeout=None, deadline=None)
    strikes.is_stricken(execution, None)
    await strikes.strike(None, "name", "==", None)
    await strikes.strike(greet, None)
    await strikes.restore(None, "name", "==", None)
    await strikes.restore(greet, None)

    execution.get_argument(None)  # E: argument
    strikes.is_stricken(None)  # E: argument
    await strikes.strike(greet, "name", None)  # E: argument
    await strikes.restore(greet, "name", None)  # E: argument


async def on_policies(retry: Retry, growing: ExponentialRetry, hook: FailureHook, execution: Execution) -> None:
    await retry.on_failure(None, OSError())  # E: argument
    await retry.on_failure(execution, None)  # E: argument
    await hook.on_failure(None, OSError())  # E: argument
    await hook.on_failure(execution, None)  # E: argument
    retry.delay_after(None)  # E: argument
    growing.delay_after(None)  # E: argument


def after_nothing(retry: Retry) -> None:
    retry.after(None)  # E: argument


def in_nothing(retry: Retry) -> None:
    retry.in_(None)  # E: argument


def at_nothing(retry: Retry) -> None:
    retry.at(None)  # E: argument


Docket(signing_key=None)
Docket(None)  # E: argument
Docket(url=None)  # E: argument
Docket(heartbeat_interval=None)  # E: argument
Docket(missed_heartbeats=None)  # E: argument
Docket(execution_ttl=None)  # E: argument
Docket(dead_ttl=None)  # E: argument

StrikeList(signing_key=None)
StrikeList(None)  # E: argument
StrikeList(url=None)  # E: argument

Worker(Docket(), None)
Worker(None)  # E: argument
Worker(Docket(), concurrency=None)  # E: argument
Worker(Docket(), redelivery_timeout=None)  # E: argument
Worker(Docket(), reconnection_delay=None)  # E: argument
Worker(Docket(), minimum_check_interval=None)  # E: argument
Worker(Docket(), scheduling_resolution=None)  # E: argument
Worker(Docket(), max_redeliveries=None)  # E: argument
Worker(Docket(), shutdown_timeout=None)  # E: argument

Retry(attempts=None)
Retry(delay=None)  # E: argument
Retry.forever(None)  # E: argument
ExponentialRetry(attempts=None)
ExponentialRetry(minimum_delay=None)  # E: argument
ExponentialRetry(maximum_delay=None)  # E: argument

TaskArgument(None)
TaskArgument(optional=None)  # E: argument


async def program(worker: Worker) -> None:
    await Worker.run(name=None, signing_key=None, healthcheck_port=None, healthcheck_host=None)

    await worker.run_at_most(None)  # E: argument
    await Worker.run(None)  # E: argument
    await Worker.run(url=None)  # E: argument
    await Worker.run(concurrency=None)  # E: argument
    await Worker.run(redelivery_timeout=None)  # E: argument
    await Worker.run(reconnection_delay=None)  # E: argument
    await Worker.run(minimum_check_interval=None)  # E: argument
    await Worker.run(scheduling_resolution=None)  # E: argument
    await Worker.run(max_redeliveries=None)  # E: argument
    await Worker.run(shutdown_timeout=None)  # E: argument
    await Worker.run(until_finished=None)  # E: argument
    await Worker.run(tasks=None)  # E: argument
