"""A forgotten `await` does nothing, so the checkers say so."""

from datetime import datetime

from docket import Docket, Execution, Retry, StrikeList, Worker
from docket.dependencies import FailureHook


async def greet(name: str) -> None: ...


# Ty takes no notice of a coroutine that comes from a callable, rather than from a coroutine function.
async def scheduling(docket: Docket, later: datetime) -> None:
    docket.add(greet)("Jane")  # E: await [ty: nothing]
    docket.add(greet, when=later, key="a key")("Jane")  # E: await [ty: nothing]
    docket.add("greet")("Jane")  # E: await [ty: nothing]
    docket.replace(greet, later, "a key")("Jane")  # E: await [ty: nothing]
    docket.replace("greet", later, "a key")("Jane")  # E: await [ty: nothing]
    docket.add(greet)("Jane").key  # E: attribute
    execution: Execution[None] = docket.add(greet)("Jane")  # E: assignment
    print(execution)


async def of_a_docket(docket: Docket) -> None:
    docket.cancel("a key")  # E: await
    docket.cancel_many(["a key"])  # E: await
    docket.clear()  # E: await
    docket.strike(greet)  # E: await
    docket.restore(greet)  # E: await
    docket.strikes()  # E: await
    docket.unreadable_strikes()  # E: await
    docket.get_execution("a key")  # E: await
    docket.snapshot()  # E: await
    docket.workers()  # E: await
    docket.task_workers("greet")  # E: await


async def of_the_dead(docket: Docket) -> None:
    docket.dead.count()  # E: await
    docket.dead.list()  # E: await
    docket.dead.inspect("a key")  # E: await
    docket.dead.requeue("a key")  # E: await
    docket.dead.requeue_all()  # E: await
    docket.dead.drop("a key")  # E: await


async def of_an_execution(execution: Execution[int], error: OSError, retry: Retry, hook: FailureHook) -> None:
    execution.sync()  # E: await
    execution.result()  # E: await
    execution.get_result()  # E: await
    retry.on_failure(execution, error)  # E: await
    hook.on_failure(execution, error)  # E: await


async def of_strikes(strikes: StrikeList) -> None:
    strikes.strike(greet)  # E: await
    strikes.restore(greet)  # E: await


async def of_a_worker(worker: Worker) -> None:
    worker.run_forever()  # E: await
    worker.run_until_finished()  # E: await
    worker.run_at_most({"a key": 3})  # E: await
    Worker.run()  # E: await
