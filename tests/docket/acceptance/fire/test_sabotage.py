"""The harness against builds that are broken on purpose: it must notice, or its silence means nothing."""

from pathlib import Path

import pytest

from .nemesis import Fault
from .rounds import CALLERS, WORKERS, run_round
from .sabotage import WAYS

SECONDS = 7.0
SEEDS = ("5", "2", "7")
"""With each of these, there are clocks that are fast and clocks that are slow."""

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


@pytest.mark.timeout(400)
@pytest.mark.parametrize("how", WAYS)
async def test_a_broken_build_is_noticed(tmp_path: Path, how: str) -> None:
    """In a few seconds of the right faults, a build without one of its safeguards violates the rule that it is for."""
    faults, rule = FAULTS[how]
    found: list[set[str]] = []
    # On a busy machine, little may happen in one of them.
    for seed in SEEDS:
        directory = tmp_path / seed
        directory.mkdir()
        verdict = await run_round(f"sabotage/{seed}", SECONDS, directory, sabotage=how, faults=faults)
        found.append({violation.rule for violation in verdict.violations})
        if rule in found[-1]:
            break
    assert rule in found[-1], f"found {found}"
