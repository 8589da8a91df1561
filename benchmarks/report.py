"""From measured drains to a Markdown table and ratios."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lineup import CONTENDERS

_SUBJECT = "docket"


@dataclass(frozen=True)
class Drain:
    """One contender's one drain."""

    contender: str
    concurrency: int
    round: int
    tasks: int
    seconds: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Tasks per second."""
        return self.tasks / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU time of the worker process per task, in microseconds."""
        return self.cpu_seconds / self.tasks * 1e6


def machine(server: str) -> str:
    """What it ran on, in a line."""
    return (
        f"{_processor()}, {_cores()} cores, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}, {server}"
    )


def markdown(drains: Sequence[Drain]) -> str:
    """The tables of all drains: rates, then ratios."""
    levels = sorted({drain.concurrency for drain in drains})
    names = [name for name in CONTENDERS if any(drain.contender == name for drain in drains)]
    rows = [_row(drains, name, level) for level in levels for name in names]
    header = "| concurrency | contender | tasks | tasks/s, median (lowest to highest) | worker CPU per task |"
    parts = ["\n".join([header, "|--:|---|--:|--:|--:|", *rows])]
    others = [name for name in names if name != _SUBJECT]
    if others and _SUBJECT in names:
        heading = "| docket's tasks/s, in multiples of | " + " | ".join(f"at {level}" for level in levels) + " |"
        ratios = [_ratio_row(drains, name, levels) for name in others]
        parts.append("\n".join([heading, "|---" + "|--:" * len(levels) + "|", *ratios]))
    return "\n\n".join(parts)


def _row(drains: Iterable[Drain], name: str, level: int) -> str:
    own = [drain for drain in drains if (drain.contender, drain.concurrency) == (name, level)]
    rates = _spread([drain.rate for drain in own], "{:,.0f}")
    cpu = median(drain.cpu_us for drain in own)
    return f"| {level} | {CONTENDERS[name].label} | {own[0].tasks:,} | {rates} | {cpu:.0f} µs |"


def _ratio_row(drains: Sequence[Drain], name: str, levels: Iterable[int]) -> str:
    cells = " | ".join(_spread(_ratios(drains, name, level), "{:.3g}") for level in levels)
    return f"| {CONTENDERS[name].label} | {cells} |"


def _ratios(drains: Sequence[Drain], name: str, level: int) -> list[float]:
    """docket's rate over another's, round by round: what slows the machine for a while slows both sides of one."""
    rates = {(drain.contender, drain.round): drain.rate for drain in drains if drain.concurrency == level}
    rounds = sorted({drain.round for drain in drains})
    return [rates[_SUBJECT, number] / rates[name, number] for number in rounds]


def _spread(values: Sequence[float], form: str) -> str:
    shown = [form.format(value) for value in (median(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]} to {shown[2]})" if len(values) > 1 else shown[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _cores() -> int:
    return os.cpu_count() or 1
