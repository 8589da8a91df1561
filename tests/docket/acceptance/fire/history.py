"""What happened, as each process wrote it down for itself: lines of JSON, stamped by a clock that all of them share.

The stamps are those of CLOCK_MONOTONIC, which is the same for all processes of a machine and which nobody skews. A line
is written with one system call before its writer goes on, so a process that is killed loses none.
"""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

type Event = dict[str, Any]
"""What happened: `t` (seconds), `who` (a process), `kind`, and what else belongs to that kind."""

_SUFFIX = ".jsonl"


class Journal:
    """The lines of one process, or of one of its parts."""

    def __init__(self) -> None:
        self.who = ""
        self._file = -1

    @classmethod
    def of(cls, directory: Path, who: str) -> Self:
        """An open journal."""
        journal = cls()
        journal.open(directory, who)
        return journal

    def open(self, directory: Path, who: str) -> None:
        """Write what `who` does into a file of that name."""
        self.who = who
        self._file = os.open(directory / f"{who}{_SUFFIX}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def note(self, kind: str, **more: Any) -> None:
        """Write down that something happens now."""
        event = {"t": now(), "who": self.who, "kind": kind, **more}
        os.write(self._file, json.dumps(event).encode() + b"\n")

    def close(self) -> None:
        """Write no more."""
        os.close(self._file)


def now() -> float:
    """The time, in seconds, as all processes of the machine see it."""
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def read(directory: Path) -> list[Event]:
    """Everything that all processes have written, in order."""
    lines = [line for path in directory.glob(f"*{_SUFFIX}") for line in path.read_text("utf-8").splitlines()]
    return in_order(json.loads(line) for line in lines)


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events by the time at which they were written down."""
    return sorted(events, key=lambda event: float(event["t"]))


def told(events: Iterable[Event], since: float = 0.0) -> str:
    """Events as a person reads them, one a line, in seconds after `since`."""
    return "\n".join(_line(event, since) for event in events)


def _line(event: Event, since: float) -> str:
    more = {name: value for name, value in event.items() if name not in {"t", "who", "kind"} and value is not None}
    words = " ".join(
        f"{name}={value}" if name != "asked" else f"asked={value - since:.3f}" for name, value in more.items()
    )
    return f"{event['t'] - since:10.3f}  {event['who']:<14} {event['kind']:<9} {words}"
