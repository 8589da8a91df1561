"""`replace` keeps the parameters of the task as `add` does, and cannot do without a time and a key."""

from collections.abc import Callable, Coroutine
from datetime import date, datetime, timedelta
from typing import Any, assert_type
from uuid import uuid4

from docket import CurrentExecution, Docket, Execution, TaskKey


async def total(a: int, b: int = 0, /, *, scale: float = 1) -> int:
    raise NotImplementedError


async def stored(order_id: int, *, key: str = TaskKey(), execution: Execution = CurrentExecution()) -> bytes:
    raise NotImplementedError


async def spread(*numbers: int, **labels: str) -> float:
    raise NotImplementedError


async def nothing() -> None: ...


def plain(a: int) -> int:
    raise NotImplementedError


async def right(docket: Docket, later: datetime) -> None:
    assert_type(await docket.replace(total, later, "a key")(1, 2), Execution[int])
    await docket.replace(function=total, when=later, key="a key")(1, scale=0.5)
    await docket.replace(total, later, key="a key")(1)
    assert_type(await docket.replace(spread, later, "a key")(1, 2, colour="red"), Execution[float])
    assert_type(await docket.replace(spread, when=later, key="a key")(), Execution[float])
    assert_type(await docket.replace(stored, later, "a key")(1), Execution[bytes])
    assert_type(docket.replace(nothing, later, "a key"), Callable[[], Coroutine[Any, Any, Execution[None]]])
    assert_type(await docket.replace("total", later, "a key")(1, 2, anything="goes"), Execution[Any])


async def wrong_arguments(docket: Docket, later: datetime) -> None:
    await docket.replace(total, later, "a key")()  # E: argument
    await docket.replace(total, later, "a key")("1")  # E: argument
    await docket.replace(total, later, "a key")(a=1)  # E: argument
    await docket.replace(total, later, "a key")(1, 2, 3)  # E: argument
    await docket.replace(total, later, "a key")(1, scale="large")  # E: argument
    await docket.replace(total, later, "a key")(1, skale=2)  # E: argument
    await docket.replace(spread, later, "a key")("1")  # E: argument
    await docket.replace(spread, later, "a key")(1, colour=2)  # E: argument
    await docket.replace(nothing, later, "a key")(None)  # E: argument
    await docket.replace(stored, later, "a key")()  # E: argument
    await docket.replace(stored, later, "a key")(1, key=3)  # E: argument
    await docket.replace(stored, later, "a key")(1, execution="this")  # E: argument


async def wrong_scheduling(docket: Docket, later: datetime) -> None:
    await docket.replace(total)(1)  # E: argument
    await docket.replace(total, later)(1)  # E: argument
    await docket.replace(total, key="a key")(1)  # E: argument
    await docket.replace(total, None, "a key")(1)  # E: argument
    await docket.replace(total, later, None)(1)  # E: argument
    await docket.replace(total, "tomorrow", "a key")(1)  # E: argument
    await docket.replace(total, timedelta(minutes=5), "a key")(1)  # E: argument
    await docket.replace(total, 5, "a key")(1)  # E: argument
    await docket.replace(total, date(2030, 1, 1), "a key")(1)  # E: argument
    await docket.replace(total, later, uuid4())(1)  # E: argument
    await docket.replace(total, later, 5)(1)  # E: argument
    await docket.replace(total, later, b"a key")(1)  # E: argument
    await docket.replace(total, wen=later, key="a key")(1)  # E: argument
    await docket.replace()(1)  # E: argument
    await docket.replace(5, later, "a key")(1)  # E: argument
    await docket.replace(total(1), later, "a key")()  # E: argument
    await docket.replace("total")(1)  # E: argument
    await docket.replace("total", later)(1)  # E: argument
    await docket.replace("total", key="a key")(1)  # E: argument
    await docket.replace(plain, later, "a key")(1)  # E: argument
