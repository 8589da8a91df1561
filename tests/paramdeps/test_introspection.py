"""A plan can be looked at."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from paramdeps import Dependency, Depends, PlannedStep, Shared, plan


class Retry(Dependency[None]):
    """A dependency."""

    async def __aenter__(self) -> None: ...


def settings() -> str:
    return ""


async def pool(settings: str = Shared(settings)) -> AsyncIterator[str]:
    yield settings


async def connection(pool: str = Shared(pool), settings: str = Depends(settings)) -> AsyncIterator[str]:
    yield pool


async def report(
    day: Annotated[int, Retry()], db: str = Depends(connection), pool: str = Shared(pool), retry: Any = Retry()
) -> None: ...


def test_the_steps_are_listed_in_their_order() -> None:
    """With what they need; what an application builds comes before what needs it, once."""
    assert plan(report).steps == (
        PlannedStep("Retry", "dependency", "call", "report.day -> Retry", ()),
        PlannedStep("settings", "value", "app", "report.db -> connection.pool -> pool.settings -> settings", ()),
        PlannedStep("pool", "resource", "app", "report.db -> connection.pool -> pool", (1,)),
        PlannedStep("settings", "value", "call", "report.db -> connection.settings -> settings", ()),
        PlannedStep("connection", "resource", "call", "report.db -> connection", (2, 3)),
        PlannedStep("Retry", "dependency", "call", "report.retry -> Retry", ()),
    )
    assert plan(report).supplied == {"db": 4, "pool": 2, "retry": 5}


def test_a_plan_is_printed_as_its_steps() -> None:
    """For people who wonder what happens."""
    assert str(plan(report)).splitlines() == [
        "    name        form        scope  needs  for",
        "1.  Retry       dependency  call          report.day",
        "2.  settings    value       app           report.db -> connection.pool -> pool.settings",
        "3.  pool        resource    app    2      report.db -> connection.pool",
        "4.  settings    value       call          report.db -> connection.settings",
        "5.  connection  resource    call   3, 4   report.db",
        "6.  Retry       dependency  call          report.retry",
        "report(..., db=5, pool=3, retry=6)",
    ]
    assert str(plan(len)) == "len() has no dependencies"


def test_positional_only_parameters_are_listed_too() -> None:
    """They are supplied like others."""

    def function(a: str = Depends(settings), b: int = 3, /) -> None: ...

    assert plan(function).supplied == {"a": 0}
