"""uncalled-for: `without_dependencies`, its way to a function that is simply called.

It hands a bare generator over as it is, so its generators are decorated.
"""

import inspect
from contextlib import asynccontextmanager
from typing import Any

from shapes import Entries, declared, user
from uncalled_for import Dependency, Depends, without_dependencies


class CurrentUser(Dependency[int]):
    async def __aenter__(self) -> int:
        return user.get()


def depends(factory: Any) -> Any:
    return Depends(asynccontextmanager(factory) if inspect.isasyncgenfunction(factory) else factory)


async def current(user: int = CurrentUser()) -> int:
    return user


def entries() -> Entries:
    functions = {**declared(depends), "class": current}
    return {shape: (without_dependencies(function), ()) for shape, function in functions.items()}
