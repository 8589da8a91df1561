"""What a worker process or a caller process is told when it is started."""

import json
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

DOCKET_NAME = "fire"
LEASE_SECONDS = 1.5
"""How long a worker may be silent: short, so that faults have consequences."""

HEARTBEAT = timedelta(milliseconds=500)
MISSED_HEARTBEATS = 4


@dataclass(frozen=True)
class Part:
    """A process' part in a round."""

    who: str
    """Its name in the histories: the same slot has another one each time that it is started."""

    slot: int
    seed: str
    """What all its choices derive from."""

    url: str
    """Where it finds the server, which is behind a proxy of its own."""

    skew_seconds: float
    """How far its wall clock is off."""

    directory: str
    """Where its history goes."""

    sabotage: str = ""
    """What is broken on purpose in this process."""

    def to_argument(self) -> str:
        """The part as an argument of a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_argument(cls) -> Self:
        """The part of this process."""
        return cls(**json.loads(sys.argv[1]))

    def true_time(self) -> datetime:
        """The time, whatever this process' clock says: a moment that callers agree on must be right."""
        return datetime.now(UTC) - timedelta(seconds=self.skew_seconds)
