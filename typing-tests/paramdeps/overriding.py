"""`override` takes a factory, or a class of dependencies, and anything that can take its place."""

from contextlib import AbstractContextManager
from typing import assert_type

from paramdeps import Dependency, override


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


def connection(url: str) -> str:
    raise NotImplementedError


async def fake_connection() -> str:
    raise NotImplementedError


with override(connection, fake_connection), override(Limit, Limit()), override(connection, Limit()) as nothing:
    assert_type(nothing, None)

overriding: AbstractContextManager[None] = override(connection, lambda: "fake")

override("connection", fake_connection)  # E: argument
override(connection, "fake")  # E: argument
override(Limit(), Limit())  # E: argument
override(connection)  # E: argument
override(factory=connection, replacement=fake_connection)  # E: argument
