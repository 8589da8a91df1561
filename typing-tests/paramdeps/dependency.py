"""`Dependency` is abstract, typed by its value, and can be its own value."""

from types import TracebackType
from typing import Self, assert_type

from paramdeps import Dependency, call


class Retry(Dependency["Retry"]):
    single = True

    def __init__(self, attempts: int = 1) -> None:
        self.attempts = attempts

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> None: ...


class Unfinished(Dependency[int]): ...


async def task(retry: Retry = Retry(attempts=3)) -> int:
    return retry.attempts


def covariant(dependency: Dependency[object]) -> None: ...


async def use(retry: Retry) -> None:
    assert_type(await call(task), int)
    covariant(retry)
    async with retry as entered:
        assert_type(entered, Retry)


Unfinished()  # E: call
