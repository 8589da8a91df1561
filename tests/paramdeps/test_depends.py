"""`Depends`: what it accepts, refuses and binds."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from paramdeps import Dependency, Depends, Fresh, InvalidDependencyError, call


class Clock(Dependency[int]):
    """Says what time it is."""

    async def __aenter__(self) -> int:
        return 12


def scaled(value: int, /, factor: int = 2, *more: int, offset: int = 0, **named: int) -> tuple[Any, ...]:
    return (value, factor, more, offset, named)


BOUND = (12, 12, (), 0, {"x": 12})


async def resolved(default: Any) -> Any:
    """What a parameter with this default gets."""

    async def task(value: Any = default) -> Any:
        return value

    return await call(task)


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        (Depends(scaled, 1), (1, 2, (), 0, {})),
        (Depends(scaled, 1, factor=3), (1, 3, (), 0, {})),
        (Depends(scaled, 1, offset=5), (1, 2, (), 5, {})),
        (Depends(scaled, 1, 3, 4, 5, offset=6), (1, 3, (4, 5), 6, {})),
        (Depends(scaled, 1, extra=7), (1, 2, (), 0, {"extra": 7})),
        (Depends(scaled, Depends(Clock()), factor=Depends(Clock()), x=Depends(Clock())), BOUND),
        (Depends(scaled, 1, 3, Depends(Clock())), (1, 3, (12,), 0, {})),
    ],
)
async def test_bindings_reach_the_factorys_parameters(default: Any, expected: tuple[Any, ...]) -> None:
    """Bound values, and what bound dependencies resolve to, arrive where they are bound."""
    assert await resolved(default) == expected


async def test_plain_defaults_of_a_factory_stay_its_own() -> None:
    """What is left open before a dependency does not shift it."""

    def factory(a: int = 1, b: int = Depends(Clock()), /, c: int = 3, d: int = Depends(Clock())) -> tuple[int, ...]:
        return (a, b, c, d)

    assert await resolved(Depends(factory)) == (1, 12, 3, 12)


async def test_a_binding_replaces_a_dependency() -> None:
    """What is bound is used instead of the parameter's own dependency, which is not entered."""
    entered: list[int] = []

    def inner() -> None:
        entered.append(1)

    def outer(value: Any = Depends(inner)) -> Any:
        return value

    assert await resolved(Depends(outer, value="bound")) == "bound"
    assert entered == []


@pytest.mark.parametrize("bindings", [{"faktor": 3}, {"value": 1}], ids=["unknown", "positional-only"])
def test_an_unknown_binding_is_refused_when_declared(bindings: dict[str, Any]) -> None:
    """A name that the factory does not take raises before any call."""

    def factory(value: int = 0, /, factor: int = 1) -> int:
        return value * factor

    with pytest.raises(InvalidDependencyError, match=r"Depends\(factory, \.\.\.\)") as caught:
        Depends(factory, **bindings)
    assert isinstance(caught.value, TypeError)


def test_what_cannot_be_called_is_refused() -> None:
    """A value is no factory."""
    with pytest.raises(InvalidDependencyError, match="not 5"):
        Depends(5)  # type: ignore[call-overload]


def test_a_class_of_dependencies_is_refused() -> None:
    """Forgetting to make an instance would inject one that was never entered."""
    with pytest.raises(InvalidDependencyError, match=r"write Clock\(\.\.\.\)"):
        Depends(Clock)


def test_bindings_for_an_instance_are_refused() -> None:
    """An instance has no parameters any more."""
    with pytest.raises(InvalidDependencyError, match="takes no bindings"):
        Depends(Clock(), zone="UTC")  # type: ignore[call-overload]


async def test_an_instance_may_be_wrapped() -> None:
    """`Depends(instance)` is that instance, with its value's type."""
    assert await resolved(Depends(Clock())) == 12


async def count(by: Any = None, calls: Any = None) -> AsyncIterator[object]:
    yield object()


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (Depends(count), Depends(count), True),
        (Depends(count, by=1), Depends(count, by=1), True),
        (Depends(count, 1), Depends(count, by=1), True),
        (Depends(count, by=Depends(count)), Depends(count, by=Depends(count)), True),
        (Depends(count, by=1), Depends(count, by=2), False),
        (Depends(count, by=1), Depends(count, by=True), False),
        (Depends(count, by=0.0), Depends(count, by=-0.0), False),
        (Depends(count, by=(0.0,)), Depends(count, by=(0.0,)), True),
        (Depends(count, by=(1, (2,))), Depends(count, by=(True, (2,))), False),
        (Depends(count, by=(1, (2,))), Depends(count, by=(1, (2.0,))), False),
        (Depends(count, by=(1, (2,))), Depends(count, by=(1, (2,))), True),
        (Depends(count, by=frozenset({1})), Depends(count, by=frozenset({True})), False),
        (Depends(count, by=1), Depends(count), False),
        (Depends(count, by=[]), Depends(count, by=[]), False),
    ],
)
async def test_same_factory_and_same_bindings_are_entered_once(first: Any, second: Any, same: bool) -> None:
    """Within a call, equal declarations share a value and others do not."""

    async def task(a: Any = first, b: Any = second) -> bool:
        return a is b

    assert await call(task) is same


async def test_each_call_has_its_own_values() -> None:
    """Nothing is shared between calls."""

    async def task(value: Any = Depends(count)) -> Any:
        return value

    assert await call(task) is not await call(task)


def test_a_declaration_shows_what_it_is() -> None:
    """The representation reads like the declaration."""
    assert repr(Depends(count, 1, calls="x")) == "Depends(count, 1, 'x')"


async def test_fresh_values_are_nobody_elses() -> None:
    """Each use has its own, while what the factory depends on is shared within the call."""

    def inner() -> object:
        return object()

    def outer(inner: object = Depends(inner)) -> list[object]:
        return [inner]

    async def task(
        a: Any = Fresh(outer), b: Any = Fresh(outer), c: Any = Depends(outer), d: Any = Depends(outer)
    ) -> Any:
        return (a, b, c, d)

    a, b, c, d = await call(task)
    assert len({id(each) for each in (a, b, c)}) == 3
    assert c is d
    assert a[0] is b[0] is c[0]
    assert repr(Fresh(int, "3")) == "Fresh(int, '3')"


async def test_a_fresh_value_is_its_owners_alone() -> None:
    """Even where several uses come from one declaration: a factory's default, or a marker that is used twice."""

    def owner(number: int, own: object = Fresh(object)) -> object:
        return own

    twice = Fresh(object)

    async def task(
        a: object = Depends(owner, 1), b: object = Depends(owner, 2), c: object = twice, d: object = twice
    ) -> int:
        return len({id(each) for each in (a, b, c, d)})

    assert await call(task) == 4


@pytest.mark.parametrize("what", [5, Clock, Clock()])
def test_only_factories_are_fresh(what: Any) -> None:
    """A dependency is declared as another instance instead."""
    with pytest.raises(InvalidDependencyError, match=r"Fresh\("):
        Fresh(what)
