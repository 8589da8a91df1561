"""A task may be anything that is called and awaited: a function of any form, a method, an object, a partial."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial, wraps
from typing import Any, ClassVar, Self, assert_type, overload

from docket import Docket, Execution


class Mailer:
    async def send(self, to: str, *, urgent: bool = False) -> bool:
        raise NotImplementedError

    async def copy(self) -> Self:
        raise NotImplementedError

    @classmethod
    async def check(cls, deep: bool) -> str:
        raise NotImplementedError

    @staticmethod
    async def count(of: int) -> int:
        raise NotImplementedError

    async def __call__(self, to: str) -> bytes:
        raise NotImplementedError


class Loud(Mailer): ...


async def methods(docket: Docket, mailer: Mailer, loud: Loud, later: datetime) -> None:
    assert_type(await docket.add(mailer.send)("jane"), Execution[bool])
    assert_type(await docket.add(mailer.send)(to="jane", urgent=True), Execution[bool])
    assert_type(await docket.add(Mailer.send)(mailer, "jane"), Execution[bool])
    assert_type(await docket.add(mailer.copy)(), Execution[Mailer])
    assert_type(await docket.add(loud.copy)(), Execution[Loud])
    assert_type(await docket.add(Mailer.check)(True), Execution[str])
    assert_type(await docket.add(Mailer.count)(of=3), Execution[int])
    assert_type(await docket.add(mailer)("jane"), Execution[bytes])
    assert_type(await docket.replace(mailer.send, later, "a key")("jane"), Execution[bool])
    assert_type(await docket.replace(Mailer.check, later, "a key")(deep=True), Execution[str])
    assert_type(await docket.replace(Mailer.count, later, "a key")(3), Execution[int])
    assert_type(await docket.replace(mailer, later, "a key")(to="jane"), Execution[bytes])

    await docket.add(mailer.send)(3)  # E: argument
    await docket.add(mailer.send)("jane", True)  # E: argument
    await docket.add(Mailer.send)("jane")  # E: argument
    await docket.add(mailer.copy)("jane")  # E: argument
    await docket.add(Mailer.check)("deep")  # E: argument
    await docket.add(Mailer.count)(of="3")  # E: argument
    await docket.add(mailer)(3)  # E: argument
    await docket.add(mailer)()  # E: argument
    await docket.replace(mailer.send, later, "a key")(3)  # E: argument
    await docket.replace(Mailer.check, later, "a key")("deep")  # E: argument
    await docket.replace(Mailer.count, later, "a key")("3")  # E: argument
    await docket.replace(mailer, later, "a key")()  # E: argument


# A wrapper that keeps the parameters is as good as the task itself.
def logged[**P, R](task: Callable[P, Awaitable[R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    @wraps(task)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        return await task(*args, **kwargs)

    return wrapper


@logged
async def decorated(name: str, times: int = 1) -> float:
    raise NotImplementedError


class Tasks:
    chosen: ClassVar[Callable[[int], Coroutine[Any, Any, str]]]


async def wrapped(docket: Docket, given: Callable[[int, str], Awaitable[bytes]], later: datetime) -> None:
    assert_type(await docket.add(decorated)("a", times=2), Execution[float])
    assert_type(await docket.add(given)(1, "a"), Execution[bytes])
    assert_type(await docket.add(Tasks.chosen)(1), Execution[str])
    assert_type(await docket.replace(decorated, later, "a key")("a"), Execution[float])

    await docket.add(decorated)(times=2)  # E: argument
    await docket.add(decorated)("a", "b")  # E: argument
    await docket.add(given)("a", 1)  # E: argument
    await docket.add(Tasks.chosen)("a")  # E: argument
    await docket.replace(decorated, later, "a key")("a", "b")  # E: argument


async def greet(name: str, greeting: str = "Hello", *, loud: bool = False) -> int:
    raise NotImplementedError


# Mypy takes any arguments for a partial.
async def partials(docket: Docket, later: datetime) -> None:
    assert_type(await docket.add(partial(greet, "Jane"))(), Execution[int])
    assert_type(await docket.add(partial(greet, "Jane"))("Hi", loud=True), Execution[int])
    assert_type(await docket.add(partial(greet, loud=True))("Jane"), Execution[int])
    assert_type(await docket.replace(partial(greet, "Jane"), later, "a key")("Hi"), Execution[int])

    await docket.add(partial(greet, 3))()  # E: argument
    await docket.add(partial(greet, "Jane"))(3)  # E: argument [mypy: nothing]
    await docket.add(partial(greet, "Jane"))("Hi", "Ho")  # E: argument [mypy: nothing]
    await docket.add(partial(greet, "Jane"))(loud="very")  # E: argument [mypy: nothing]
    await docket.add(partial(greet, "Jane"))(laud=True)  # E: argument [mypy: nothing]
    await docket.add(partial(greet))()  # E: argument [mypy: nothing]
    await docket.replace(partial(greet, "Jane"), later, "a key")(3)  # E: argument [mypy: nothing]


async def identity[T](value: T) -> T:
    raise NotImplementedError


async def largest[T: (int, str)](one: T, other: T) -> T:
    raise NotImplementedError


async def pairs[K, V](mapping: dict[K, V]) -> list[tuple[K, V]]:
    raise NotImplementedError


async def generics(docket: Docket, number: int, text: str, table: dict[str, int], later: datetime) -> None:
    assert_type(await docket.add(identity)(number), Execution[int])
    assert_type(await docket.add(identity)(text), Execution[str])
    assert_type(await docket.add(identity)(value=text), Execution[str])
    assert_type(await docket.add(largest)(number, number), Execution[int])
    assert_type(await docket.add(pairs)(table), Execution[list[tuple[str, int]]])
    assert_type(await docket.replace(identity, later, "a key")(number), Execution[int])

    # Ty takes a literal for a type of its own.
    assert_type(await docket.add(identity)(3), Execution[int])  # E: nothing [ty: type]
    assert_type(await docket.add(identity)("three"), Execution[str])  # E: nothing [ty: type]

    await docket.add(identity)()  # E: argument
    await docket.add(identity)(1, 2)  # E: argument
    await docket.add(pairs)([1, 2])  # E: argument
    await docket.add(largest)(1.5, 2.5)  # E: argument
    await docket.replace(identity, later, "a key")()  # E: argument


@overload
async def convert(value: int) -> str: ...
@overload
async def convert(value: str, base: int) -> int: ...
async def convert(value: int | str, base: int = 10) -> int | str:
    raise NotImplementedError


# Mypy knows only the first overload of what is added; ty knows them all, but not which one gives the result.
async def overloaded(docket: Docket, later: datetime) -> None:
    assert_type(await docket.add(convert)(3), Execution[str])  # E: nothing [ty: type]
    assert_type(await docket.add(convert)("3", 10), Execution[int])  # E: nothing [mypy: argument, type; ty: type]
    replaced = docket.replace(convert, later, "a key")
    assert_type(await replaced("3", 10), Execution[int])  # E: nothing [mypy: argument, type; ty: type]

    await docket.add(convert)(b"3")  # E: argument
    await docket.add(convert)(3, 10)  # E: argument
    await docket.add(convert)("3")  # E: argument
    await docket.replace(convert, later, "a key")("3")  # E: argument
