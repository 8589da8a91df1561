"""A real server for all tests of the scripts, empty at the beginning of each."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.docket.leftovers import leftovers, loose_ends
from tests.docket.lua.bench import Bench
from tests.servers import running_server, server_binaries


@pytest.fixture(scope="session", params=sorted(server_binaries()))
def server_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of each kind at hand."""
    binary = server_binaries()[request.param]
    with running_server(tmp_path_factory.mktemp("server"), binary) as server:
        yield server.url


@pytest.fixture
async def make_bench(server_url: str) -> AsyncIterator[Callable[..., Bench]]:
    """Make dockets on the server, which is emptied first. None of them may leave anything behind."""
    benches: list[Bench] = []

    def make(name: str = "bench", **options: object) -> Bench:
        benches.append(Bench(server_url, name, **options))
        return benches[-1]

    first = make("first")
    await first.call("FLUSHALL")
    try:
        yield make
        for bench in benches:
            assert not await leftovers(bench.call, bench.keys.prefix)
            assert not await loose_ends(bench.call, bench.keys.prefix)
    finally:
        for bench in benches:
            await bench.close()


@pytest.fixture
async def bench(make_bench: Callable[..., Bench]) -> Bench:
    """A docket on an empty server."""
    return make_bench()
