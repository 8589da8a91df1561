"""The factories of the shapes, for libraries that find dependencies by their types: each value has its own."""

from collections.abc import AsyncIterator, Callable
from typing import Any, NewType

from shapes import Tally, user

Number = NewType("Number", int)
LINKS: list[Any] = [NewType(f"Link{number}", int) for number in range(5)]
SHARED: list[Any] = [NewType(f"Shared{number}", int) for number in range(3)]
WIDE: list[Any] = [NewType(f"Wide{number}", int) for number in range(10)]


class CurrentUser:
    def __init__(self) -> None:
        self.number = user.get()


def number() -> Number:
    return Number(1)


def link(position: int) -> Callable[..., Any]:
    """An async generator function for one link of the chain."""

    async def first() -> AsyncIterator[LINKS[position]]:
        yield 1
        Tally.left += 1

    async def after(before: LINKS[position - 1]) -> AsyncIterator[LINKS[position]]:
        yield before + 1
        Tally.left += 1

    return after if position else first


def shared(position: int) -> Callable[..., Any]:
    """A factory of one of the shared values."""

    def make() -> SHARED[position]:
        return position

    return make


def wide(position: int) -> Callable[..., Any]:
    """A factory of one of the ten."""

    def make(shared: SHARED[position % 3]) -> WIDE[position]:
        return shared + position

    return make


def factories() -> list[Callable[..., Any]]:
    """All of them but the class."""
    return [number, *map(link, range(5)), *map(shared, range(3)), *map(wide, range(10))]
