"""What every contender measures of its drain; on the standard library alone, for it runs in several environments."""

import argparse
import json
import resource
import time
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Order:
    """What a contender is told to do."""

    url: str
    tasks: int
    concurrency: int
    polling_ms: int | None
    """Overrides the worker's check intervals; None leaves them at their defaults."""


def read_order() -> Order:
    """Read the order from the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--tasks", type=int, required=True)
    parser.add_argument("--concurrency", type=int, required=True)
    parser.add_argument("--polling-ms", type=int)
    return Order(**vars(parser.parse_args()))


class Stopwatch:
    """Wall time and this process's own CPU time, between entering and leaving the block."""

    seconds = 0.0
    cpu_seconds = 0.0

    def __enter__(self) -> Self:
        self._started, self._cpu_before = time.perf_counter(), _cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._started
        self.cpu_seconds = _cpu_seconds() - self._cpu_before

    def report(self, ran: int) -> None:
        """Print the one line that the driver reads.

        Args:
            ran: How many bodies of tasks were run.
        """
        print(json.dumps({"seconds": self.seconds, "cpu_seconds": self.cpu_seconds, "ran": ran}))


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
