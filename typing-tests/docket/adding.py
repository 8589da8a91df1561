"""`add` keeps the parameters of the task."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_type
from uuid import uuid4

from docket import CurrentDocket, Depends, Docket, Execution, Retry, TaskKey


async def greet(name: str, greeting: str = "Hello", *, loud: bool = False) -> None: ...


async def total(a: int, b: int, /) -> int:
    raise NotImplementedError


async def spread(*numbers: int, **labels: str) -> float:
    raise NotImplementedError


async def nothing() -> None: ...


async def connection() -> str:
    raise NotImplementedError


async def stored(
    order_id: int,
    note: str = "",
    *,
    db: str = Depends(connection),
    key: str = TaskKey(),
    docket: Docket = CurrentDocket(),
    retry: Retry = Retry(attempts=3),
) -> bytes:
    raise NotImplementedError


def awaitable(name: str) -> Awaitable[int]:
    raise NotImplementedError


async def right(docket: Docket, later: datetime) -> None:
    assert_type(await docket.add(greet)("Jane"), Execution[None])
    await docket.add(greet)("Jane", "Hi")
    await docket.add(greet)(name="Jane", greeting="Hi", loud=True)
    await docket.add(greet, when=later)("Jane", loud=True)
    await docket.add(greet, later, "a key")("Jane")
    await docket.add(function=greet, when=None, key=None)("Jane")
    await docket.add(greet, when=datetime.now(UTC), key="a key")("Jane")

    assert_type(await docket.add(total)(1, 2), Execution[int])
    assert_type(await docket.add(spread)(1, 2, 3, colour="red"), Execution[float])
    assert_type(await docket.add(nothing)(), Execution[None])
    assert_type(await docket.add(awaitable)("Jane"), Execution[int])
    assert_type(docket.add(nothing), Callable[[], Coroutine[Any, Any, Execution[None]]])

    # What is a dependency is filled in by the worker, and may be given by the caller.
    assert_type(await docket.add(stored)(1), Execution[bytes])
    await docket.add(stored)(1, "fragile")
    await docket.add(stored)(order_id=1, note="fragile", db="another")


async def wrong_arguments(docket: Docket) -> None:
    await docket.add(greet)()  # E: argument
    await docket.add(greet)(3)  # E: argument
    await docket.add(greet)("Jane", 3)  # E: argument
    await docket.add(greet)("Jane", "Hi", True)  # E: argument
    await docket.add(greet)("Jane", loud="very")  # E: argument
    await docket.add(greet)("Jane", laud=True)  # E: argument

    await docket.add(total)(1)  # E: argument
    await docket.add(total)(1, 2, 3)  # E: argument
    await docket.add(total)(a=1, b=2)  # E: argument
    await docket.add(total)(1, "2")  # E: argument
    await docket.add(spread)("1")  # E: argument
    await docket.add(spread)(1, colour=2)  # E: argument
    await docket.add(nothing)(None)  # E: argument
    await docket.add(awaitable)(3)  # E: argument

    await docket.add(stored)()  # E: argument
    await docket.add(stored)("1")  # E: argument
    await docket.add(stored)(1, db=5)  # E: argument
    await docket.add(stored)(1, key=5)  # E: argument
    await docket.add(stored)(1, docket="orders")  # E: argument
    await docket.add(stored)(1, retry=3)  # E: argument


async def wrong_scheduling(docket: Docket) -> None:
    await docket.add(greet, when="tomorrow")("Jane")  # E: argument
    await docket.add(greet, when=5)("Jane")  # E: argument
    await docket.add(greet, when=timedelta(minutes=5))("Jane")  # E: argument
    await docket.add(greet, when=date(2030, 1, 1))("Jane")  # E: argument
    await docket.add(greet, key=uuid4())("Jane")  # E: argument
    await docket.add(greet, key=5)("Jane")  # E: argument
    await docket.add(greet, key=b"a key")("Jane")  # E: argument
    await docket.add(greet, wen=datetime.now(UTC))("Jane")  # E: argument
    await docket.add()("Jane")  # E: argument
    await docket.add(5)("Jane")  # E: argument
    await docket.add(greet("Jane"))()  # E: argument
