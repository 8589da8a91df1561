"""A plan knows its function's result, and finds instances by class, abstract class or protocol."""

from typing import Protocol, assert_type, runtime_checkable

from paramdeps import Dependency, Plan, plan


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


async def use() -> None:
    planned = plan(plain)
    assert_type(planned, Plan[bytes])
    assert_type(planned.declared(Retry), tuple[Retry, ...])
    assert_type(planned.declared(Policy), tuple[Policy, ...])
    assert_type(planned.declared(Hook), tuple[Hook, ...])
    async with planned.resolve(("monday",), {}) as resolution:
        assert_type(resolution.instances(Hook), tuple[Hook, ...])
        assert_type(planned.function(*resolution.args, **resolution.kwargs), bytes)

    planned.resolve("monday", {})  # E: argument
    planned.depends()  # E: attribute
    wrong: Plan[int] = planned  # E: assignment
    print(wrong)
