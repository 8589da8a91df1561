"""The guarantees under fire: the short form of the harness, with choices that are the same each time."""

import asyncio
from pathlib import Path

import pytest

from .rounds import run_round

ROUND_SECONDS = 100.0
"""How long the faults of a round go on."""

SEEDS = ("1/1", "1/2", "1/3")


@pytest.mark.timeout(900)
async def test_every_guarantee_holds_under_fire(tmp_path: Path) -> None:
    """Workers, callers, the server and the network fail in all ways at once, and no guarantee is violated."""
    places = [tmp_path / str(number) for number in range(len(SEEDS))]
    for place in places:
        place.mkdir()
    # At once, for much of a round is waiting.
    rounds = [run_round(seed, ROUND_SECONDS, place) for seed, place in zip(SEEDS, places, strict=True)]
    for verdict in await asyncio.gather(*rounds):
        assert not verdict.violations, verdict.report()
        assert verdict.figures["runs begun"], "nothing was run, so nothing was shown"
