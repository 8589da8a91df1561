"""What is required cannot be left out."""

from datetime import datetime

from docket import Docket, Execution, ExponentialRetry, Retry, StrikeList, Worker
from docket.dependencies import FailureHook


async def greet(name: str) -> None: ...


async def of_a_docket(docket: Docket, later: datetime) -> None:
    docket.register()  # E: argument
    docket.register_collection()  # E: argument
    docket.find_task()  # E: argument
    docket.add()  # E: argument
    docket.replace("greet", later)  # E: argument
    docket.replace(greet, later)  # E: argument
    await docket.cancel()  # E: argument
    await docket.cancel_many()  # E: argument
    await docket.get_execution()  # E: argument
    await docket.task_workers()  # E: argument
    await docket.dead.inspect()  # E: argument
    await docket.dead.requeue()  # E: argument
    await docket.dead.drop()  # E: argument


async def of_what_it_gives(execution: Execution, strikes: StrikeList, worker: Worker) -> None:
    execution.get_argument()  # E: argument
    strikes.is_stricken()  # E: argument
    await worker.run_at_most()  # E: argument


async def of_policies(retry: Retry, growing: ExponentialRetry, hook: FailureHook, execution: Execution) -> None:
    await retry.on_failure(execution)  # E: argument
    await hook.on_failure(execution)  # E: argument
    retry.delay_after()  # E: argument
    growing.delay_after()  # E: argument


def after(retry: Retry) -> None:
    retry.after()  # E: argument


def in_(retry: Retry) -> None:
    retry.in_()  # E: argument


def at(retry: Retry) -> None:
    retry.at()  # E: argument


Worker()  # E: argument
