"""A `Resource` is a dependency that is written as one generator."""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import assert_type

from paramdeps import Depends, Resource, marker


class Transaction(Resource[str]):
    def __init__(self, isolation: str = "serializable") -> None: ...

    async def provide(self) -> AsyncIterator[str]:
        yield "transaction"


class Generated(Resource[str]):
    async def provide(self) -> AsyncGenerator[str]:
        yield "transaction"


class Unfinished(Resource[str]): ...


Marked = marker(Transaction)


async def entered(resource: Resource[str]) -> None:
    async with resource as value:
        assert_type(value, str)
    assert_type(resource.provide(), AsyncIterator[str])


assert_type(Depends(Transaction()), str)
assert_type(Depends(Generated()), str)
assert_type(Marked(isolation="none"), str)

wrong: int = Depends(Transaction())  # E: assignment
Marked(isolation=3)  # E: argument
Unfinished()  # E: call
