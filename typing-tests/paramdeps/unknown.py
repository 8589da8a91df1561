"""A name that no parameter has is refused: what is mistyped is not lost."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager

from paramdeps import (
    App,
    Argument,
    Dependency,
    Depends,
    Plan,
    Resolution,
    Resource,
    Shared,
    entered,
    marker,
    mermaid,
    override,
    plan,
    validate,
    without_dependencies,
)


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


def function() -> int:
    raise NotImplementedError


async def asynchronous() -> int:
    raise NotImplementedError


async def rows() -> AsyncIterator[bytes]:
    yield b""


def manager() -> AbstractContextManager[int]:
    raise NotImplementedError


def async_manager() -> AbstractAsyncContextManager[int]:
    raise NotImplementedError


async def later_manager() -> AbstractContextManager[int]:
    raise NotImplementedError


async def later_async_manager() -> AbstractAsyncContextManager[int]:
    raise NotImplementedError


App(collect_erors=True)  # E: argument

Argument(nmae="comment")  # E: argument
Depends(Limit(), most=3)  # E: argument
entered(manager, url="x")  # E: argument
entered(async_manager, url="x")  # E: argument
entered(later_manager, url="x")  # E: argument
entered(later_async_manager, url="x")  # E: argument
marker(Limit, most=3)  # E: argument

override(function, function, app=None)  # E: argument

mermaid(function, app=None)  # E: argument
plan(function, app=None)  # E: argument
validate(function, app=None)  # E: argument
without_dependencies(rows, ap=None)  # E: argument
without_dependencies(asynchronous, ap=None)  # E: argument
without_dependencies(function, ap=None)  # E: argument


async def called(app: App, planned: Plan[int], resolution: Resolution) -> None:
    await app.get(Shared(function), default=3)  # E: argument
    planned.resolve((), {}, ap=app)  # E: argument
    await planned.run((), {}, ap=app)  # E: argument
    planned.declared(Limit, most=3)  # E: argument
    planned.asynchronous((), {}, ap=app)  # E: argument
    planned.shared((), {}, ap=app)  # E: argument
    resolution.instances(Limit, most=3)  # E: argument


def made(dependency: Dependency[int], resource: Resource[int]) -> None:
    dependency.bind_to_parameter("day", "monday", most=3)  # E: argument
    resource.provide(most=3)  # E: argument
