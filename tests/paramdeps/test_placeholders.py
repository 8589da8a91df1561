"""What stands for a value reaches neither a factory nor a body: it is resolved, or refused."""

import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from paramdeps import (
    App,
    Argument,
    Dependency,
    Depends,
    InvalidDependencyError,
    Resource,
    Shared,
    call,
    call_sync,
    override,
    plan,
    stream,
    validate,
    without_dependencies,
)


def connection() -> str:
    return "connection"


def many(each: list[str] | dict[str, Any] | tuple[str, ...]) -> Any:
    return each


class Repository[T]:
    """A class with a parameter of type."""

    def __init__(self, db: str = Depends(connection)) -> None:
        self.db = db


class Needy(Resource[str]):
    """Declares a factory."""

    async def provide(self, db: str = Depends(connection)) -> AsyncIterator[str]:
        yield db


class NeedyInside(Resource[str]):
    """Declares another dependency."""

    async def provide(self, inner: Any = Needy()) -> AsyncIterator[str]:
        yield inner


class NeedyOutside(Dependency[str]):
    """Declares a factory to its constructor."""

    def __init__(self, db: str = Depends(connection)) -> None:
        self.db = db

    async def __aenter__(self) -> str:
        return self.db


@dataclass
class NeedyField(Dependency[str]):
    """The same, whose constructor is made for it."""

    order: int = Argument()

    async def __aenter__(self) -> str:
        return ""


class NeedyEntry(Dependency[str]):
    """Declares a factory where it is entered."""

    async def __aenter__(self, db: str = Depends(connection)) -> str:
        return db


def report(db: str = Depends(connection)) -> str:
    return db


@pytest.mark.parametrize("kind", [Needy, NeedyInside, NeedyOutside, NeedyField, NeedyEntry])
@pytest.mark.parametrize("declare", [lambda made: made, lambda made: Shared(many, made)], ids=["of a call", "shared"])
async def test_a_class_of_dependencies_that_declares_some_itself_is_refused(
    kind: Callable[[], Any], declare: Callable[[Any], Any]
) -> None:
    """Its methods are called with nothing, and would get the placeholders."""

    async def task(value: str = declare(kind())) -> str:
        return value

    (problem,) = validate(task)
    assert isinstance(problem, InvalidDependencyError)
    assert kind.__name__ in str(problem)
    assert problem.path[0] == "task.value"
    with pytest.raises(InvalidDependencyError, match=kind.__name__):
        await call(task)


async def test_a_dependency_that_is_a_setting_of_another_is_a_value() -> None:
    """What the constructor does with it is its own affair."""

    class Outer(Dependency[str]):
        def __init__(self, inner: Dependency[str] = NeedyOutside("given")) -> None:
            self.inner = inner

        async def __aenter__(self) -> str:
            return await self.inner.__aenter__()

    async def task(value: str = Depends(Outer())) -> str:
        return value

    assert await call(task) == "given"


async def test_a_generic_class_is_a_factory_whatever_its_parameters() -> None:
    """Its constructor's dependencies are resolved, when it is called as well."""

    async def task(
        numbers: Repository[int] = Depends(Repository[int]),
        again: Repository[int] = Depends(Repository[int]),
        texts: Repository[str] = Depends(Repository[str]),
        bound: Repository[int] = Depends(Repository[int], db="bound"),
        items: list[int] = Depends(list[int]),
    ) -> tuple[Any, ...]:
        return numbers, again, texts, bound.db, items

    numbers, again, texts, bound, items = await call(task)
    assert numbers is again
    assert numbers is not texts
    assert (numbers.db, texts.db, bound, items) == ("connection", "connection", "bound", [])
    assert (await call(Repository[int])).db == "connection"
    assert call_sync(Repository[str]).db == "connection"
    with override(Repository[int], lambda: Repository("replaced")):
        numbers, _, texts, *_ = await call(task)
        assert (numbers.db, texts.db) == ("replaced", "connection")


def test_what_is_bound_to_a_generic_class_is_checked() -> None:
    """As for any other class; and a class of dependencies stays one."""
    with pytest.raises(InvalidDependencyError, match="size"):
        Depends(Repository[int], size=3)  # type: ignore[call-arg]

    class Provided[T](Dependency[T]): ...

    with pytest.raises(InvalidDependencyError, match="takes an instance of Provided"):
        Depends(Provided[int])


@pytest.mark.parametrize(
    "held",
    [[Depends(connection)], {"a": Shared(connection)}, (1, (Argument(),)), [{"a": [Depends(connection)]}]],
    ids=str,
)
def test_a_placeholder_within_what_is_bound_is_refused(held: Any) -> None:
    """Only those that stand for the whole value are resolved."""

    def defaulted(each: Any = held) -> Any: ...

    async def bound(value: Any = Depends(many, held)) -> None: ...
    async def named(value: Any = Shared(many, each=held)) -> None: ...
    async def inner(value: Any = Depends(defaulted)) -> None: ...

    for task in (bound, named, inner, defaulted):
        (problem,) = validate(task)
        assert isinstance(problem, InvalidDependencyError)
        assert "within" in str(problem)
        with pytest.raises(InvalidDependencyError, match="within"):
            plan(task)


async def test_a_container_that_holds_itself_holds_no_placeholder() -> None:
    """And looking for one ends."""
    held: list[Any] = []
    held.append(held)

    async def task(value: Any = Depends(many, held)) -> Any:
        return value

    assert await call(task) is held


async def test_a_placeholder_in_a_partial_is_resolved_by_name_and_refused_by_position() -> None:
    """By position, the parameter is gone from what can be seen."""
    assert await call(functools.partial(report, db=Depends(connection))) == "connection"
    for placed in (functools.partial(many, Depends(connection)), functools.partial(functools.partial(many, Needy()))):

        async def task(value: Any = Depends(placed)) -> None: ...

        for function in (placed, task):
            (problem,) = validate(function)
            assert "by name" in str(problem)
            with pytest.raises(InvalidDependencyError, match="by name"):
                await call(function)


async def test_a_placeholder_that_is_passed_to_a_call_is_refused() -> None:
    """However it is passed, and whether or not the parameter is a dependency."""

    def plain(day: Any, size: Any = 1) -> Any:
        return day

    async def rows(day: Any, db: str = Depends(connection)) -> AsyncIterator[str]:
        yield db

    marker: Any = Depends(connection)
    app = App(collect_errors=True)
    for attempt in (
        lambda: call(report, marker),
        lambda: call(report, db=marker),
        lambda: call(plain, marker),
        lambda: call(plain, 1, size=marker),
        lambda: call(plain, Argument()),
        lambda: app.call(report, marker),
        lambda: app.call(plain, marker),
        lambda: without_dependencies(plain)(marker),
        lambda: anext(stream(rows, marker)),
        lambda: anext(app.stream(rows, day=marker)),
    ):
        with pytest.raises(InvalidDependencyError, match=r"passed|passes"):
            await attempt()
    for attempt in (lambda: call_sync(report, db=marker), lambda: call_sync(plain, marker)):
        with pytest.raises(InvalidDependencyError, match=r"passed|passes"):
            attempt()


async def test_what_is_called_may_be_static() -> None:
    """The parameters of an object's `__call__` are those it is called with, whatever kind of method it is."""

    class Static:
        @staticmethod
        def __call__(db: str = Depends(connection)) -> str:
            return db

    class OfClass:
        @classmethod
        def __call__(cls, db: str = Depends(connection)) -> tuple[type, str]:
            return cls, db

    assert await call(Static()) == "connection"
    assert await call(OfClass()) == (OfClass, "connection")
