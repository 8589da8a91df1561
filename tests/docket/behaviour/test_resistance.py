"""What cannot be looked at, or not be logged, ends for itself alone: its slot is free, and its worker goes on."""

import logging
from datetime import timedelta
from typing import Any, Self

import pytest

from docket import Docket, Execution, ExecutionState
from docket.dependencies import Dependency, FailureHook
from tests.docket.harness import reaches, result_of, working

pytestmark = pytest.mark.timeout(20)


async def echo(value: Any) -> Any:
    return value


class EvilDelay(timedelta):
    """A time span that cannot be reckoned with."""

    def __truediv__(self, other: Any) -> Any:
        raise SystemExit(3)


class Delaying(FailureHook, Dependency["Delaying"]):
    """Answers with a time span that cannot be reckoned with."""

    async def __aenter__(self) -> Self:
        return self

    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        return EvilDelay(seconds=1)


class Nameless(type):
    """The class of classes that do not tell their names."""

    def __getattribute__(cls, name: str) -> Any:
        if name == "__qualname__":
            raise SystemExit(3)
        return super().__getattribute__(name)


class NamelessError(Exception, metaclass=Nameless):
    """An exception that cannot be described."""


class NamelessResult(metaclass=Nameless):
    """A result that can be neither pickled nor described."""

    def __reduce__(self) -> tuple[Any, ...]:
        raise SystemExit(3)


class Opaque:
    """An object that ends the program of whoever looks for its attributes, as a traceback of an AttributeError does."""

    def __dir__(self) -> Any:
        raise SystemExit(3)


async def with_evil_delay(_hook: Delaying = Delaying()) -> None:
    raise ValueError("delayed")


async def with_nameless_error() -> None:
    raise NamelessError("nameless")


async def with_nameless_result() -> NamelessResult:
    return NamelessResult()


async def with_opaque_error() -> None:
    Opaque().missing  # type: ignore[attr-defined] # noqa: B018


@pytest.mark.parametrize("task", [with_evil_delay, with_nameless_error, with_nameless_result, with_opaque_error])
async def test_what_cannot_be_looked_at_fails_by_itself(docket: Docket, task: Any) -> None:
    """However an error, a result or a delay resists, its execution has failed, and the worker goes on."""
    async with working(docket, concurrency=1):
        resisting = await docket.add(task)()
        assert await result_of(await docket.add(echo)("fine")) == "fine"
        await reaches(resisting, ExecutionState.FAILED)
        assert resisting.error


async def test_a_log_that_raises_changes_nothing_of_an_execution(
    docket: Docket, caplog: pytest.LogCaptureFixture
) -> None:
    """A filter of the application that fails, or even calls `sys.exit`, loses a line of the log, and nothing else."""

    def refuse(record: logging.LogRecord) -> bool:
        raise SystemExit(f"a filter refuses {record.msg}")

    logger = logging.getLogger("docket.worker")
    caplog.set_level(logging.INFO, logger.name)
    async with working(docket, concurrency=1):
        logger.addFilter(refuse)
        try:
            results = [await result_of(await docket.add(echo)(number)) for number in range(2)]
        finally:
            logger.removeFilter(refuse)
    assert results == [0, 1]
