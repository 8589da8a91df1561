"""A class of objects that are their own iterators makes these objects, and not what they yield."""

from collections.abc import AsyncIterator, Iterator
from io import TextIOWrapper
from typing import Self, assert_type

from paramdeps import Depends, Fresh, Shared


class Consumer:
    def __init__(self, topic: str = "") -> None: ...

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise NotImplementedError


class Cursor:
    def __iter__(self) -> Self:
        return self

    def __next__(self) -> tuple[int, str]:
        raise NotImplementedError


async def consumer() -> AsyncIterator[Consumer]:
    yield Consumer()


def log() -> Iterator[TextIOWrapper]:
    with open("log") as file:
        yield file


assert_type(Depends(Consumer), Consumer)
assert_type(Depends(Consumer, "orders"), Consumer)
# No checker objects to what its class does not take; paramdeps refuses it when the program runs.
assert_type(Depends(Consumer, topci="orders"), Consumer)
assert_type(Depends(Cursor), Cursor)
assert_type(Fresh(Consumer), Consumer)
assert_type(Fresh(Cursor), Cursor)
assert_type(Shared(Consumer), Consumer)
assert_type(Shared(Cursor), Cursor)
assert_type(Depends(consumer), Consumer)
assert_type(Depends(log), TextIOWrapper)
