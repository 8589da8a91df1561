"""`without_dependencies`: what frameworks and other callers see of a function."""

import asyncio
import functools
import inspect
import typing
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from paramdeps import (
    App,
    Argument,
    Depends,
    InvalidDependencyError,
    Shared,
    StreamError,
    plan,
    without_dependencies,
)

log: list[str] = []


async def connection(day: int = Argument(optional=True)) -> AsyncIterator[str]:
    log.append("+")
    yield f"db {day}"
    log.append("-")


async def report(day: int, db: str = Depends(connection), size: int = 1, *, deep: bool = False) -> Any:
    """What it reports."""
    return (day, db, size, deep)


async def test_positional_arguments_are_those_of_the_parameters_that_are_left() -> None:
    """A dependency between them takes none away."""
    wrapped = without_dependencies(report)
    assert await wrapped(1) == (1, "db 1", 1, False)
    assert await wrapped(1, 2) == (1, "db 1", 2, False)
    assert await wrapped(day=1, size=3, deep=True) == (1, "db 1", 3, True)


@pytest.mark.parametrize(
    ("args", "kwargs", "fault"),
    [((1, 2, 3), {}, "takes 2 positional arguments but 3"), ((1, 2), {"size": 3}, "multiple values"), ((), {}, "day")],
)
async def test_a_wrong_call_is_a_type_error(args: Any, kwargs: Any, fault: str) -> None:
    """As of any function, in terms of the parameters that are left."""

    async def task(day: int, db: Any = Depends(lambda: 1), size: int = 1) -> None: ...

    with pytest.raises(TypeError, match=fault):
        await without_dependencies(task)(*args, **kwargs)


async def test_arguments_without_a_name_come_after_the_dependencies() -> None:
    """They would otherwise take the dependencies' places."""

    def task(a: int, b: Any = Depends(lambda: "b"), c: int = 5, *rest: int, d: Any = Depends(lambda: "d")) -> Any:
        return (a, b, c, rest, d)

    wrapped = without_dependencies(task)
    assert await wrapped(1) == (1, "b", 5, (), "d")
    assert await wrapped(1, 2) == (1, "b", 2, (), "d")
    assert await wrapped(1, 2, 3, 4) == (1, "b", 2, (3, 4), "d")


async def test_positional_only_parameters_keep_their_places() -> None:
    """Unless a dependency is before them, which callers could not skip."""

    def task(a: int, b: Any = Depends(lambda: "b"), /, c: int = 5) -> Any:
        return (a, b, c)

    assert await without_dependencies(task)(1, 2) == (1, "b", 2)

    def wrong(a: int, b: Any = Depends(lambda: "b"), c: int = 5, /) -> None: ...

    with pytest.raises(InvalidDependencyError, match="positional-only parameter 'c' after a dependency"):
        without_dependencies(wrong)


def test_frameworks_see_the_signature_without_dependencies() -> None:
    """And name, docstring and hints of what is left."""
    wrapped = without_dependencies(report)
    assert str(inspect.signature(wrapped)) == "(day: int, size: int = 1, *, deep: bool = False) -> Any"
    assert typing.get_type_hints(wrapped).keys() == {"day", "size", "deep", "return"}
    assert (wrapped.__name__, wrapped.__doc__) == ("report", "What it reports.")
    assert inspect.iscoroutinefunction(wrapped)
    assert plan(report).stripped_signature == inspect.signature(wrapped)


def test_hints_in_quotes_of_what_is_no_function_are_resolved_where_it_is_defined() -> None:
    """Frameworks go to the innermost function for the names."""

    class Service:
        def method(self, day: "AsyncIterator[int]", db: str = Depends(connection)) -> "str": ...

        async def __call__(self, day: "AsyncIterator[int]", db: str = Depends(connection)) -> "str": ...

    for function in (functools.partial(Service().method), Service().method, Service()):
        wrapped = without_dependencies(function)
        assert inspect.unwrap(wrapped).__globals__ is globals()  # type: ignore[attr-defined]
        assert typing.get_type_hints(wrapped) == {"day": AsyncIterator[int], "return": str}


async def test_plain_functions_methods_and_streams_are_wrapped() -> None:
    """A stream has its resources until it ends."""
    log.clear()

    class Service:
        def method(self, day: int, db: str = Depends(connection)) -> str:
            """A method."""
            return db

    async def rows(day: int, db: str = Depends(connection), *more: int) -> AsyncIterator[Any]:
        for each in (day, *more):
            yield (each, db, len(log))

    assert await without_dependencies(Service().method)(4) == "db 4"
    log.clear()
    wrapped = without_dependencies(rows)
    assert inspect.isasyncgenfunction(wrapped)
    assert [row async for row in wrapped(1, 2)] == [(1, "db 1", 1), (2, "db 1", 1)]
    assert log == ["+", "-"]

    def generator(db: str = Depends(connection)) -> Iterator[str]:
        yield db

    with pytest.raises(StreamError):
        without_dependencies(generator)


async def test_an_app_may_be_opened_after_functions_are_wrapped() -> None:
    """As with routes, which are there before the application starts; any task may then call them."""
    app = App()

    async def task(number: int, pool: Any = Shared(dict)) -> Any:
        return pool

    wrapped = without_dependencies(task, app)
    async with app:
        first, second = await asyncio.gather(asyncio.create_task(wrapped(1)), asyncio.create_task(wrapped(2)))
        assert first is second
