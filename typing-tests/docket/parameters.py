"""`add` and `replace` keep the kinds of the parameters, their names and their defaults."""

from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Protocol, TypedDict, Unpack, assert_type

from docket import Docket, Execution


async def positional(a: int, b: str = "", /) -> int:
    raise NotImplementedError


async def usual(a: int, b: str = "") -> int:
    raise NotImplementedError


async def named(*, a: int, b: str = "") -> int:
    raise NotImplementedError


async def many(*a: int, **b: str) -> int:
    raise NotImplementedError


async def mixed(a: int, /, b: str, *c: bytes, d: float, e: bool = False, **f: None) -> int:
    raise NotImplementedError


class Options(TypedDict, total=False):
    colour: str


async def unpacked(a: int, **options: Unpack[Options]) -> int:
    raise NotImplementedError


async def rows[*Ts](*cells: *Ts) -> tuple[*Ts]:
    raise NotImplementedError


# What is added is called as the task is, and gives a handle.


class Positional(Protocol):
    def __call__(self, a: int, b: str = "", /) -> Coroutine[Any, Any, Execution[int]]: ...


class Usual(Protocol):
    def __call__(self, a: int, b: str = "") -> Coroutine[Any, Any, Execution[int]]: ...


class Named(Protocol):
    def __call__(self, *, a: int, b: str = "") -> Coroutine[Any, Any, Execution[int]]: ...


class Many(Protocol):
    def __call__(self, *a: int, **b: str) -> Coroutine[Any, Any, Execution[int]]: ...


class Mixed(Protocol):
    def __call__(
        self, a: int, /, b: str, *c: bytes, d: float, e: bool = False, **f: None
    ) -> Coroutine[Any, Any, Execution[int]]: ...


def right(
    docket: Docket,
    later: datetime,
    positionals: list[Positional],
    usuals: list[Usual],
    nameds: list[Named],
    manys: list[Many],
    mixeds: list[Mixed],
) -> None:
    positionals.append(docket.add(positional))
    positionals.append(docket.replace(positional, later, "a key"))
    usuals.append(docket.add(usual))
    usuals.append(docket.replace(usual, later, "a key"))
    nameds.append(docket.add(named))
    nameds.append(docket.replace(named, later, "a key"))
    manys.append(docket.add(many))
    manys.append(docket.replace(many, later, "a key"))
    mixeds.append(docket.add(mixed))
    mixeds.append(docket.replace(mixed, later, "a key"))
    # What can be called in several ways can be called in one of them.
    positionals.append(docket.add(usual))
    nameds.append(docket.add(usual))


class Renamed(Protocol):
    def __call__(self, c: int, b: str = "") -> Coroutine[Any, Any, Execution[int]]: ...


class Retyped(Protocol):
    def __call__(self, a: int, b: bytes = b"") -> Coroutine[Any, Any, Execution[int]]: ...


class Optional(Protocol):
    def __call__(self, a: int = 0, b: str = "") -> Coroutine[Any, Any, Execution[int]]: ...


class Longer(Protocol):
    def __call__(self, a: int, b: str = "", c: str = "") -> Coroutine[Any, Any, Execution[int]]: ...


class OtherResult(Protocol):
    def __call__(self, a: int, b: str = "") -> Coroutine[Any, Any, Execution[str]]: ...


def wrong(
    docket: Docket,
    later: datetime,
    positionals: list[Positional],
    usuals: list[Usual],
    manys: list[Many],
    mixeds: list[Mixed],
    renameds: list[Renamed],
    retypeds: list[Retyped],
    optionals: list[Optional],
    longers: list[Longer],
    others: list[OtherResult],
) -> None:
    usuals.append(docket.add(positional))  # E: argument
    usuals.append(docket.replace(positional, later, "a key"))  # E: argument
    positionals.append(docket.add(named))  # E: argument
    positionals.append(docket.replace(named, later, "a key"))  # E: argument
    mixeds.append(docket.add(many))  # E: argument
    manys.append(docket.add(mixed))  # E: argument
    renameds.append(docket.add(usual))  # E: argument
    renameds.append(docket.replace(usual, later, "a key"))  # E: argument
    retypeds.append(docket.add(usual))  # E: argument
    retypeds.append(docket.replace(usual, later, "a key"))  # E: argument
    optionals.append(docket.add(usual))  # E: argument
    optionals.append(docket.replace(usual, later, "a key"))  # E: argument
    longers.append(docket.add(usual))  # E: argument
    longers.append(docket.replace(usual, later, "a key"))  # E: argument
    others.append(docket.add(usual))  # E: argument
    others.append(docket.replace(usual, later, "a key"))  # E: argument


async def called(docket: Docket, number: int, text: str, later: datetime) -> None:
    await docket.add(positional)(1, "b")
    await docket.add(named)(a=1, b="b")
    await docket.add(many)(1, 2, 3, one="1", two="2")
    await docket.add(mixed)(1, "b", b"c", b"c", d=1.5, e=True, g=None)
    await docket.add(mixed)(1, b="b", d=1.5)
    await docket.add(unpacked)(1, colour="red")
    assert_type(await docket.add(rows)(number, text), Execution[tuple[int, str]])  # E: nothing [ty: argument, type]

    await docket.add(positional)(a=1)  # E: argument
    await docket.add(positional)(1, b="b")  # E: argument
    await docket.add(named)(1)  # E: argument
    await docket.add(named)()  # E: argument
    await docket.add(named)(a=1, c="c")  # E: argument
    await docket.add(many)(1, "2")  # E: argument
    await docket.add(many)(one=1)  # E: argument
    await docket.add(mixed)(a=1, b="b", d=1.5)  # E: argument
    await docket.add(mixed)(1, "b")  # E: argument
    await docket.add(mixed)(1, "b", "c", d=1.5)  # E: argument
    await docket.add(mixed)(1, "b", d=1.5, g=1)  # E: argument
    await docket.add(unpacked)(1, colour=3)  # E: argument
    await docket.add(unpacked)(1, color="red")  # E: argument [ty: nothing]
    await docket.replace(positional, later, "a key")(1, b="b")  # E: argument
    await docket.replace(named, later, "a key")(1)  # E: argument
    await docket.replace(many, later, "a key")(1, "2")  # E: argument
    await docket.replace(mixed, later, "a key")(1, "b", d=1.5, g=1)  # E: argument
