"""Hints that are read more than once hold the same dependencies each time."""

import pickle
from typing import Annotated, Any

from paramdeps import Dependency, Depends, call, override, plan


class Slot(Dependency[None]):
    """Lets a few in at a time, by what all calls have in common."""

    def __init__(self) -> None:
        self.inside: list[int] = []

    async def __aenter__(self) -> None:
        self.inside.append(len(self.inside) + 1)

    async def __aexit__(self, *_: object) -> None: ...


async def test_a_hint_in_quotes_is_one_instance_for_ever() -> None:
    """However often it is read: for calls that pass a dependency, within an override, and for several functions."""

    def key(name: "Annotated[str, Slot()]" = "n") -> str:
        return name

    async def task(a: "Annotated[int, Slot()]", key: str = Depends(key), other: int = Depends(int)) -> Any:
        return None

    async def second(key: str = Depends(key)) -> None: ...

    own = plan(task).wrappers["a"][0]
    slots = {id(each.inside): each.inside for each in plan(task).declared(Slot)}
    await call(task, 1)
    await call(task, 1, other=3)
    await call(second)
    with override(int, lambda: 4):
        await call(task, 1)
    assert plan(second).declared(Slot)[0] in plan(task).declared(Slot)
    assert isinstance(own, Slot)
    assert sorted(len(each) for each in slots.values()) == [3, 4]


def test_a_hint_that_is_made_anew_when_it_is_read_is_one_instance_for_ever() -> None:
    """As Python 3.14 makes hints anew beside one that it cannot resolve; here, whoever reads them is told so."""

    def annotate(_: int) -> dict[str, Any]:
        return {"name": Annotated[str, Slot()]}

    def key(name: Any = "n") -> str:
        return name  # type: ignore[no-any-return]

    def read() -> tuple[Slot, ...]:
        key.__annotations__ = annotate(1)
        key.__annotate__ = annotate  # type: ignore[attr-defined]

        def task(key: str = Depends(key)) -> None: ...

        return plan(task).declared(Slot)

    first, second = read(), read()
    assert first == second
    assert len(first) == 1


def test_what_is_kept_of_hints_is_neither_copied_nor_pickled() -> None:
    """A wrapper that takes the attributes along has hints of its own, and a pickle has none."""

    def inner(a: "Annotated[int, Slot()]") -> None: ...

    plan(inner)

    def wrapper(a: "Annotated[int, Slot()]") -> None: ...

    wrapper.__dict__.update(inner.__dict__)
    assert plan(wrapper).wrappers["a"][0] is not plan(inner).wrappers["a"][0]
    kept = inner.__dict__["__paramdeps_hints__"]
    assert pickle.loads(pickle.dumps(kept)).hints == {}
