"""How fast one worker drains a queue of no-op tasks: docket, a released pydocket and the floor, in one run.

uv run benchmarks/drain.py --help
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import redis

sys.path.insert(0, str(Path(__file__).parents[1]))  # the root, for the servers that the tests use as well

from lineup import CONTENDERS, Contender
from report import Drain, machine, markdown

from tests.servers import running_server, server_binaries

_LONGEST_DRAIN_SECONDS = 120
_SCANNED_TOGETHER = 1000


def main() -> None:
    """Measure what the command line asks for, and print it."""
    options = _options()
    binary = server_binaries()[options.server]
    with tempfile.TemporaryDirectory() as directory, running_server(Path(directory), binary) as server:
        client = redis.Redis.from_url(server.url, protocol=2)
        drains = list(_measure(options, server.url, client))
        info = client.info("server")
    version = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info['redis_version']}"
    where = machine(version)
    if options.json:
        print(json.dumps({"machine": where, "drains": [asdict(drain) for drain in drains]}, indent=1))
    else:
        print(f"{where}; {options.rounds} rounds\n\n{markdown(drains)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=5000, help="tasks per drain (%(default)s)")
    parser.add_argument(
        "--slow-tasks",
        type=int,
        default=200,
        metavar="N",
        help="tasks per ten slots for contenders that would take minutes (%(default)s)",
    )
    parser.add_argument("--rounds", type=int, default=7, help="drains per contender and concurrency (%(default)s)")
    parser.add_argument("--concurrency", type=_numbers, default=[10, 100], metavar="N,...", help="slots (10,100)")
    parser.add_argument("--only", type=_names, default=list(CONTENDERS), metavar="NAME,...", help=", ".join(CONTENDERS))
    parser.add_argument("--server", choices=server_binaries(), default="valkey", help="(%(default)s)")
    parser.add_argument("--json", action="store_true", help="print every drain as JSON instead of tables")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - set(CONTENDERS):
        raise argparse.ArgumentTypeError(f"no such contender: {', '.join(sorted(unknown))}")
    return names


def _measure(options: argparse.Namespace, url: str, client: redis.Redis) -> Iterator[Drain]:
    """Take turns, each round in another order, so that what disturbs the machine for a while disturbs everybody."""
    for name in options.only:
        CONTENDERS[name].prepare()
    for number in range(options.rounds):
        for concurrency in options.concurrency:
            first = number % len(options.only)
            for name in options.only[first:] + options.only[:first]:
                contender = CONTENDERS[name]
                tasks = contender.share(options.tasks, options.slow_tasks, concurrency)
                drain = _drain(contender, url, client, tasks, concurrency, number)
                print(f"round {number + 1}: {name} at {concurrency}: {drain.rate:,.0f}/s", file=sys.stderr)
                yield drain


def _drain(contender: Contender, url: str, client: redis.Redis, tasks: int, concurrency: int, number: int) -> Drain:
    client.flushall()
    finished = subprocess.run(
        contender.command(url, tasks, concurrency),
        capture_output=True,
        timeout=_LONGEST_DRAIN_SECONDS,
        check=False,
        text=True,
    )
    if finished.returncode:
        raise SystemExit(f"{contender.name} failed:\n{finished.stderr}")
    measured = json.loads(finished.stdout.splitlines()[-1])
    completed = _completed(client)
    if (measured["ran"], completed) != (tasks, tasks):
        raise SystemExit(f"{contender.name}: {measured['ran']} ran and {completed} are completed, of {tasks}")
    return Drain(contender.name, concurrency, number, tasks, measured["seconds"], measured["cpu_seconds"])


def _completed(client: redis.Redis) -> int:
    """How many records say `completed`: all contenders keep one hash per task with its state."""
    records = client.scan_iter(count=_SCANNED_TOGETHER, _type="hash")
    with client.pipeline(transaction=False) as pipeline:
        for record in records:
            pipeline.hget(record, "state")
        return pipeline.execute().count(b"completed")


if __name__ == "__main__":
    main()
