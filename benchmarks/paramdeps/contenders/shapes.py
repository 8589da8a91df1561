"""What is called: the five shapes, and what each call must come to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

type Function = Callable[..., Any]
type Entry = tuple[Callable[..., Awaitable[int]], tuple[Any, ...]] | str
"""What one call is, as a callable and its arguments; or why there is none."""

type Entries = Mapping[str, Entry]


@dataclass(frozen=True)
class Shape:
    """One column of the table.

    Attributes:
        title: its heading.
        result: what a call returns.
        clean_ups: how many clean-ups it runs.
    """

    title: str
    result: int
    clean_ups: int


SHAPES = {
    "none": Shape("no dependency", 0, 0),
    "value": Shape("one value", 1, 0),
    "chain": Shape("chain of 5 async generators", 5, 5),
    "wide": Shape("10 wide, 3 shared", 54, 0),
    "class": Shape("class that reads a ContextVar", 7, 0),
}


class Tally:
    """Counts the clean-ups, so that a contender that skips them is found out."""

    left = 0


user: ContextVar[int] = ContextVar("user", default=7)


async def nothing() -> int:
    """Shape "none"."""
    return 0


def declared(depends: Callable[[Function], Any], *, waiting: bool = False) -> dict[str, Function]:
    """The functions of the first four shapes, for whoever declares dependencies as default values.

    Args:
        depends: what makes the default value of a factory.
        waiting: whether factories that could be plain functions are async ones: for libraries that hand plain ones to
            a pool of threads, which takes much longer.
    """

    def number() -> int:
        return 1

    async def waited_number() -> int:
        return 1

    async def value(value: int = depends(waited_number if waiting else number)) -> int:
        return value

    return {"none": nothing, "value": value, "chain": _chain(depends), "wide": _wide(depends, waiting=waiting)}


def _chain(depends: Callable[[Function], Any]) -> Function:
    async def first() -> AsyncIterator[int]:
        yield 1
        Tally.left += 1

    async def second(first: int = depends(first)) -> AsyncIterator[int]:
        yield first + 1
        Tally.left += 1

    async def third(second: int = depends(second)) -> AsyncIterator[int]:
        yield second + 1
        Tally.left += 1

    async def fourth(third: int = depends(third)) -> AsyncIterator[int]:
        yield third + 1
        Tally.left += 1

    async def fifth(fourth: int = depends(fourth)) -> AsyncIterator[int]:
        yield fourth + 1
        Tally.left += 1

    async def chain(fifth: int = depends(fifth)) -> int:
        return fifth

    return chain


def _wide(depends: Callable[[Function], Any], *, waiting: bool) -> Function:
    def shared_value(number: int) -> Function:
        def plain() -> int:
            return number

        async def waited() -> int:
            return number

        return waited if waiting else plain

    shared = [shared_value(number) for number in range(3)]

    def wide_value(number: int) -> Any:
        def plain(shared: int = depends(shared[number % 3])) -> int:
            return shared + number

        async def waited(shared: int = depends(shared[number % 3])) -> int:
            return shared + number

        return depends(waited if waiting else plain)

    async def wide(  # noqa: PLR0913, PLR0917 - ten wide is what it is
        a: int = wide_value(0),
        b: int = wide_value(1),
        c: int = wide_value(2),
        d: int = wide_value(3),
        e: int = wide_value(4),
        f: int = wide_value(5),
        g: int = wide_value(6),
        h: int = wide_value(7),
        i: int = wide_value(8),
        j: int = wide_value(9),
    ) -> int:
        return a + b + c + d + e + f + g + h + i + j

    return wide
