"""Whatever a task returns, the handle knows it: also what is itself called, awaited or iterated over."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator, Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple, NoReturn, TypedDict, assert_type

from docket import Docket, Execution


class Point(NamedTuple):
    x: int
    y: int


class Row(TypedDict):
    name: str


class Eventual:
    def __await__(self) -> Generator[Any, Any, bytes]:
        raise NotImplementedError


async def nothing() -> None: ...


async def perhaps() -> int | None:
    raise NotImplementedError


async def one_of() -> Literal["a", "b"]:
    raise NotImplementedError


async def point() -> Point:
    raise NotImplementedError


async def row() -> Row:
    raise NotImplementedError


async def anything() -> Any:
    raise NotImplementedError


async def objects() -> object:
    raise NotImplementedError


async def never() -> NoReturn:
    raise NotImplementedError


async def function() -> Callable[[int], str]:
    raise NotImplementedError


async def iterator() -> Iterator[int]:
    raise NotImplementedError


async def async_iterator() -> AsyncIterator[int]:
    raise NotImplementedError


async def awaitable() -> Awaitable[int]:
    raise NotImplementedError


def coroutine() -> Coroutine[Any, Any, int]:
    raise NotImplementedError


def eventual() -> Eventual:
    raise NotImplementedError


def awaited() -> Awaitable[list[str]]:
    raise NotImplementedError


async def added(docket: Docket) -> None:
    assert_type(await docket.add(nothing)(), Execution[None])
    assert_type(await docket.add(perhaps)(), Execution[int | None])
    assert_type(await docket.add(one_of)(), Execution[Literal["a", "b"]])
    assert_type(await docket.add(point)(), Execution[Point])
    assert_type(await docket.add(row)(), Execution[Row])
    assert_type(await docket.add(anything)(), Execution[Any])
    assert_type(await docket.add(objects)(), Execution[object])
    assert_type(await docket.add(function)(), Execution[Callable[[int], str]])
    assert_type(await docket.add(iterator)(), Execution[Iterator[int]])
    assert_type(await docket.add(async_iterator)(), Execution[AsyncIterator[int]])
    assert_type(await docket.add(awaitable)(), Execution[Awaitable[int]])
    assert_type(await docket.add(coroutine)(), Execution[int])
    assert_type(await docket.add(eventual)(), Execution[bytes])
    assert_type(await docket.add(awaited)(), Execution[list[str]])
    assert_type(await docket.add(never)(), Execution[NoReturn])


async def replaced(docket: Docket, later: datetime) -> None:
    assert_type(await docket.replace(nothing, later, "a key")(), Execution[None])
    assert_type(await docket.replace(perhaps, later, "a key")(), Execution[int | None])
    assert_type(await docket.replace(point, later, "a key")(), Execution[Point])
    assert_type(await docket.replace(function, later, "a key")(), Execution[Callable[[int], str]])
    assert_type(await docket.replace(awaitable, later, "a key")(), Execution[Awaitable[int]])
    assert_type(await docket.replace(coroutine, later, "a key")(), Execution[int])
    assert_type(await docket.replace(eventual, later, "a key")(), Execution[bytes])


async def used(docket: Docket) -> None:
    assert_type((await (await docket.add(point)()).result()).x, int)
    assert_type((await (await docket.add(row)()).result())["name"], str)
    assert_type((await (await docket.add(function)()).result())(3), str)
    assert_type(await (await (await docket.add(awaitable)()).result()), int)

    (await (await docket.add(perhaps)()).result()).bit_length()  # E: attribute
    (await (await docket.add(point)()).result()).z  # E: attribute
    (await (await docket.add(function)()).result())("3")  # E: argument
    wrong_point: Execution[tuple[str, str]] = await docket.add(point)()  # E: assignment
    wrong_perhaps: int = await (await docket.add(perhaps)()).result()  # E: assignment
    wrong_object: int = await (await docket.add(objects)()).result()  # E: assignment
    print(wrong_point, wrong_perhaps, wrong_object)
