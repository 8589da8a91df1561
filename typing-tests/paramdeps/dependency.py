"""`Dependency` is abstract, typed by its value, and can be its own value."""

from types import TracebackType
from typing import Annotated, Any, Protocol, Self, assert_type

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


class Limit(Dependency["Limit"]):
    async def __aenter__(self) -> Self:
        return self

    def bind_to_parameter(self, parameter: str, value: object) -> None: ...


async def limited(day: Annotated[str, Limit()], *, n: int = 1) -> bytes:
    raise NotImplementedError


class Binds(Protocol):
    def __call__(self, parameter: str, value: Any) -> None: ...


class Unfinished(Dependency[int]): ...


async def task(retry: Retry = Retry(attempts=3)) -> int:
    return retry.attempts


def covariant(dependency: Dependency[object]) -> None: ...


async def use(retry: Retry) -> None:
    assert_type(await call(task), int)
    assert_type(await call(limited, "monday"), bytes)
    covariant(retry)
    assert_type(Dependency.single, bool)
    async with retry as entered:
        assert_type(entered, Retry)


def bound(dependency: Dependency[int]) -> None:
    binds: Binds = dependency.bind_to_parameter
    print(binds)
    assert_type(dependency.bind_to_parameter("day", "value"), None)
    dependency.bind_to_parameter(b"day", "value")  # E: argument


async def entered(dependency: Dependency[int]) -> None:
    async with dependency as value:
        assert_type(value, int)


Unfinished()  # E: call
