"""The handle of an execution knows what its task returns."""

from collections.abc import Coroutine, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol, assert_type

from docket import Docket, Execution


class Report: ...


class DailyReport(Report): ...


async def total(a: int, b: int) -> int:
    raise NotImplementedError


async def daily(day: str) -> DailyReport:
    raise NotImplementedError


async def perhaps() -> str | None:
    raise NotImplementedError


class GetsResult(Protocol):
    def __call__(
        self, *, timeout: timedelta | None = ..., deadline: datetime | None = ...
    ) -> Coroutine[Any, Any, int]: ...


async def results(docket: Docket, later: datetime) -> None:
    assert_type(await (await docket.add(total)(1, 2)).result(), int)
    assert_type(await (await docket.replace(total, later, "a key")(1, 2)).result(), int)
    assert_type(await (await docket.add(total)(1, 2)).get_result(timeout=timedelta(seconds=5)), int)
    assert_type(await (await docket.add(total)(1, 2)).get_result(deadline=later), int)
    assert_type(await (await docket.add(perhaps)()).result(), str | None)

    execution = await docket.add(total)(1, 2)
    limited: GetsResult = execution.get_result
    print(limited)
    words: str = await execution.result()  # E: assignment
    print(words)
    await execution.get_result(timeout=5)  # E: argument
    await execution.get_result(deadline=timedelta(seconds=5))  # E: argument
    await execution.get_result(deadline=5)  # E: argument
    await execution.get_result(deadline=date(2030, 1, 1))  # E: argument
    await execution.get_result(timedelta(seconds=5))  # E: argument
    execution.results()  # E: attribute


# Whoever can do with any report can do with a daily one.
def archive(execution: Execution[Report]) -> None: ...


def count(executions: Sequence[Execution[object]]) -> None: ...


# Without a parameter, the result may be anything: nobody is forced to name it.
def show(execution: Execution) -> None: ...


def recent(execution: Execution) -> Execution:
    return execution


async def covariance(docket: Docket) -> None:
    execution = await docket.add(daily)("monday")
    archive(execution)
    count([execution, await docket.add(total)(1, 2)])
    show(execution)
    kept: Execution[Report] = execution
    bare: Execution = execution
    assert_type(recent(execution), Execution[Any])
    archive(bare)
    print(kept)

    archive(await docket.add(total)(1, 2))  # E: argument


def narrowed(execution: Execution[Report]) -> None:
    narrower: Execution[DailyReport] = execution  # E: assignment
    print(narrower)


async def returned(docket: Docket) -> Execution[str]:
    return await docket.add(total)(1, 2)  # E: return
