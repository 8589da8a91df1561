"""What no checker objects to, and paramdeps refuses when the program runs."""

from collections.abc import Coroutine
from typing import Any, Self, assert_type

from paramdeps import Dependency, Depends, call_sync


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


class Consumer:
    def __init__(self, topic: str = "") -> None: ...

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        raise NotImplementedError


async def report(day: str) -> bytes:
    raise NotImplementedError


# A class of dependencies is a callable as well.
assert_type(Depends(Limit), Limit)

# What belongs to a class whose objects are their own iterators is its own affair.
assert_type(Depends(Consumer, topci="orders"), Consumer)

# An async function is one that returns a coroutine.
coroutine: Coroutine[Any, Any, bytes] = call_sync(report, "monday")
