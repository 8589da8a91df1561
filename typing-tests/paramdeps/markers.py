"""`marker` and `Depends(instance)` give a dependency the type of its value, without casts by its author."""

from typing import assert_type

from paramdeps import Dependency, Depends, marker


class _TaskKey(Dependency[str]):
    def __init__(self, prefix: str = "") -> None: ...
    async def __aenter__(self) -> str:
        raise NotImplementedError


TaskKey = marker(_TaskKey)


def Key(prefix: str = "") -> str:
    return Depends(_TaskKey(prefix))


assert_type(TaskKey(), str)
assert_type(TaskKey(prefix="x"), str)
assert_type(Key(), str)
assert_type(Depends(_TaskKey()), str)


async def right(a: str = TaskKey(), b: str = Key(), c: str = Depends(_TaskKey())) -> None: ...


wrong_marker: int = TaskKey()  # E: assignment
wrong_instance: int = Depends(_TaskKey())  # E: assignment
unwrapped: str = _TaskKey()  # E: assignment


TaskKey(prefix=3)  # E: argument
Depends(_TaskKey(), prefix="x")  # E: argument
marker(str)  # E: argument
