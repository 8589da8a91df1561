"""Shared values: built once, in a task of their own, and cleaned up in reverse order."""

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar

import pytest

from paramdeps import (
    App,
    Argument,
    CircularDependencyError,
    ClosedAppError,
    Dependency,
    Depends,
    Fresh,
    MissingAppError,
    ScopeError,
    Shared,
    call,
    plan,
)

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


async def test_ten_first_callers_get_one_value(log: Log) -> None:
    """However many come while it is being built, it is built once, and all get it."""
    all_wait = asyncio.Event()

    async def pool() -> AsyncIterator[object]:
        log.append("built")
        await all_wait.wait()
        yield object()
        log.append("closed")

    async def task(pool: object = Shared(pool)) -> object:
        return pool

    async with App() as app:
        callers = [asyncio.create_task(app.call(task)) for _ in range(10)]
        for _ in range(5):
            await asyncio.sleep(0)
        all_wait.set()
        assert len({id(value) for value in await asyncio.gather(*callers)}) == 1
        assert log == ["built"]
    assert log == ["built", "closed"]


async def test_unrelated_shared_values_do_not_wait_for_each_other() -> None:
    """Each of the two needs the other's to be under way, so one lock for all would be a deadlock."""
    met = asyncio.Barrier(2)

    async def first() -> int:
        await met.wait()
        return 1

    async def second() -> int:
        await met.wait()
        return 2

    async def pair(a: int = Shared(first), b: int = Shared(second)) -> tuple[int, int]:
        return (a, b)

    async def one(a: int = Shared(first)) -> int:
        return a

    async def two(b: int = Shared(second)) -> int:
        return b

    async with App() as app:
        assert await asyncio.gather(app.call(one), app.call(two)) == [1, 2]
    met = asyncio.Barrier(2)

    def of_both(pair: tuple[int, int] = Shared(pair)) -> tuple[int, int]:
        return pair

    async with App() as app:
        assert await app.call(of_both) == (1, 2)


async def test_a_shared_factory_may_need_shared_ones_and_call_functions(log: Log) -> None:
    """Nothing hangs, diamonds are built once, and all are closed in reverse order."""

    async def settings() -> AsyncIterator[str]:
        log.append("+settings")
        yield "url"
        log.append("-settings")

    async def pool(settings: str = Shared(settings)) -> AsyncIterator[str]:
        log.append("+pool")
        yield f"pool of {settings}"
        log.append("-pool")

    async def count(pool: str = Shared(pool)) -> int:
        return len(pool)

    async def repository(pool: str = Shared(pool), settings: str = Shared(settings)) -> AsyncIterator[int]:
        number = await app.call(count)
        log.append("+repository")
        yield number
        log.append("-repository")

    async def task(repository: int = Shared(repository)) -> int:
        return repository

    async with App() as app:
        assert await app.call(task) == len("pool of url")
    assert log == ["+settings", "+pool", "+repository", "-repository", "-pool", "-settings"]


async def test_a_call_scoped_value_under_a_shared_one_becomes_the_applications(log: Log) -> None:
    """It is not closed after the first call while the shared value goes on using it."""

    async def connection() -> AsyncIterator[Log]:
        state = ["open"]
        yield state
        state.append("closed")

    class Lease(Dependency[str]):
        async def __aenter__(self) -> str:
            log.append("+lease")
            return "lease"

        async def __aexit__(self, *_: object) -> None:
            log.append("-lease")

    async def cache(connection: Log = Depends(connection), lease: str = Depends(Lease())) -> Log:
        return connection

    async def task(cache: Log = Shared(cache), own: Log = Depends(connection)) -> tuple[Log, Log]:
        return (cache, own)

    async with App() as app:
        cached, own = await app.call(task)
        assert (cached, own) == (["open"], ["open", "closed"])
        assert (await app.call(task))[0] is cached
        assert log == ["+lease"]
    assert cached == ["open", "closed"]
    assert log == ["+lease", "-lease"]


def test_a_shared_value_that_needs_an_argument_of_the_call_is_refused() -> None:
    """It would be the argument of whichever call came first."""

    def customer(customer_id: int = Argument()) -> int:
        return customer_id

    def cache(customer: int = Depends(customer)) -> int:
        return customer

    async def task(customer_id: int, cache: int = Shared(cache)) -> None: ...

    with pytest.raises(ScopeError, match=r"task\.cache -> cache\.customer -> customer\.customer_id .*'customer_id'"):
        plan(task)


async def test_an_optional_argument_is_none_for_a_shared_value() -> None:
    """There is no call that it could be of."""

    def cache(customer_id: Any = Argument(optional=True)) -> Any:
        return [customer_id]

    async def task(customer_id: int, cache: Any = Shared(cache)) -> Any:
        return cache

    async with App() as app:
        assert await app.call(task, 3) == [None]


async def test_what_fails_is_built_anew_for_the_next(log: Log) -> None:
    """All who waited get the error, with its path, and nothing is poisoned."""

    async def settings() -> str:
        log.append("try")
        await asyncio.sleep(0)
        if len(log) == 1:
            raise OSError("no disk")
        return "url"

    async def pool(settings: str = Shared(settings)) -> str:
        return settings

    async def task(pool: str = Shared(pool)) -> str:
        return pool

    async with App() as app:
        errors = await asyncio.gather(*(app.call(task) for _ in range(3)), return_exceptions=True)
        assert [str(error) for error in errors] == ["no disk"] * 3
        assert isinstance(errors[0], OSError)
        assert errors[0].__notes__ == ["while resolving task.pool -> pool.settings -> settings"]
        assert await app.call(task) == "url"
        assert log == ["try", "try"]


