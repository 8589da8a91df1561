"""The record of an execution, as it is read from the server."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from .states import ExecutionState


def aware(moment: datetime) -> datetime:
    """A moment that everybody understands in the same way.

    Raises:
        TypeError: it is not a datetime.
        ValueError: it has no time zone.
    """
    if not isinstance(moment, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody runs a checker
        raise TypeError(f"a moment is a datetime, not {moment!r}: try datetime.now(timezone.utc) + ...")
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone, so nobody knows when that is: try datetime.now(timezone.utc)")
    return moment


def to_ms(moment: datetime) -> int:
    """The milliseconds of an aware datetime since the epoch."""
    return round(moment.timestamp() * 1000)


def from_ms(milliseconds: int) -> datetime:
    """The aware datetime, in UTC, of a number of milliseconds since the epoch; the nearest that there is."""
    return datetime.fromtimestamp(min(max(milliseconds, _EARLIEST_MS), _LATEST_MS) / 1000, UTC)


_EARLIEST_MS = to_ms(datetime.min.replace(tzinfo=UTC))
_LATEST_MS = to_ms(datetime.max.replace(microsecond=0, tzinfo=UTC))


@dataclass(slots=True)
class Record:
    """Everything that is known of the execution of a key.

    All times are milliseconds since the epoch by the server's clock, and 0 where they are still to come.
    """

    key: str
    function: str
    payload: bytes
    state: ExecutionState
    generation: int
    attempt: int
    deliveries: int
    when_ms: int
    scheduled_at_ms: int = 0
    started_at_ms: int = 0
    finished_at_ms: int = 0
    worker: str | None = None
    error: str | None = None
    result: bytes = b""

    @classmethod
    def parse(cls, key: str, fields: Mapping[bytes, bytes]) -> Self:
        """Read a record from the fields of its hash."""

        def text(name: bytes) -> str | None:
            return value.decode("utf-8", "surrogatepass") if (value := fields.get(name)) else None

        def number(name: bytes) -> int:
            return int(fields.get(name) or 0)

        return cls(
            key=key,
            function=fields[b"function"].decode("utf-8", "surrogatepass"),
            payload=fields[b"payload"],
            state=ExecutionState(fields[b"state"].decode()),
            generation=number(b"generation"),
            attempt=number(b"attempt"),
            deliveries=number(b"deliveries"),
            when_ms=number(b"when"),
            scheduled_at_ms=number(b"scheduled_at"),
            started_at_ms=number(b"started_at"),
            finished_at_ms=number(b"finished_at"),
            worker=text(b"worker"),
            error=text(b"error"),
            result=fields.get(b"result", b""),
        )
