"""Bindings of factories that yield, and are not async, are checked as well."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import assert_type

from paramdeps import Depends


def cursor(table: str, *, limit: int = 10) -> Iterator[bytes]:
    yield table.encode()


@contextmanager
def lock(name: str) -> Generator[bool]:
    yield bool(name)


assert_type(Depends(cursor, "orders", limit=3), bytes)
assert_type(Depends(lock, name="orders"), bool)

Depends(cursor)  # E: argument
Depends(cursor, "orders", limit="3")  # E: argument
Depends(cursor, table=3)  # E: argument
Depends(lock)  # E: argument
Depends(lock, name=3)  # E: argument
Depends(lock, title="orders")  # E: argument
