"""`App`: calls with everything an application has."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from paramdeps import App, Depends, Fresh, ScopeError, Shared, StreamError


async def pool() -> AsyncIterator[list[str]]:
    opened = ["open"]
    yield opened
    opened.append("closed")


async def connection(pool: list[str] = Shared(pool)) -> AsyncIterator[str]:
    pool.append("+")
    yield f"connection of {pool[0]} pool"
    pool.append("-")


async def test_async_and_plain_functions_are_called() -> None:
    """With or without dependencies, the result is the function's."""

    async def waiting(a: int, db: str = Depends(connection)) -> tuple[int, str]:
        return (a, db)

    def plain(a: int, db: str = Depends(connection)) -> tuple[int, str]:
        return (a, db)

    async with App() as app:
        assert await app.call(waiting, 1) == (1, "connection of open pool")
        assert await app.call(plain, a=2) == (2, "connection of open pool")
        assert await app.call(plain, 2, db="passed") == (2, "passed")
        assert await app.call(max, 1, 2) == 2


async def test_parameters_named_like_those_of_call_are_the_functions() -> None:
    """`call` takes the function by position only, and no name of its own."""

    async def task(function: int, args: int, app: int, db: str = Depends(connection)) -> int:
        return function + args + app

    async with App() as app:
        assert await app.call(task, function=1, args=2, app=3) == 6


async def test_methods_partials_and_objects_are_called() -> None:
    """With what they are bound to."""

    class Service:
        def report(self, day: int, db: str = Depends(connection)) -> tuple[int, bool]:
            """A method."""
            return (day, db.startswith("connection"))

        __call__ = report

    async with App() as app:
        assert await app.call(Service().report, 3) == (3, True)
        assert await app.call(Service(), 4) == (4, True)


async def test_a_stream_holds_its_resources_until_it_ends() -> None:
    """Not only until the generator is made."""

    async def rows(count: int, pool: list[str] = Shared(pool), db: str = Depends(connection)) -> AsyncIterator[Any]:
        for number in range(count):
            yield (number, tuple(pool))

    async with App() as app:
        assert [row async for row in app.stream(rows, 2)] == [(0, ("open", "+")), (1, ("open", "+"))]
        assert [row async for row in app.stream(rows, 1)] == [(0, ("open", "+", "-", "+"))]
        with pytest.raises(StreamError, match=r"rows\(\) is a generator function"):
            await app.call(rows, 1)


async def test_a_shared_value_can_be_had_beforehand() -> None:
    """So that what must be there fails at the start."""
    async with App() as app:
        first = await app.get(Shared(pool))
        assert first == ["open"]
        assert await app.get(Shared(pool)) is first


async def test_a_generator_function_without_dependencies_is_not_called_either() -> None:
    """As with any that has some."""

    async def free() -> AsyncIterator[int]:
        yield 1

    async with App() as app:
        with pytest.raises(StreamError, match=r"free\(\) is a generator function"):
            await app.call(free)
        assert [number async for number in app.stream(free)] == [1]


@pytest.mark.parametrize("declared", [Depends(connection), Fresh(connection), 5])
async def test_only_what_is_shared_can_be_had_without_a_call(declared: Any) -> None:
    """Anything else would be cleaned up before it could be used."""
    async with App() as app:
        with pytest.raises(ScopeError, match=r"get\(\) takes what Shared\(\) returned"):
            await app.get(declared)
