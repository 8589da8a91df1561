"""The record of an execution, as it is read."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from docket.model.record import Record, from_ms, to_ms
from docket.model.states import ExecutionState

QUEUED = {
    b"function": b"task",
    b"payload": b"\x80",
    b"state": b"queued",
    b"generation": b"2",
    b"attempt": b"3",
    b"deliveries": b"0",
    b"when": b"1700000000123",
    b"scheduled_at": b"1700000000000",
}


def test_a_pending_record_has_no_outcome() -> None:
    """What is still to come is 0, None or empty."""
    record = Record.parse("key", QUEUED)
    assert record == Record(
        key="key",
        function="task",
        payload=b"\x80",
        state=ExecutionState.QUEUED,
        generation=2,
        attempt=3,
        deliveries=0,
        when_ms=1_700_000_000_123,
        scheduled_at_ms=1_700_000_000_000,
        started_at_ms=0,
        finished_at_ms=0,
        worker=None,
        error=None,
        result=b"",
    )


def test_an_ended_record_has_its_outcome() -> None:
    """Worker, times, error and result are read; fields that are nobody's business here are passed over."""
    fields = QUEUED | {
        b"state": b"failed",
        b"worker": "wörker".encode(),
        b"started_at": b"1700000000200",
        b"finished_at": b"1700000000300",
        b"error": "fälle".encode(),
        b"result": b"\x00",
        b"next_function": b"x",
        b"releases": b"7",
    }
    record = Record.parse("key", fields)
    assert (record.state, record.worker, record.error, record.result) == ("failed", "wörker", "fälle", b"\x00")
    assert (record.started_at_ms, record.finished_at_ms) == (1_700_000_000_200, 1_700_000_000_300)


def test_an_empty_error_is_none() -> None:
    """An execution that did not fail has no error."""
    assert Record.parse("key", QUEUED | {b"error": b""}).error is None


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "naïve \U0001f600"])
def test_names_of_any_characters_are_read(text: str) -> None:
    """Functions, workers and errors come back as they were written, lone surrogates included."""
    written = text.encode("utf-8", "surrogatepass")
    record = Record.parse("key", QUEUED | {b"function": written, b"worker": written, b"error": written})
    assert (record.function, record.worker, record.error) == (text, text, text)


@pytest.mark.parametrize("missing", [b"function", b"payload", b"state"])
def test_a_record_without_its_call_is_no_record(missing: bytes) -> None:
    """What lacks function, payload or state was not written by docket."""
    with pytest.raises(KeyError):
        Record.parse("key", {name: value for name, value in QUEUED.items() if name != missing})


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 2, 29, 12, 30, 15, 123000, UTC),
        datetime(2024, 2, 29, 12, 30, 15, 999000, timezone(timedelta(hours=5, minutes=45))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, tzinfo=UTC),
        datetime(9999, 1, 1, tzinfo=UTC),
    ],
)
def test_a_moment_survives_as_milliseconds(moment: datetime) -> None:
    """To the millisecond a datetime is the same afterwards, in UTC, whatever its time zone was."""
    back = from_ms(to_ms(moment))
    assert back == moment
    assert back.tzinfo is UTC


@pytest.mark.parametrize(
    ("milliseconds", "year"),
    [(to_ms(datetime.max.replace(tzinfo=UTC)) + 18_000_000, 9999), (10**18, 9999), (-(10**18), 1)],
)
def test_a_moment_beyond_the_calendar_is_the_nearest_there_is(milliseconds: int, year: int) -> None:
    """A number that no datetime can stand for is read all the same."""
    assert from_ms(milliseconds).year == year


def test_a_moment_is_rounded_to_the_nearest_millisecond() -> None:
    """Less than half a millisecond is lost, not up to a whole one."""
    moment = datetime(2024, 1, 1, 0, 0, 0, 999, UTC)
    assert to_ms(moment) == to_ms(datetime(2024, 1, 1, 0, 0, 0, 1000, UTC))
