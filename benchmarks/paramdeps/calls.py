"""What dependencies cost a call: paramdeps, its peers, and the same written by hand, in turns within one process.

uv run benchmarks/paramdeps/calls.py --help
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # for what all benchmarks use
sys.path.insert(0, str(Path(__file__).parent / "contenders"))

from report import machine
from shapes import SHAPES

_ROOT = Path(__file__).parents[2]
_LONGEST_SECONDS = 1800
_HAND = "by_hand"
_UV_RUN = ["uv", "run", "--quiet", "--no-project", "--isolated", "--python", sys.executable]

CONTENDERS = {
    _HAND: ("by hand, `AsyncExitStack`", ()),
    "with_paramdeps": ("paramdeps, this workspace", ("typing-extensions==4.16.0",)),
    "with_uncalled_for": ("uncalled-for 0.6.1", ("uncalled-for==0.6.1",)),
    "with_wireup": ("wireup 2.13.0", ("wireup==2.13.0",)),
    "with_dishka": ("dishka 1.10.1", ("dishka==1.10.1",)),
    "with_that_depends": ("that-depends 4.2.1", ("that-depends==4.2.1",)),
    "with_fast_depends": ("fast-depends 3.0.9", ("fast-depends==3.0.9",)),
    "with_fastapi": ("FastAPI 0.165.0, its solver", ("fastapi==0.165.0",)),
}
"""The modules in `contenders/`, how the table calls them, and what they need."""


def main() -> None:
    """Measure what the command line asks for, and print it."""
    options = _options()
    times = _measure(options.only, options.rounds, options.seconds)
    where = machine(f"{options.rounds} rounds")
    if options.json:
        print(json.dumps({"machine": where, "microseconds": times}, indent=1))
    else:
        print(f"{where}\n\n{_markdown(times)}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=41, help="measurements per contender and shape (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.05, help="how long each takes (%(default)s)")
    parser.add_argument("--only", type=_names, default=list(CONTENDERS), metavar="NAME,...", help=", ".join(CONTENDERS))
    parser.add_argument("--json", action="store_true", help="print every round as JSON instead of a table")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := {*names} - {*CONTENDERS}:
        raise argparse.ArgumentTypeError(f"no such contender: {', '.join(sorted(unknown))}")
    return names


def _measure(names: list[str], rounds: int, seconds: float) -> dict[str, dict[str, Any]]:
    """Microseconds per call, of each round: by shape and contender."""
    needed = [argument for name in names for package in CONTENDERS[name][1] for argument in ("--with", package)]
    environment = {
        **os.environ,
        # The package itself comes from its source, so that nothing has to be built, and nothing can be out of date.
        "PYTHONPATH": str(_ROOT / "packages" / "paramdeps" / "src"),
    }
    program = str(Path(__file__).parent / "contenders" / "measure.py")
    finished = subprocess.run(
        [*_UV_RUN, *needed, "python", program, "--rounds", str(rounds), "--seconds", str(seconds), *names],
        env=environment,
        stdout=subprocess.PIPE,
        timeout=_LONGEST_SECONDS,
        check=True,
        text=True,
    )
    times: dict[str, dict[str, Any]] = json.loads(finished.stdout.splitlines()[-1])
    return times


def _markdown(times: dict[str, dict[str, Any]]) -> str:
    header = ["| |", *(f" {SHAPES[shape].title} |" for shape in times)]
    names = next(iter(times.values()))
    rows = [
        "".join([f"| {CONTENDERS[name][0]} |", *(f" {_cell(times[shape], name)} |" for shape in times)])
        for name in names
    ]
    return "\n".join(["".join(header), "|---" + "|--:" * len(times) + "|", *rows])


def _cell(times: dict[str, Any], name: str) -> str:
    """The median, and in brackets that of the ratios to what is written by hand, round by round."""
    own, hand = times[name], times.get(_HAND)
    if isinstance(own, str):
        return own
    took = f"{median(own):.2f}" if median(own) < 10 else f"{median(own):.1f}"  # noqa: PLR2004 - three digits
    if hand is None or name == _HAND:
        return took
    # A slow spell of the machine is in both sides of one round's ratio.
    return f"{took} ({median(mine / other for mine, other in zip(own, hand, strict=True)):.2f})"


if __name__ == "__main__":
    main()
