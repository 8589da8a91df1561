"""paramdeps: `call` with functions that nothing has been done to."""

from shapes import Entries, declared, user

from paramdeps import Dependency, Depends, call


class CurrentUser(Dependency[int]):
    async def __aenter__(self) -> int:
        return user.get()


async def current(user: int = Depends(CurrentUser())) -> int:
    return user


def entries() -> Entries:
    functions = {**declared(Depends), "class": current}
    return {shape: (call, (function,)) for shape, function in functions.items()}
