"""Measures all contenders in one process, and prints every round as JSON; see `calls.py`, which runs it."""

import argparse
import asyncio
import gc
import importlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from itertools import repeat
from typing import Any

from shapes import SHAPES, Entry, Tally

_WARM_UP_CALLS = 300
"""Beyond what any contender waits for before it does its best."""


async def _microseconds(run: Callable[..., Awaitable[int]], args: tuple[Any, ...], calls: int) -> float:
    """The time of one call."""
    started = time.perf_counter()
    for _ in repeat(None, calls):
        await run(*args)
    return (time.perf_counter() - started) / calls * 1e6


async def _check(name: str, shape: str, entry: Entry) -> None:
    """Call it as often as it takes to warm up, and see that each call did what it should."""
    if isinstance(entry, str):
        return
    run, args = entry
    wanted = SHAPES[shape]
    for _ in repeat(None, _WARM_UP_CALLS):
        before = Tally.left
        got = await run(*args), Tally.left - before
        if got != (wanted.result, wanted.clean_ups):
            raise SystemExit(f"{name}, {wanted.title}: result and clean-ups are {got}")


async def _measure(names: list[str], rounds: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Take turns, each round in another order, so that what disturbs the machine for a while disturbs everybody."""
    entries = {name: importlib.import_module(name).entries() for name in names}
    times: dict[str, dict[str, Any]] = {shape: {} for shape in SHAPES}
    for shape in SHAPES:
        runnable = [name for name in names if not isinstance(entries[name][shape], str)]
        times[shape] = {name: [] if name in runnable else entries[name][shape] for name in names}
        calls: dict[str, int] = {}
        for name in runnable:
            await _check(name, shape, entries[name][shape])
            calls[name] = max(10, int(seconds * 1e6 / await _microseconds(*entries[name][shape], 200)))
        for number in range(rounds):
            first = number % len(runnable)
            for name in runnable[first:] + runnable[:first]:
                times[shape][name].append(await _microseconds(*entries[name][shape], calls[name]))
        print(f"measured: {SHAPES[shape].title}", file=sys.stderr)
    return times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("names", nargs="+")
    options = parser.parse_args()
    gc.freeze()
    print(json.dumps(asyncio.run(_measure(options.names, options.rounds, options.seconds))))


if __name__ == "__main__":
    main()
