"""A factory's result that only looks like what is entered, or run up to a `yield`, is handed over as it is."""

from collections.abc import AsyncIterable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import assert_type

from paramdeps import Depends, Fresh, Shared


def tracer() -> AbstractContextManager[int]:
    raise NotImplementedError


def client() -> AbstractAsyncContextManager[int]:
    raise NotImplementedError


def rows() -> Iterable[bytes]:
    raise NotImplementedError


def pages() -> AsyncIterable[bytes]:
    raise NotImplementedError


assert_type(Depends(tracer), AbstractContextManager[int])
assert_type(Depends(client), AbstractAsyncContextManager[int])
assert_type(Depends(rows), Iterable[bytes])
assert_type(Depends(pages), AsyncIterable[bytes])
assert_type(Fresh(tracer), AbstractContextManager[int])
assert_type(Fresh(client), AbstractAsyncContextManager[int])
assert_type(Fresh(rows), Iterable[bytes])
assert_type(Fresh(pages), AsyncIterable[bytes])
assert_type(Shared(tracer), AbstractContextManager[int])
assert_type(Shared(client), AbstractAsyncContextManager[int])
assert_type(Shared(rows), Iterable[bytes])
assert_type(Shared(pages), AsyncIterable[bytes])
