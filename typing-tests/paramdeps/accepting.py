"""What no checker objects to, and paramdeps refuses when the program runs."""

from collections.abc import Coroutine
from typing import Any, assert_type

from paramdeps import Dependency, Depends, call_sync


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


async def report(day: str) -> bytes:
    raise NotImplementedError


# A class of dependencies is a callable as well.
assert_type(Depends(Limit), Limit)

# An async function is one that returns a coroutine.
coroutine: Coroutine[Any, Any, bytes] = call_sync(report, "monday")
