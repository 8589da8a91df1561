"""What tasks ask for in their parameters, they get: each execution its own."""

import asyncio
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import pytest

from docket import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Depends,
    Docket,
    Execution,
    ExecutionState,
    TaskArgument,
    TaskKey,
    TaskLogger,
    Worker,
)
from docket.dependencies import Dependency, current_docket, current_execution, current_worker
from paramdeps import ParamdepsError
from tests.docket.harness import result_of, soon, state_of, until, working

if TYPE_CHECKING:
    import logging

pytestmark = pytest.mark.timeout(20)


async def test_a_task_knows_where_it_runs(docket: Docket) -> None:
    """The docket, the worker, the execution and the key are at hand."""
    seen: list[object] = []

    async def look(
        docket: Docket = CurrentDocket(),
        worker: Worker = CurrentWorker(),
        execution: Execution = CurrentExecution(),
        key: str = TaskKey(),
    ) -> None:
        assert execution.state is ExecutionState.RUNNING
        assert execution.function is look
        seen.extend([docket, worker, execution.key, key])
        seen.extend([current_docket.get(), current_worker.get(), current_execution.get() is execution])

    async with working(docket) as worker:
        await result_of(await docket.add(look, key="the key")())
    assert seen == [docket, worker, "the key", "the key", docket, worker, True]


async def test_a_task_has_a_logger_of_its_own(docket: Docket, caplog: pytest.LogCaptureFixture) -> None:
    """A record of TaskLogger says which execution of which task, docket and worker it belongs to."""
    caplog.set_level("INFO")

    async def report(logger: "logging.LoggerAdapter[logging.Logger]" = TaskLogger()) -> None:
        logger.info("hello %s", "there")

    async with working(docket, name="the worker"):
        await result_of(await docket.add(report, key="the key")())
    (record,) = [record for record in caplog.records if record.name == "docket.task.report"]
    assert record.getMessage() == "hello there"
    fields = {name: getattr(record, name) for name in ("docket", "worker", "task", "key", "attempt")}
    assert fields == {"docket": docket.name, "worker": "the worker", "task": "report", "key": "the key", "attempt": 1}


def by_its_own_name(customer: int = TaskArgument()) -> str:
    return f"customer {customer}"


def by_another_name(number: int = TaskArgument("customer")) -> str:
    return f"number {number}"


def if_there_is_one(region: str | None = TaskArgument(optional=True)) -> str | None:
    return region


async def test_a_dependency_sees_the_arguments_of_its_task(docket: Docket) -> None:
    """TaskArgument gives an argument by its own or another name, whether passed by position, by name or by default."""

    async def bill(
        customer: int = 7,
        own: str = Depends(by_its_own_name),
        other: str = Depends(by_another_name),
        where: str | None = Depends(if_there_is_one),
    ) -> tuple[str, str, str | None]:
        return own, other, where

    async with working(docket):
        assert await result_of(await docket.add(bill)(1)) == ("customer 1", "number 1", None)
        assert await result_of(await docket.add(bill)(customer=2)) == ("customer 2", "number 2", None)
        assert await result_of(await docket.add(bill)()) == ("customer 7", "number 7", None)


async def test_an_optional_argument_is_given_where_there_is_one(docket: Docket) -> None:
    """An optional TaskArgument is None only for tasks without such a parameter."""

    async def ship(region: str, where: str | None = Depends(if_there_is_one)) -> str | None:
        return where

    async with working(docket):
        assert await result_of(await docket.add(ship)("north")) == "north"


async def test_an_argument_that_no_task_has_is_refused_when_adding(docket: Docket) -> None:
    """A TaskArgument for a parameter that the task does not have is an error at the caller, and nothing is sent."""

    async def bill(amount: int, own: str = Depends(by_its_own_name)) -> None:
        """Never run."""

    with pytest.raises(ParamdepsError, match="customer"):
        await docket.add(bill)(1)
    assert (await docket.snapshot()).total_tasks == 0


async def test_a_resource_is_entered_before_and_left_before_it_is_completed(docket: Docket) -> None:
    """A resource is opened before the body, closed after it, and only then the execution is completed."""
    seen: list[object] = []

    async def resource(docket: Docket = CurrentDocket(), key: str = TaskKey()) -> AsyncGenerator[str]:
        seen.append("opened")
        yield "resource"
        await asyncio.sleep(0.01)  # as closing takes its time
        seen.append(await state_of(docket, key))

    async def use(resource: str = Depends(resource)) -> None:
        seen.append(resource)

    async with working(docket):
        execution = await docket.add(use)()
        await result_of(execution)
        assert execution.state is ExecutionState.COMPLETED
    assert seen == ["opened", "resource", ExecutionState.RUNNING]


