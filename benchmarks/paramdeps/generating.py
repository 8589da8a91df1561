"""From how many calls on generated code pays: what generating takes, and what the code saves in each call.

uv run benchmarks/paramdeps/generating.py
"""

import asyncio
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "contenders"))

from shapes import SHAPES
from with_paramdeps import entries

from paramdeps import _codegen, call, plan

_ROUNDS = 21
_CALLS = 3000


async def _microseconds(function: Any, calls_before: int) -> float:
    """The time of a call that is run by the loop, or by code."""
    _codegen.CALLS_BEFORE = calls_before
    plan(function)._full.run = None  # noqa: SLF001 - decided anew
    rounds: list[float] = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for _ in range(_CALLS):
            await call(function)
        rounds.append((time.perf_counter() - started) / _CALLS * 1e6)
    return median(rounds)


def _generating(function: Any) -> float:
    rounds: list[float] = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        _codegen._generate(plan(function)._full, function)  # noqa: SLF001
        rounds.append((time.perf_counter() - started) * 1e6)
    return median(rounds)


async def main() -> None:
    """Print the table."""
    print("| | by the loop | by generated code | to generate it | pays after |\n|---|--:|--:|--:|--:|")
    for shape, entry in entries().items():
        function = entry[1][0]
        if plan(function).is_empty:
            continue
        loop = await _microseconds(function, sys.maxsize)
        code = await _microseconds(function, 0)
        taken = _generating(function)
        pays = f"{taken / (loop - code):.0f} calls"
        print(f"| {SHAPES[shape].title} | {loop:.2f} | {code:.2f} | {taken:.0f} | {pays} |")


if __name__ == "__main__":
    asyncio.run(main())
