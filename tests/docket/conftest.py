"""Servers of every kind at hand, and dockets on them that leave nothing behind."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any
from uuid import uuid4

import pytest

from docket import Docket
from docket.storage.connections._wire import Wire
from docket.storage.connections.urls import server_at
from tests.docket.harness import Stage
from tests.docket.leftovers import left_on_server, leftovers, loose_ends
from tests.servers import ServerProcess, running_server, server_binaries

type OpenDocket = Callable[..., Coroutine[Any, Any, Docket]]


@pytest.fixture(scope="session", params=["memory", *sorted(server_binaries())])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of each kind, shared by all tests: each has dockets of its own on it, and leaves the rest alone."""
    if request.param == "memory":
        yield "memory://behaviour"
        return
    with running_server(tmp_path_factory.mktemp("server"), server_binaries()[request.param]) as server:
        yield server.url
        asyncio.run(nothing_is_left(server.url))


async def nothing_is_left(url: str) -> None:
    """See that no docket of a server has left anything behind, whichever process had opened it."""
    wire = Wire(lambda: server_at(url).connect(10.0))
    try:
        assert not await left_on_server(wire.call)
    finally:
        await wire.close()


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server for this test alone, which it may stop, flush and fill; it keeps what it has acknowledged."""
    with running_server(tmp_path_factory.mktemp("own"), appendonly=True) as server:
        yield server
        if server.is_running:
            asyncio.run(nothing_is_left(server.url))


@contextlib.asynccontextmanager
async def opening(url: str) -> AsyncIterator[OpenDocket]:
    """Open dockets that are closed at the end, each of a fresh name and at `url` unless told.

    At the end no key of theirs may have outlived its rule, and no live execution may be lost from sight.
    """
    opened: list[Docket] = []
    async with contextlib.AsyncExitStack() as stack:

        async def open_one(name: str | None = None, url: str = url, **options: Any) -> Docket:
            docket = Docket(f"docket-{uuid4().hex}" if name is None else name, url, **options)
            opened.append(await stack.enter_async_context(docket))
            return docket

        yield open_one
        for docket in opened:
            call, prefix = docket.storage._wire.call, docket.storage._keys.prefix
            assert not await leftovers(call, prefix)
            assert not await loose_ends(call, prefix)


@pytest.fixture
async def open_docket(url: str) -> AsyncIterator[OpenDocket]:
    """Open dockets on the shared server; they must leave nothing behind."""
    async with opening(url) as open_one:
        yield open_one


@pytest.fixture
async def open_own(own_server: ServerProcess) -> AsyncIterator[OpenDocket]:
    """Open dockets on the test's own server; they must leave nothing behind."""
    async with opening(own_server.url) as open_one:
        yield open_one


@pytest.fixture
async def docket(open_docket: OpenDocket) -> Docket:
    """An open docket of a fresh name."""
    return await open_docket()


@pytest.fixture
def stage() -> Stage:
    return Stage()
