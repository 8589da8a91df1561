"""Each error derives from `DocketError`, and from the built-in that a caller would expect in its place."""

from typing import assert_type

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
    PayloadRefused,
    ReplyTimeout,
    ResultTimeout,
    ResultUnavailable,
    ServerNotFoundError,
    ServerRefusal,
    ServerStartError,
    ServerTrouble,
    ServerUnreachable,
    TaskDied,
    TaskFailed,
    UnsafeDirectoryError,
)

base: type[Exception] = DocketError
every: list[type[DocketError]] = [
    ExecutionCancelled,
    InvalidStrike,
    InvalidURL,
    NameTaken,
    NotACollection,
    NotAsync,
    PayloadError,
    ResultTimeout,
    ResultUnavailable,
    ServerNotFoundError,
    ServerStartError,
    ServerTrouble,
    TaskFailed,
    UnsafeDirectoryError,
]
troubles: list[type[ServerTrouble]] = [ConnectionLost, ServerRefusal]
lost: list[type[ConnectionLost]] = [ReplyTimeout, ServerUnreachable]
refusal: type[ServerRefusal] = CommandTooLarge
payload: type[PayloadError] = PayloadRefused
value_errors: list[type[ValueError]] = [
    CommandTooLarge,
    InvalidStrike,
    InvalidURL,
    NameTaken,
    NotACollection,
    PayloadError,
]
connection_error: type[ConnectionError] = ConnectionLost
timeouts: list[type[TimeoutError]] = [ReplyTimeout, ResultTimeout]
died: type[TaskFailed] = TaskDied
not_async: type[TypeError] = NotAsync
unavailable: type[LookupError] = ResultUnavailable
runtime_errors: list[type[RuntimeError]] = [ServerRefusal, ServerStartError]
not_found: type[FileNotFoundError] = ServerNotFoundError
unsafe: type[PermissionError] = UnsafeDirectoryError


def caught(error: ServerStartError) -> None:
    assert_type((error.command, error.log_tail), tuple[str, str])
