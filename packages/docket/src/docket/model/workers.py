"""What is known of a worker."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A worker that is alive."""

    name: str
    last_seen: datetime
    """When it was last heard of, by the server's clock."""

    tasks: frozenset[str]
    """The names of the tasks it can run."""
