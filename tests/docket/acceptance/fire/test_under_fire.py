"""The guarantees under fire: the short form of the harness, with choices that are the same each time."""

from pathlib import Path

import pytest

from .rounds import run_round

ROUND_SECONDS = 80.0
"""How long the faults of a round go on."""


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", ["1/1", "1/2"])
async def test_every_guarantee_holds_under_fire(tmp_path: Path, seed: str) -> None:
    """Workers, callers, the server and the network fail in all ways at once, and no guarantee is violated."""
    verdict = await run_round(seed, ROUND_SECONDS, tmp_path)
    assert not verdict.violations, verdict.report()
    assert verdict.figures["runs begun"], "nothing was run, so nothing was shown"
