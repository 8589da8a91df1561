"""Each error derives from `DocketError`, and from the built-in that a caller would expect in its place."""

from docket.errors import (
    CommandTooLarge,
    ConnectionLost,
    DocketError,
    ExecutionCancelled,
    InvalidStrike,
    InvalidURL,
    NameTaken,
    NotACollection,
    NotAsync,
    PayloadError,
    ReplyTimeout,
    ResultTimeout,
    ResultUnavailable,
    ServerRefusal,
    TaskDied,
    TaskFailed,
)

base: type[Exception] = DocketError
every: list[type[DocketError]] = [
    ConnectionLost,
    ExecutionCancelled,
    InvalidURL,
    NameTaken,
    NotACollection,
    NotAsync,
    PayloadError,
    ResultTimeout,
    ResultUnavailable,
    ServerRefusal,
    TaskFailed,
]
value_errors: list[type[ValueError]] = [
    CommandTooLarge,
    InvalidStrike,
    InvalidURL,
    NameTaken,
    NotACollection,
    PayloadError,
]
connection_errors: list[type[ConnectionError]] = [ConnectionLost, ReplyTimeout]
timeouts: list[type[TimeoutError]] = [ReplyTimeout, ResultTimeout]
died: type[TaskFailed] = TaskDied
not_async: type[TypeError] = NotAsync
unavailable: type[LookupError] = ResultUnavailable
