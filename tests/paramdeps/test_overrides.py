"""`override`: other factories for a while, for one task."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Annotated, Any

import pytest

from paramdeps import (
    App,
    CircularDependencyError,
    Dependency,
    Depends,
    Fresh,
    InvalidDependencyError,
    Shared,
    call,
    marker,
    override,
    validate,
)

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


def number() -> int:
    return 1


async def connection(url: str = "real", *, number: int = Depends(number)) -> AsyncIterator[str]:
    log.append(f"+{url}")
    yield f"{url} {number}"
    log.append(f"-{url}")


class Database:
    """A class as factory."""

    def __init__(self, name: str = "real") -> None:
        self.name = name


class FakeDatabase(Database):
    """Its replacement."""

    def __init__(self, name: str = "fake") -> None:
        super().__init__(name)


class _Key(Dependency[str]):
    async def __aenter__(self) -> str:
        return "real"


Key = marker(_Key)


async def task(
    db: str = Depends(connection), number: int = Depends(number), base: Database = Depends(Database), key: str = Key()
) -> tuple[str, int, str, str]:
    return (db, number, base.name, key)


async def test_functions_generators_classes_and_dependencies_are_replaced() -> None:
    """Wherever they are declared, below other factories too; and only as long as the block lasts."""

    def fake_connection(number: int = Depends(number)) -> Iterator[str]:
        log.append("+fake")
        yield f"fake {number}"
        log.append("-fake")

    with override(connection, fake_connection), override(Database, FakeDatabase), override(_Key, lambda: "fake"):
        assert await call(task) == ("fake 1", 1, "fake", "fake")
        with override(number, lambda: 2):
            assert await call(task) == ("fake 2", 2, "fake", "fake")
        assert await call(task) == ("fake 1", 1, "fake", "fake")
    assert log == ["+fake", "-fake"] * 3
    assert await call(task) == ("real 1", 1, "real", "real")


async def test_inner_overrides_come_before_outer_ones() -> None:
    """Of the same factory the last counts, and the first is back afterwards."""
    with override(number, lambda: 2):
        with override(number, lambda: 3):
            assert (await call(task))[1] == 3
        assert (await call(task))[1] == 2


async def test_an_instance_of_dependency_may_be_the_replacement() -> None:
    """Each call has its own copy, as always."""
    with override(connection, _Key()):
        assert (await call(task))[0] == "real"
    with override(_Key, _Other()):
        assert (await call(task))[3] == "other"


class _Other(Dependency[str]):
    async def __aenter__(self) -> str:
        return "other"


async def test_overrides_are_seen_by_the_task_and_by_those_it_starts() -> None:
    """And by no other that runs meanwhile."""
    replaced, asked = asyncio.Event(), asyncio.Event()

    async def other() -> int:
        await replaced.wait()
        got = (await call(task))[1]
        asked.set()
        return got

    running = asyncio.create_task(other())
    with override(number, lambda: 2):
        replaced.set()
        await asked.wait()
        assert (await asyncio.create_task(call(task)))[1] == 2
    assert await running == 1


async def test_bindings_reach_the_parameters_of_the_same_names() -> None:
    """Those that the replacement does not have are dropped; with `**` it has them all."""

    def fake(*, number: int) -> int:
        return number

    def greedy(**bound: Any) -> Any:
        return bound

    async def bound(a: Any = Depends(connection, "passed", number=5), b: Any = Fresh(connection, number=6)) -> Any:
        return (a, b)

    with override(connection, fake):
        assert await call(bound) == (5, 6)
    with override(connection, greedy):
        assert await call(bound) == ({"url": "passed", "number": 5}, {"number": 6})
    with override(connection, dict):
        assert await call(bound) == ({}, {})


async def test_fresh_stays_fresh() -> None:
    """How a value is shared is a matter of the declaration."""

    async def two(a: object = Fresh(number), b: object = Fresh(number), c: object = Depends(number)) -> Any:
        return (a, b, c)

    with override(number, object):
        assert len({id(each) for each in await call(two)}) == 3


async def test_shared_values_are_replaced_with_all_that_depends_on_them() -> None:
    """What was built for others stays as it is, and is theirs again afterwards."""

    async def pool() -> AsyncIterator[str]:
        log.append("+pool")
        yield "pool"
        log.append("-pool")

    async def fake() -> AsyncIterator[str]:
        log.append("+fake")
        yield "fake"
        log.append("-fake")

    async def repository(pool: str = Shared(pool)) -> list[str]:
        return [pool]

    async def of_repository(repository: list[str] = Shared(repository), pool: str = Shared(pool)) -> Any:
        return (repository, pool)

    async with App() as app:
        with override(pool, fake):
            replaced = await app.call(of_repository)
            assert replaced == (["fake"], "fake")
            assert log == ["+fake"]
        real = await app.call(of_repository)
        assert real == (["pool"], "pool")
        with override(pool, fake):
            assert (await app.call(of_repository))[0] is replaced[0]
            with override(repository, lambda: ["another"]):
                assert await app.call(of_repository) == (["another"], "fake")
        assert (await app.call(of_repository))[0] is real[0]
    assert log == ["+fake", "+pool", "-pool", "-fake"]


async def test_what_the_caller_passes_is_not_replaced() -> None:
    """It is neither the factory's nor the replacement's."""
    with override(number, lambda: 2):
        assert (await call(task, number=9))[:2] == ("real 2", 9)


async def test_a_replacement_cannot_need_what_it_replaces() -> None:
    """It would be replaced by itself."""

    def fake(number: int = Depends(number)) -> int:
        return number + 1

    with override(number, fake):
        with pytest.raises(CircularDependencyError, match="fake -> fake"):
            await call(task)
        assert [type(error) for error in validate(task)] == [CircularDependencyError]
    assert validate(task) == ()


@pytest.mark.parametrize(("factory", "replacement"), [(5, number), (number, 5), (number, _Key)])
def test_only_factories_are_replaced_by_factories(factory: Any, replacement: Any) -> None:
    """Values, and classes of dependencies instead of instances, are refused at once."""
    with pytest.raises(InvalidDependencyError), override(factory, replacement):
        raise AssertionError


def test_what_cannot_replace_is_refused_by_its_name() -> None:
    """The error is about the override, and says how a value takes a factory's place."""
    with pytest.raises(InvalidDependencyError, match=r"override\(\) .* in place of number, not 5; .* lambda: 5"):
        override(number, 5).__enter__()  # type: ignore[arg-type]