async def test_a_resource_is_left_when_the_task_fails(docket: Docket) -> None:
    """Clean-up sees the error of the body, which is that of the execution."""
    seen: list[str] = []

    async def resource() -> AsyncGenerator[str]:
        try:
            yield "resource"
        except RuntimeError as error:
            seen.append(str(error))
            raise

    async def use(resource: str = Depends(resource)) -> None:
        raise RuntimeError("no good")

    async with working(docket):
        with pytest.raises(RuntimeError, match="no good"):
            await result_of(await docket.add(use)())
    assert seen == ["no good"]


async def test_resources_are_left_in_reverse_order(docket: Docket) -> None:
    """What was entered last is left first, those that need each other included."""
    seen: list[str] = []

    async def connection() -> AsyncGenerator[str]:
        seen.append("+connection")
        yield "connection"
        seen.append("-connection")

    async def transaction(connection: str = Depends(connection)) -> AsyncGenerator[str]:
        seen.append("+transaction")
        yield f"transaction on {connection}"
        seen.append("-transaction")

    async def use(transaction: str = Depends(transaction), connection: str = Depends(connection)) -> str:
        seen.append(f"{transaction}, {connection}")
        return transaction

    async with working(docket):
        assert await result_of(await docket.add(use)()) == "transaction on connection"
    assert seen == [
        "+connection",
        "+transaction",
        "transaction on connection, connection",
        "-transaction",
        "-connection",
    ]


class Recorder(Dependency["Recorder"]):
    """An author's own dependency, with state of each call on itself."""

    left: list[tuple[str, str]]

    def __init__(self) -> None:
        self.left = []
        self.mine = "nobody"

    async def __aenter__(self) -> Self:
        self.mine = current_execution.get().key
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None:
        # The list is the declared instance's, and shared; what was assigned to `self` is this call's own.
        self.left.append((self.mine, current_execution.get().key))


async def test_executions_at_the_same_time_do_not_share_state(docket: Docket) -> None:
    """What a dependency keeps on itself belongs to one execution, although its default value is shared by all."""
    count, all_in, inside = 20, asyncio.Event(), 0
    shared = Recorder()

    def own_list() -> list[str]:
        return []

    async def use(
        recorder: Recorder = shared, mine: list[str] = Depends(own_list), key: str = TaskKey()
    ) -> tuple[str, list[str], str]:
        nonlocal inside
        mine.append(key)
        inside += 1
        if inside == count:
            all_in.set()
        await all_in.wait()
        return recorder.mine, mine, current_execution.get().key

    async with working(docket, concurrency=count):
        executions = [await docket.add(use, key=f"key {number}")() for number in range(count)]
        for execution in executions:
            assert await result_of(execution) == (execution.key, [execution.key], execution.key)
    assert shared.mine == "nobody"
    assert sorted(shared.left) == sorted((execution.key, execution.key) for execution in executions)


async def test_what_a_task_starts_in_the_background_belongs_to_it(docket: Docket) -> None:
    """Tasks of asyncio that a task starts see its execution, as context variables have it."""

    async def look() -> str:
        return current_execution.get().key

    async def start() -> list[str]:
        return await asyncio.gather(look(), look())

    async with working(docket):
        assert await result_of(await docket.add(start, key="mine")()) == ["mine", "mine"]


async def test_the_test_itself_is_part_of_no_execution(docket: Docket) -> None:
    """Whoever runs a worker is not taken for one of its tasks afterwards."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go_on.wait()

    async with working(docket):
        execution = await docket.add(hold)()
        await soon(begun.wait())
        assert current_execution.get(None) is None
        go_on.set()
        await result_of(execution)
    assert current_execution.get(None) is None
    assert current_worker.get(None) is None


async def test_a_task_without_dependencies_runs_in_the_plainest_way(docket: Docket) -> None:
    """A task is an ordinary function, and may still ask the context variables."""

    async def plain() -> tuple[str, str]:
        return current_docket.get().name, current_worker.get().name

    async with working(docket, name="w"):
        assert await result_of(await docket.add(plain)()) == (docket.name, "w")


async def test_a_task_calls_another_one_directly(docket: Docket) -> None:
    """A task that is called as a function, with what it needs passed, is only that."""

    async def inner(number: int, key: str = TaskKey()) -> str:
        return f"{number} {key}"

    async def outer(key: str = TaskKey()) -> str:
        return await inner(1, key=key)

    async with working(docket):
        execution = await docket.add(outer, key="outer")()
        assert await result_of(execution) == "1 outer"
        await until(lambda: execution.state.is_terminal, "it has ended")
