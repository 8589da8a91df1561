"""The harness against builds that are broken on purpose: it must notice, or its silence means nothing."""

import asyncio
from pathlib import Path

import pytest

from .nemesis import Fault
from .rounds import CALLERS, WORKERS, run_round
from .sabotage import WAYS

SECONDS = 7.0
SEEDS = ("5", "2", "7", "3", "13", "14")
"""With each of these, there are clocks that are fast and clocks that are slow."""

AT_ONCE = 3
"""How many of them are tried at the same time, for much of a round is waiting."""

STALLS = [Fault(1.0 + at, "worker frozen", f"worker-{at % WORKERS}", 1.8) for at in range(6)]
CRASHES = [Fault(1.5 + 2 * at, "worker killed", f"worker-{at}", 0) for at in range(WORKERS)]
LOSSES = [Fault(0.5 + at / 2, "answers lost", f"caller-{at % CALLERS}", 0.8) for at in range(14)]

FAULTS = {
    "a finish without a fence": (STALLS, "fenced"),
    "a renew that steals": (STALLS, "fenced"),
    "an outcome before the clean-up": ([], "finished means finished"),
    "a cancel that frees the key at once": ([], "states follow the table"),
    "a request that is forgotten": (LOSSES, "each call once"),
    "a take that knows no strikes": ([], "strikes hold"),
    "a lost lease that ends the work": (CRASHES, "nothing is lost"),
    "a lease by the worker's own clock": ([], "one copy at a time"),
}
"""What brings each fault of the build to light, and the rule that it breaks."""


@pytest.mark.timeout(900)
async def test_every_broken_build_is_noticed(tmp_path: Path) -> None:
    """In a few seconds of the right faults, a build without one of its safeguards violates the rule that it is for."""
    assert FAULTS.keys() == WAYS.keys()
    found: dict[str, set[str]] = {}
    slots = asyncio.Semaphore(AT_ONCE)

    async def try_out(number: int, how: str) -> None:
        async with slots:
            found[how] = await _found(how, tmp_path / str(number))

    async with asyncio.TaskGroup() as under_way:
        for number, how in enumerate(FAULTS):
            under_way.create_task(try_out(number, how))
    unnoticed = {how: found[how] for how, (_, rule) in FAULTS.items() if rule not in found[how]}
    assert not unnoticed, unnoticed


async def _found(how: str, directory: Path) -> set[str]:
    """The rules that a build was seen to violate; with its rule among them, unless no seed has brought that about."""
    faults, rule = FAULTS[how]
    rules: set[str] = set()
    # On a busy machine, little may happen in one of them.
    for seed in SEEDS:
        place = directory / seed
        place.mkdir(parents=True)
        verdict = await run_round(f"sabotage/{seed}", SECONDS, place, sabotage=how, faults=faults)
        rules |= {violation.rule for violation in verdict.violations}
        if rule in rules:
            break
    return rules
