"""fast-depends: `inject`, without casting anything."""

from typing import Any

from fast_depends import Depends, inject
from shapes import Entries, declared, user


class CurrentUser:
    def __init__(self) -> None:
        self.number = user.get()


async def current_user() -> CurrentUser:
    # As a class, it would be made in a pool of threads.
    return CurrentUser()


def depends(factory: Any) -> Any:
    return Depends(factory, cast=False)


async def current(user: Any = depends(current_user)) -> int:  # noqa: B008 - how it is declared
    return user.number


def entries() -> Entries:
    functions = {**declared(depends, waiting=True), "class": current}
    return {shape: (inject(function, cast=False, cast_result=False), ()) for shape, function in functions.items()}
