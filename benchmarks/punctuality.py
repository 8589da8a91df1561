"""How late due work starts, how quiet an idle worker is, and how long a flood holds up the server at a time.

uv run benchmarks/punctuality.py --help
"""

import argparse
import asyncio
import random
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))  # the root, for the servers that the tests use as well

from report import machine

from docket import Docket, Worker
from docket.model.record import from_ms
from docket.storage import scripts
from docket.storage.deliveries import Consumer
from docket.storage.keys import Keys
from tests.servers import running_server, server_binaries

_NAME = "punctuality"
_TOGETHER = 500
_LEASE_MS = 600_000

ran = 0
late: list[float] = []
"""How late the tasks of `note` were, in milliseconds."""


async def noop() -> None:
    """The task of a flood."""
    global ran  # noqa: PLW0603 - the cheapest counter there is
    ran += 1


async def note(due_ms: int) -> None:
    """The task that says how late it is."""
    late.append(time.time() * 1000 - due_ms)


def main() -> None:
    """Measure what the command line asks for, and print it."""
    options = _options()
    binary = server_binaries()[options.server]
    for number, name in enumerate(options.only):
        with (
            tempfile.TemporaryDirectory() as directory,
            running_server(Path(directory), binary) as server,
            redis.Redis.from_url(server.url, protocol=2) as client,
        ):
            if not number:
                info = client.info("server")
                kind = "Valkey" if "valkey_version" in info else "Redis"
                print(machine(f"{kind} {info.get('valkey_version', info['redis_version'])}"))
            print(f"\n{_MEASUREMENTS[name].__doc__}\n")
            asyncio.run(_MEASUREMENTS[name](options, server.url, client))


async def due(options: argparse.Namespace, url: str, _client: redis.Redis) -> None:
    """Lateness of tasks that are due within one second, and of bare timers of the same event loop at the same times."""
    print("| round | | p50, ms | p99, ms | longest, ms |\n|--:|---|--:|--:|--:|")
    async with _docket(url) as docket, _working(docket, concurrency=options.tasks):
        for number in range(1, options.rounds + 1):
            begin_ms = time.time() * 1000 + 3000
            moments = [round(begin_ms + random.uniform(0, 1000)) for _ in range(options.tasks)]
            late.clear()
            timers = _set_timers(moments)
            handles = await asyncio.gather(*[docket.add(note, when=from_ms(moment))(moment) for moment in moments])
            await asyncio.gather(*[handle.result() for handle in handles])
            for name, values in (("tasks", late), ("timers", timers)):
                shown = (_percentile(values, share) for share in (0.5, 0.99, 1))
                print(f"| {number} | {name} | " + " | ".join(f"{value:.2f}" for value in shown) + " |", flush=True)


def _set_timers(moments_ms: list[int]) -> list[float]:
    """Bare timers for some moments; returns the list that they put into how late they were, in milliseconds."""
    lateness_ms: list[float] = []
    loop = asyncio.get_running_loop()
    offset = loop.time() - time.time()
    for moment in moments_ms:
        loop.call_at(moment / 1000 + offset, lambda due=moment: lateness_ms.append(time.time() * 1000 - due))
    return lateness_ms


async def idle(options: argparse.Namespace, url: str, client: redis.Redis) -> None:
    """Commands that an idle worker sends in a second, its heartbeats and its blocking reads included."""
    async with _docket(url) as docket, _working(docket):
        await asyncio.sleep(2)
        with _monitored(client) as heard:
            await asyncio.sleep(options.seconds)
            sent = list(heard)
    print(f"{len(sent) / options.seconds:.2f} per second ({len(sent)} in {options.seconds} s)")


async def flood(options: argparse.Namespace, url: str, client: redis.Redis) -> None:
    """How long single calls keep the server from everybody else while many tasks are due at once."""
    print(_TABLE)
    for concurrency in options.concurrency:
        async with _docket(url) as docket:
            await _enqueue(docket, options.flood, in_an_hour=True)
            _make_due(client, Keys(_NAME).later)
            with _timed(client, f"due at once, one worker of {concurrency}", options.flood):
                await Worker(docket, concurrency=concurrency).run_until_finished()
        client.flushall()


async def leases(options: argparse.Namespace, url: str, client: redis.Redis) -> None:
    """The same while many leases have run out at once, and five workers find them."""
    print(_TABLE)
    for concurrency in options.concurrency:
        async with _docket(url) as docket:
            await _enqueue(docket, options.leases)
            await _lose(docket, client)
            with _timed(client, f"leases run out, five workers of {concurrency}", options.leases):
                crew = [Worker(docket, name=f"worker {n}", concurrency=concurrency) for n in range(5)]
                await asyncio.gather(*[worker.run_until_finished() for worker in crew])
        client.flushall()


