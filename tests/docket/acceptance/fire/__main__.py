"""The long form: `python -m tests.docket.acceptance.fire --minutes 60 --seed 1`."""

import argparse
import asyncio
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from random import SystemRandom

from tests.servers import server_binaries

from .rounds import Verdict, command, run_round


def main() -> int:
    """Run rounds for so many minutes; ends with 1 after the first round in which a guarantee did not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.docket.acceptance.fire", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="how long to go on beginning rounds")
    parser.add_argument("--seed", default=str(SystemRandom().randrange(10**6)), help="decides all choices")
    parser.add_argument("--round-seconds", type=float, default=120, help="how long the faults of a round go on")
    parser.add_argument("--round", type=int, help="only the round of this number")
    parser.add_argument("--server", choices=server_binaries(), default="valkey", help="what to run it on")
    parser.add_argument("--sabotage", default="", help="break the workers in one of the ways of sabotage.py")
    options = parser.parse_args()
    print(f"{command(options.seed, options.round_seconds)} --minutes {options.minutes:g}", flush=True)
    rounds = max(1, round(options.minutes * 60 / options.round_seconds))
    numbers = range(1, rounds + 1) if options.round is None else [options.round]
    figures: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    failed = False
    for number in numbers:
        directory = Path(tempfile.mkdtemp(prefix="docket-fire-"))
        verdict = asyncio.run(
            run_round(
                f"{options.seed}/{number}",
                options.round_seconds,
                directory,
                binary=server_binaries()[options.server],
                sabotage=options.sabotage,
            )
        )
        figures.update(verdict.figures)
        faults.update(verdict.faults)
        print(_line(number, verdict), flush=True)
        if verdict.violations:
            print(verdict.report())
            failed = True
            break
        shutil.rmtree(directory)
    print(_table("what happened", figures), _table("faults", faults), sep="\n")
    return int(failed)


def _line(number: int, verdict: Verdict) -> str:
    begun, faults = verdict.figures["runs begun"], verdict.faults.total()
    rate = begun / verdict.seconds
    return f"round {number}: {begun} runs ({rate:.0f}/s), {faults} faults, {len(verdict.violations)} violations"


def _table(title: str, figures: Counter[str]) -> str:
    width = max(map(len, [title, *figures]))
    rows = [f"| {name:<{width}} | {number:>10,} |" for name, number in sorted(figures.items())]
    return "\n".join([f"| {title:<{width}} | {'':>10} |", f"|{'-' * (width + 2)}|{'-' * 11}:|", *rows, ""])


if __name__ == "__main__":
    raise SystemExit(main())