async def test_a_caller_that_is_cancelled_does_not_take_the_value_from_the_others(log: Log) -> None:
    """Whoever was first has no say over what is everybody's."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def pool() -> str:
        log.append("built")
        begun.set()
        await go_on.wait()
        return "pool"

    async def task(pool: str = Shared(pool)) -> str:
        return pool

    async with App() as app:
        first = asyncio.create_task(app.call(task))
        second = asyncio.create_task(app.call(task))
        await begun.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        go_on.set()
        assert await second == "pool"
    assert log == ["built"]


async def test_an_app_has_values_only_while_it_is_open() -> None:
    """Before and after that, and without an application, a shared value is refused with what to do."""

    def pool() -> list[str]:
        return []

    async def task(pool: list[str] = Shared(pool)) -> list[str]:
        return pool

    app = App()
    with pytest.raises(ClosedAppError, match="not open"):
        await app.call(task)
    async with app:
        first = await app.call(task)
        with pytest.raises(ClosedAppError, match="entered already"):
            await app.__aenter__()
    with pytest.raises(ClosedAppError, match="not open"):
        await app.call(task)
    async with app:
        assert await app.call(task) is not first
    with pytest.raises(MissingAppError, match=r"task\.pool -> pool .*await app\.call\(task, \.\.\.\)"):
        await call(task)


async def test_two_apps_have_values_of_their_own() -> None:
    """Nothing is global."""

    async def task(value: object = Shared(object)) -> object:
        return value

    async with App() as one, App() as other:
        assert await one.call(task) is await one.call(task)
        assert await one.call(task) is not await other.call(task)


async def test_the_same_bindings_are_the_same_value() -> None:
    """In all functions of the application; other bindings make another, and `Fresh` ones are nobody else's."""

    def pool(size: int = 1) -> list[int]:
        return [size]

    def wrapped(pool: list[int] = Fresh(pool, size=2)) -> tuple[list[int]]:
        return (pool,)

    async def one(
        a: Any = Shared(pool, size=2), b: Any = Shared(pool, 2), c: Any = Shared(pool, size=3), d: Any = Shared(wrapped)
    ) -> Any:
        return (a, b, c, d[0])

    async def other(a: Any = Shared(pool, size=2), d: Any = Shared(wrapped)) -> Any:
        return (a, d[0])

    async with App() as app:
        a, b, c, d = await app.call(one)
        assert a is b
        assert (a, c) == ([2], [3])
        assert d == [2]
        assert d is not a
        x, y = await app.call(other)
        assert x is a
        assert y is d


@pytest.mark.parametrize("length", [1, 2])
async def test_shared_factories_that_wait_for_each_other_are_refused(length: int) -> None:
    """A factory that calls what needs the very value that it makes would wait for ever."""

    async def first() -> int:
        return await app.call(wants_first if length == 1 else wants_second)

    async def second() -> int:
        return await app.call(wants_first)

    async def wants_first(value: int = Shared(first)) -> int:
        return value

    async def wants_second(value: int = Shared(second)) -> int:
        return value

    expected = "first -> first" if length == 1 else "second -> first -> second"
    async with App() as app:
        with pytest.raises(CircularDependencyError, match=expected):
            await asyncio.wait_for(app.call(wants_first), 10)


def test_a_circle_of_shared_values_is_found_when_compiled() -> None:
    """Before anything could wait."""

    def a(x: Any = None) -> None: ...

    def b(x: Any = Depends(a)) -> None: ...

    a.__defaults__ = (Shared(b),)

    def function(top: Any = Shared(a)) -> None: ...

    with pytest.raises(CircularDependencyError, match="a -> b -> a"):
        plan(function)


class Limit(Dependency[None]):
    """Is told of its parameter."""

    told: ClassVar[Log] = []

    def bind_to_parameter(self, parameter: str, value: Any) -> None:
        """Note both."""
        self.told.append((parameter, value))

    async def __aenter__(self) -> None: ...


async def test_hints_of_shared_factories_count_once() -> None:
    """Also those in quotes, which are another object each time they are read."""
    Limit.told.clear()

    def pool(size: "Annotated[int, Limit()]" = 3) -> list[int]:
        return [size]

    async def one(pool: list[int] = Shared(pool)) -> list[int]:
        return pool

    async def other(pool: list[int] = Shared(pool)) -> list[int]:
        return pool

    async with App() as app:
        assert await app.call(one) is await app.call(other)
    assert Limit.told == [("size", 3)]


async def test_a_value_that_no_function_asks_for_any_more_is_not_looked_up_for_ever() -> None:
    """Functions that are made over and over again do not fill the application."""

    def pool() -> str:
        return "pool"

    def make() -> Any:
        async def task(pool: str = Shared(pool)) -> str:
            return pool

        return task

    async with App() as app:
        for _ in range(3):
            assert await app.call(make()) == "pool"
        gc.collect()
        assert len(app.found) == 1  # that for which it was built
