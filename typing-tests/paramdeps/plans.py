"""A plan knows its function's result, and finds instances by class, abstract class or protocol."""

from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from inspect import Signature
from typing import Any, Literal, Protocol, assert_type, runtime_checkable

from paramdeps import App, Dependency, Plan, PlannedStep, Resolution, plan


@runtime_checkable
class Hook(Protocol):
    async def before(self) -> int: ...


class Retry(Dependency[None]):
    async def __aenter__(self) -> None: ...


class Policy(Dependency[None]): ...


async def report(day: str) -> bytes:
    raise NotImplementedError


def plain(day: str) -> bytes:
    raise NotImplementedError


class Resolves(Protocol):
    def __call__(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], app: App | None = ...
    ) -> AbstractAsyncContextManager[Resolution, Any]: ...


class Runs(Protocol):
    def __call__(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], app: App | None = ...
    ) -> Coroutine[Any, Any, Any]: ...


class ListsPaths(Protocol):
    def __call__(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]: ...


async def use(retry: Retry) -> None:
    planned = plan(plain)
    assert_type(planned, Plan[bytes])
    assert_type(planned.declared(Retry), tuple[Retry, ...])
    assert_type(planned.declared(Policy), tuple[Policy, ...])
    assert_type(planned.declared(Hook), tuple[Hook, ...])
    assert_type(planned.declared(kind=Retry), tuple[Retry, ...])
    assert_type(planned.declared(type(retry)), tuple[Retry, ...])
    async with planned.resolve(("monday",), {}) as resolution:
        assert_type(resolution, Resolution)
        assert_type(resolution.is_open, bool)
        assert_type(resolution.args, tuple[Any, ...])
        assert_type(resolution.kwargs, Mapping[str, Any])
        assert_type(resolution.instances(Hook), tuple[Hook, ...])
        assert_type(resolution.instances(kind=Retry), tuple[Retry, ...])
        assert_type(planned.function(*resolution.args, **resolution.kwargs), bytes)

    planned.resolve("monday", {})  # E: argument
    planned.depends()  # E: attribute
    planned.declared("Retry")  # E: argument
    resolution.instances("Retry")  # E: argument
    plan("plain")  # E: argument
    wrong: Plan[int] = planned  # E: assignment
    print(wrong)


async def called(planned: Plan[bytes], app: App) -> None:
    resolve: Resolves = planned.resolve
    run: Runs = planned.run
    asynchronous: ListsPaths = planned.asynchronous
    shared: ListsPaths = planned.shared
    print(resolve, run, asynchronous, shared)
    assert_type(planned.resolve((), {}, app), Resolution)
    print(assert_type(planned.run((), {}, app), Coroutine[Any, Any, Any]))
    assert_type(planned.asynchronous((), {}), tuple[str, ...])
    assert_type(planned.shared((), {}), tuple[str, ...])

    planned.resolve((), "nothing")  # E: argument
    planned.resolve((), {3: 3})  # E: argument [pyrefly: assignment]
    planned.resolve((), {}, "app")  # E: argument
    await planned.run(["monday"], {})  # E: argument
    await planned.run((), "nothing")  # E: argument
    await planned.run((), {3: 3})  # E: argument [pyrefly: assignment]
    await planned.run((), {}, "app")  # E: argument
    planned.asynchronous(["monday"], {})  # E: argument
    planned.asynchronous((), "nothing")  # E: argument
    planned.asynchronous((), {3: 3})  # E: argument [pyrefly: assignment]
    planned.shared(["monday"], {})  # E: argument
    planned.shared((), "nothing")  # E: argument
    planned.shared((), {3: 3})  # E: argument [pyrefly: assignment]


def shown(planned: Plan[bytes], step: PlannedStep) -> None:
    assert_type(planned.function, Callable[..., bytes])
    assert_type(planned.signature, Signature)
    assert_type(planned.dependencies, Mapping[str, object])
    assert_type(planned.wrappers, Mapping[str, tuple[Dependency[Any], ...]])
    assert_type((planned.is_empty, planned.is_stream), tuple[bool, bool])
    assert_type(planned.stripped_signature, Signature)
    assert_type(planned.steps, tuple[PlannedStep, ...])
    assert_type(planned.supplied, Mapping[str, int])
    assert_type(planned.source, str | None)
    assert_type(step.name, str)
    assert_type(step.form, Literal["value", "resource", "dependency"])
    assert_type(step.scope, Literal["call", "app"])
    assert_type(step.path, str)
    assert_type(step.needs, tuple[int, ...])
