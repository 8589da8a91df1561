"""A dependency of one's own may decide what follows a failure, and reach what it belongs to."""

from collections.abc import Coroutine
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Protocol, Self, assert_type

from docket import Docket, Execution, Worker
from docket.dependencies import Dependency, FailureHook, current_docket, current_execution, current_worker


class Tolerant(FailureHook, Dependency["Tolerant"]):
    async def __aenter__(self) -> Self:
        return self

    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        return timedelta(seconds=1) if isinstance(error, OSError) else None


class Undecided(FailureHook): ...


class OnFailure(Protocol):
    def __call__(self, execution: Execution, error: BaseException) -> Coroutine[Any, Any, timedelta | None]: ...


async def task(order_id: int, tolerant: Tolerant = Tolerant()) -> int:
    raise NotImplementedError


async def asked(hook: FailureHook, execution: Execution, error: ValueError) -> None:
    on_failure: OnFailure = hook.on_failure
    print(on_failure)
    assert_type(await hook.on_failure(execution, error), timedelta | None)
    await hook.on_failure("an execution", error)  # E: argument
    await hook.on_failure(execution, "an error")  # E: argument


assert_type(current_docket, ContextVar[Docket])
assert_type(current_worker, ContextVar[Worker])
assert_type(current_execution, "ContextVar[Execution]")
hook: FailureHook = Tolerant()
Undecided()  # E: call
