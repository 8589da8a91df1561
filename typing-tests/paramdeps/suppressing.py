"""An error that ends a block may end with it where a dependency may suppress it; so what follows can be reached."""

from types import TracebackType
from typing import Protocol

from paramdeps import App, Dependency, Plan, Resource


# Ty does not ask whether a block swallows errors.
async def of_an_app() -> int:  # E: return [ty: nothing]
    async with App():
        return 1


async def of_a_call(planned: Plan[int]) -> int:  # E: return [ty: nothing]
    async with planned.resolve((), {}):
        return 1


# Of a dependency it is not said: most do not.
async def of_a_dependency(dependency: Dependency[int], resource: Resource[int]) -> int:
    async with dependency, resource:
        return 1


class Leaves(Protocol):
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None, /
    ) -> bool | None: ...


def left(dependency: Dependency[int], resource: Resource[int]) -> tuple[Leaves, Leaves]:
    return dependency, resource