async def clear(options: argparse.Namespace, url: str, client: redis.Redis) -> None:
    """The same while everything is cleared, half of it queued and half of it scheduled."""
    print(_TABLE)
    async with _docket(url) as docket:
        await _enqueue(docket, options.flood // 2)
        await _enqueue(docket, options.flood // 2, in_an_hour=True)
        with _timed(client, "cleared", options.flood):
            await docket.clear()


async def workers(options: argparse.Namespace, url: str, client: redis.Redis) -> None:
    """The same while many workers have died at once, each with something delivered to it."""
    print(_TABLE)
    async with _docket(url, heartbeat_interval=timedelta(seconds=1), missed_heartbeats=1) as docket:
        await _enqueue(docket, options.dead)
        for number in range(options.dead):
            dead = Consumer(f"dead {number}", "dead", _LEASE_MS, 1)
            await docket.storage.roster.beat(dead, ["noop"])
            client.xreadgroup("workers", dead.identity, {Keys(_NAME).ready: ">"}, count=1)
        await asyncio.sleep(1.1)
        with _timed(client, "workers dead", options.dead):
            crew = [Worker(docket, name=f"worker {n}") for n in range(5)]
            await asyncio.gather(*[worker.run_until_finished() for worker in crew])


_MEASUREMENTS: dict[str, Callable[[argparse.Namespace, str, redis.Redis], Coroutine[Any, Any, None]]] = {
    measurement.__name__: measurement for measurement in (due, idle, flood, leases, clear, workers)
}

_TABLE = """| what | number | seconds | calls | CPU, ms | median, ms | p99.9, ms | longest, ms | the longest |
|---|--:|--:|--:|--:|--:|--:|--:|---|"""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=300, help="tasks within a second (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="such seconds (%(default)s)")
    parser.add_argument("--seconds", type=int, default=30, help="how long to watch the idle worker (%(default)s)")
    parser.add_argument("--flood", type=int, default=100_000, help="tasks that are due at once (%(default)s)")
    parser.add_argument("--leases", type=int, default=20_000, help="leases that run out at once (%(default)s)")
    parser.add_argument("--dead", type=int, default=200, help="workers that die at once (%(default)s)")
    parser.add_argument("--concurrency", type=_numbers, default=[10, 1000], metavar="N,...", help="slots (10,1000)")
    parser.add_argument(
        "--only", type=lambda text: text.split(","), default=list(_MEASUREMENTS), help=", ".join(_MEASUREMENTS)
    )
    parser.add_argument("--server", choices=server_binaries(), default="valkey", help="(%(default)s)")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


@asynccontextmanager
async def _docket(url: str, **options: Any) -> AsyncIterator[Docket]:
    async with Docket(_NAME, url, **options) as docket:
        docket.register(noop)
        docket.register(note)
        yield docket


@asynccontextmanager
async def _working(docket: Docket, **options: Any) -> AsyncIterator[None]:
    worker = Worker(docket, **options)
    run = asyncio.create_task(worker.run_forever())
    try:
        yield
    finally:
        worker.stop()
        await run


async def _enqueue(docket: Docket, number: int, *, in_an_hour: bool = False) -> None:
    when = from_ms(round(time.time() * 1000) + 3_600_000) if in_an_hour else None
    for batch in batched(range(number), _TOGETHER):
        await asyncio.gather(*[docket.add(noop, when=when)() for _ in batch])


def _make_due(client: redis.Redis, index: bytes) -> None:
    """Let the time of everything in an index have come."""
    members = client.zrange(index, 0, -1)
    for batch in batched(members, _TOGETHER):
        client.zadd(index, dict.fromkeys(batch, 1), xx=True)


async def _lose(docket: Docket, client: redis.Redis) -> None:
    """Claim everything for a worker that is gone by then, and let its leases run out."""
    deliveries = docket.storage.deliveries(timedelta(seconds=1))
    gone = Consumer("gone", "gone", _LEASE_MS, 1)
    number = 0
    while (await deliveries.take(gone, f"token {number}", 100, [], None)).claimed:
        number += 1
    await deliveries.close()
    _make_due(client, Keys(_NAME).leases)


@contextmanager
def _timed(client: redis.Redis, what: str, number: int) -> Iterator[None]:
    """Print how long the server was busy with each single command in the block."""
    global ran  # noqa: PLW0603 - as above
    ran = 0
    client.config_set("slowlog-max-len", 10_000_000)
    client.config_set("slowlog-log-slower-than", 0)
    client.slowlog_reset()
    begun, cpu_before = time.perf_counter(), _server_cpu_seconds(client)
    yield
    seconds, cpu_seconds = time.perf_counter() - begun, _server_cpu_seconds(client) - cpu_before
    client.config_set("slowlog-log-slower-than", -1)
    entries = [(entry["duration"] / 1000, entry["command"]) for entry in client.slowlog_get(10_000_000)]
    calls = [entry for entry in entries if entry[1].startswith(b"EVAL")]
    durations = [duration for duration, _ in calls]
    _, command = max(calls)
    shown = " | ".join(f"{_percentile(durations, share):.2f}" for share in (0.5, 0.999, 1))
    verb = _verb(command)
    cpu_ms = cpu_seconds / len(calls) * 1000
    print(f"| {what} | {number:,} | {seconds:.1f} | {len(calls):,} | {cpu_ms:.2f} | {shown} | `{verb}` |", flush=True)


def _server_cpu_seconds(client: redis.Redis) -> float:
    used = client.info("cpu")
    return used["used_cpu_user"] + used["used_cpu_sys"]


def _verb(command: bytes) -> str:
    folder = Path(scripts.__file__).parent / "lua"
    return next((path.stem for path in folder.glob("*.lua") if scripts.load(path.stem).digest in command), "EVAL")


@contextmanager
def _monitored(client: redis.Redis) -> Iterator[list[str]]:
    """Listen to what clients send, but not to what scripts do for them."""
    heard: list[str] = []
    with client.monitor() as monitor:
        ended = threading.Event()

        def listen() -> None:
            for message in monitor.listen():
                if ended.is_set():
                    return
                if message["client_type"] != "lua":
                    heard.append(message["command"])

        listener = threading.Thread(target=listen)
        listener.start()
        yield heard
        ended.set()
        client.ping()
        listener.join()


def _percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


if __name__ == "__main__":
    main()
