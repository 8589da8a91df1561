"""What is the same shared value and what is not, however deep the declaration is."""

import sys
from collections.abc import Callable
from typing import Annotated, Any

import pytest

from paramdeps import App, Dependency, Depends, Fresh, Shared, call, mermaid, override, plan

DEPTH = sys.getrecursionlimit() + 200


def chain(use: Callable[..., Any]) -> Callable[..., Any]:
    """A factory that needs another, and so on, deeper than functions may call each other."""

    def link(before: Callable[..., Any] | None) -> Callable[..., Any]:
        def factory(value: int = use(before) if before else 0) -> int:
            return value + 1

        return factory

    last = None
    for _ in range(DEPTH):
        last = link(last)
    assert last is not None
    return last


@pytest.mark.parametrize("use", [Depends, Fresh])
async def test_dependencies_may_be_as_deep_as_they_like(use: Callable[..., Any]) -> None:
    """Laying them out, listing and drawing them does not end in a RecursionError."""

    async def task(value: int = use(chain(use))) -> int:
        return value

    assert await call(task) == DEPTH
    assert len(plan(task).steps) == DEPTH
    assert mermaid(task).count("-->") == DEPTH


@pytest.mark.parametrize("use", [Depends, Fresh, Shared])
async def test_shared_values_may_be_as_deep_as_they_like(use: Callable[..., Any]) -> None:
    """They are built, and another function finds the same ones."""
    top = chain(use)

    async def one(value: int = Shared(top)) -> int:
        return value

    async def other(value: int = Shared(top)) -> int:
        return value

    async with App() as app:
        assert await app.call(one) == await app.call(other) == DEPTH
    assert len(plan(one).steps) == DEPTH


async def test_many_layers_of_diamonds_take_no_longer_than_their_number() -> None:
    """What two need is visited once; each layer would double the time otherwise, and a hundred never end."""
    made: list[int] = []

    def layer(number: int, before: Callable[..., Any]) -> Callable[..., Any]:
        def left(value: int = Shared(before)) -> int:
            return value

        def right(value: int = Shared(before)) -> int:
            return value

        def both(one: int = Shared(left), two: int = Shared(right)) -> int:
            made.append(number)
            return one

        return both

    top: Callable[..., Any] = int
    for number in range(100):
        top = layer(number, top)

    async def one(value: int = Shared(top)) -> int:
        return value

    async def other(value: int = Shared(top)) -> int:
        return value

    async with App() as app:
        assert await app.call(one) == await app.call(other) == 0
    assert made == list(range(100))


async def test_a_fresh_shared_value_is_its_owners_alone() -> None:
    """Owners with other bindings, or of which something else is replaced, have others; the same owner has the same."""

    def inner(own: object = Fresh(object)) -> object:
        return own

    def number() -> int:
        return 1

    def owner(bound: int, own: Any = Fresh(inner), number: int = Depends(number)) -> tuple[object]:
        return (own,)

    async def task(a: Any = Shared(owner, 1), b: Any = Shared(owner, 2)) -> list[object]:
        return [a[0], b[0]]

    async def other(a: Any = Shared(owner, 1)) -> object:
        return a[0]

    async with App() as app:
        a, b = await app.call(task)
        assert a is not b
        assert await app.call(other) is a
        with override(number, lambda: 2):
            c, d = await app.call(task)
        assert len({id(each) for each in (a, b, c, d)}) == 4
        assert await app.call(task) == [a, b]


class Told(Dependency[None]):
    """Writes down what it is told."""

    def __init__(self, log: list[Any]) -> None:
        self.log = log

    def bind_to_parameter(self, parameter: str, value: Any) -> None:
        """Write down the value."""
        self.log.append(value)

    async def __aenter__(self) -> None: ...


async def test_a_hint_is_told_of_the_fresh_value_that_its_owner_gets() -> None:
    """And not of another one that is made for the hint."""
    log: list[Any] = []

    def owner(own: Annotated[object, Told(log)] = Fresh(object)) -> object:
        return own

    async def task(value: object = Shared(owner)) -> object:
        return value

    async with App() as app:
        value = await app.call(task)
    assert log == [value]
