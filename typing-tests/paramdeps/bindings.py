"""Bindings are checked against the factory's own parameters."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import assert_type

from paramdeps import Argument, Depends


class Pool:
    def __init__(self, size: int) -> None: ...


def pool(size: int = 1) -> Pool:
    raise NotImplementedError


async def connection(pool: Pool = Depends(pool), *, url: str = "") -> AsyncIterator[str]:
    yield url


@asynccontextmanager
async def managed(url: str = "") -> AsyncGenerator[str]:
    yield url


def cursor(table: str, *, limit: int = 10) -> Iterator[bytes]:
    yield table.encode()


@contextmanager
def lock(name: str) -> Generator[bool]:
    yield bool(name)


async def fetched(url: str) -> str:
    raise NotImplementedError


assert_type(Depends(pool, size=3), Pool)
assert_type(Depends(pool, 3), Pool)
assert_type(Depends(Pool, size=3), Pool)
assert_type(Depends(connection, url="x"), str)
assert_type(Depends(connection, pool=Depends(pool, size=2)), str)
assert_type(Depends(managed, url="x"), str)
assert_type(Depends(fetched, url="x"), str)
assert_type(Depends(fetched, url=Argument("address")), str)
assert_type(Depends(cursor, "orders", limit=3), bytes)
assert_type(Depends(lock, name="orders"), bool)

Depends(pool, size="3")  # E: argument
Depends(pool, sise=3)  # E: argument
Depends(Pool, size="3")  # E: argument
Depends(Pool)  # E: argument
Depends(connection, url=3)  # E: argument
Depends(connection, pool=Depends(fetched, url="x"))  # E: argument
Depends(managed, url=3)  # E: argument
Depends(fetched)  # E: argument
Depends(5)  # E: argument
Depends(cursor)  # E: argument
Depends(cursor, table=3)  # E: argument
Depends(cursor, "orders", 3)  # E: argument
Depends(lock)  # E: argument
Depends(lock, title="orders")  # E: argument