async def test_without_overrides_nothing_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that a call pays for their existence is to see whether there are any at all."""

    class Unread:
        def get(self) -> None:
            raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr("paramdeps._overrides._current", Unread())
        assert (await call(task))[1] == 1
    with override(number, lambda: 2), monkeypatch.context() as patched:
        patched.setattr("paramdeps._overrides._current", Unread())
        with pytest.raises(AssertionError):
            await call(task)


class Guard(Dependency[None]):
    """Logs what it is told."""

    name = "guard"

    def bind_to_parameter(self, parameter: str, value: Any) -> None:
        """Remember it."""
        self.bound = f"{parameter}={value}"

    async def __aenter__(self) -> None:
        log.append(f"{self.name} {self.bound}")


class Stand(Guard):
    """In place of the other."""

    name = "stand"


async def guarded(size: Annotated[int, Guard()] = 1) -> int:
    return size


async def test_a_dependency_in_a_hint_is_replaced_like_any_other_of_its_class() -> None:
    """By another instance, which is told the same, or by a factory, which is only run."""
    with override(Guard, Stand()):
        assert await call(guarded, 3) == 3
        assert validate(guarded) == ()
    with override(Guard, lambda: log.append("factory")):
        assert await call(guarded, 4) == 4
    assert await call(guarded, 5) == 5
    assert log == ["stand size=3", "factory", "guard size=5"]


async def test_a_dependency_in_the_hint_of_a_shared_factory_is_replaced_as_well() -> None:
    """The value is then another one than that of those who do not override."""

    async def task(size: int = Shared(guarded)) -> int:
        return size

    stand = Stand()
    async with App() as app:
        for _ in range(2):
            with override(Guard, stand):
                await app.call(task)
            with override(Guard, lambda: log.append("factory")):
                await app.call(task)
            await app.call(task)
    assert sorted(log) == ["factory", "factory", "guard size=1", "stand size=1"]


async def test_a_replacement_may_wrap_what_it_replaces_under_another_name() -> None:
    """By its own name it would be the replacement; a `partial` is another factory that makes the same."""

    async def wrapping(inner: str = Depends(partial(connection))) -> AsyncIterator[str]:
        yield f"wrapped {inner}"

    async def task(connection: str = Depends(connection)) -> str:
        return connection

    with override(connection, wrapping):
        assert await call(task) == "wrapped real 1"
    assert log == ["+real", "-real"]
