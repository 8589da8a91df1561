"""The comparison with the model notices each of these breaks of a script."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.docket.model.machine import DocketBesideItsModel
from tests.docket.model.virtual_time import virtual_time
from tests.servers import running_server


class Break(NamedTuple):
    """A line of some scripts, and what stands there instead."""

    line: bytes
    instead: bytes


EXPIRED = b"ZRANGEBYSCORE', leases, '-inf', "

BREAKS = {
    "anybody ends a run": Break(b"if held[1] ~= claim then", b"if false then"),
    "leases are not looked at": Break(EXPIRED + b"now", EXPIRED + b"'+inf'"),
    "no lease runs out": Break(EXPIRED + b"now", EXPIRED + b"0"),
    "leases are not renewed": Break(b"redis.call('ZADD', leases, expiry, key)", b""),
    "a stale pointer is followed": Break(b"held[1] ~= 'queued' or held[2] ~= generation", b"held[1] ~= 'queued'"),
    "work begins before it is due": Break(b"if due <= now then", b"if due <= now + 1000 then"),
    "cancelled work of a lost worker runs again": Break(b"  if held[4] then\n    settle", b"  if nil then\n    settle"),
    "cancelling spares the successor": Break(b"'HDEL', record, 'next_function'", b"'HMGET', record, 'next_function'"),
    "cancelling is forgotten": Break(b"redis.call('HSET', record, 'cancelled', 1)", b""),
    "a retry takes the place of a successor": Break(b"if held[3] or held[4] then", b"if held[4] then"),
    "a retry is no attempt": Break(b"redis.call('HINCRBY', record, 'attempt', 1)", b""),
    "a replaced call stays in the schedule": Break(b"redis.call('ZREM', later, key)\n  state", b"state"),
    "what the dead were handed is lost": Break(
        b"if entry then\n    redis.call('XADD'", b"if nil then\n    redis.call('XADD'"
    ),
    "what an unanswered call has claimed is lost": Break(b"'claim') == claim then", b"'claim') == '' then"),
    "a task that ends its worker runs again": Break(b"losses > borne", b"false"),
    "two suspects run on a worker": Break(b"math.min(most, alone)", b"most"),
    "a suspect is queued as any other": Break(b"tonumber(losses or 0) < 2", b"true"),
    "an ended record is kept for ever": Break(b"redis.call('PEXPIRE', record, ttl)", b""),
}

SETTINGS = settings(
    max_examples=300,
    derandomize=True,
    stateful_step_count=50,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose clock is the test's."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_script_is_noticed(server_url: str, name: str) -> None:
    """Some order of steps shows that it does not do what it has to."""
    line, instead = BREAKS[name]
    broken: list[bool] = []

    def break_it(source: bytes) -> bytes:
        broken.append(line in source)
        return source.replace(line, instead)

    with virtual_time(break_it), pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it stumbles over
        run_state_machine_as_test(lambda: DocketBesideItsModel(server_url), settings=SETTINGS)
    assert any(broken), caught.value
