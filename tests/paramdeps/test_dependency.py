"""`Dependency`: what the authors of dependencies rely on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Self

import pytest

from paramdeps import (
    App,
    Dependency,
    Depends,
    DuplicateDependencyError,
    Resource,
    Shared,
    YieldError,
    call,
    marker,
    plan,
)


class Progress(Dependency["Progress"]):
    """Its own value, with state of its call."""

    def __init__(self, total: int = 0) -> None:
        self.total = total

    async def __aenter__(self) -> Self:
        self.done = 0
        return self


class Slotted(Dependency["Slotted"]):
    """Keeps its state in a slot."""

    __slots__ = ("total",)

    def __init__(self, total: int) -> None:
        self.total = total

    async def __aenter__(self) -> Self:
        return self


class Hooked(Dependency["Hooked"]):
    """Says how it is copied."""

    copies = 0

    def __copy__(self) -> "Hooked":
        Hooked.copies += 1
        return Hooked()

    async def __aenter__(self) -> Self:
        return self


async def test_concurrent_calls_never_see_each_others_state() -> None:
    """What a dependency assigns to itself belongs to one call, also while another is under way."""
    declared = Progress(3)
    met = asyncio.Barrier(2)

    async def task(steps: int, progress: Progress = Depends(declared)) -> int:
        progress.done += steps
        await met.wait()
        return progress.done

    assert await asyncio.gather(call(task, 1), call(task, 10)) == [1, 10]
    assert vars(declared) == {"total": 3}


async def test_a_call_sees_what_the_default_was_constructed_with() -> None:
    """The copy has the attributes of the declared instance, as they are when the call begins."""
    declared = Progress(3)

    async def task(progress: Progress = Depends(declared)) -> int:
        return progress.total

    assert await call(task) == 3
    declared.total = 4
    assert await call(task) == 4


async def test_leaving_sees_what_entering_assigned() -> None:
    """`__aexit__` runs on the copy that `__aenter__` ran on."""
    closed: list[object] = []

    class Connection(Dependency[object]):
        async def __aenter__(self) -> object:
            self.connection = object()
            return self.connection

        async def __aexit__(self, *_: object) -> None:
            closed.append(self.connection)

    async def task(connection: object = Depends(Connection())) -> object:
        return connection

    first, second = await call(task), await call(task)
    assert first is not second
    assert closed == [first, second]


async def test_instances_with_slots_are_copied_too() -> None:
    """A dependency may keep its state in slots."""
    declared = Slotted(5)

    async def task(slotted: Slotted = Depends(declared)) -> Slotted:
        return slotted

    copy = await call(task)
    assert copy is not declared
    assert copy.total == 5


async def test_a_copy_hook_is_used() -> None:
    """A dependency that says how it is copied is copied so."""
    before = Hooked.copies

    async def task(hooked: Hooked = Depends(Hooked())) -> None: ...

    await call(task)
    assert Hooked.copies == before + 1


async def test_one_instance_declared_twice_is_entered_once() -> None:
    """The same default instance, wherever it is declared, is one dependency per call."""
    shared = Progress()

    def nested(progress: Progress = Depends(shared)) -> Progress:
        return progress

    async def task(a: Progress = Depends(shared), b: Progress = Depends(nested)) -> bool:
        return a is b

    assert await call(task)


async def test_a_marker_is_the_class_itself() -> None:
    """What `marker` returns makes instances of the class, so a host finds them by `isinstance`."""
    assert marker(Progress) is Progress


class Retry(Dependency[None]):
    """At most one per function."""

    single = True

    async def __aenter__(self) -> None: ...


class PatientRetry(Retry):
    """Counts as a `Retry`."""


class Other(Retry):
    """A kind of its own, also at most one."""

    single = True


class Many(Retry):
    """As many as one likes."""

    single = False


def declaring(*dependencies: Any) -> Any:
    """A function that declares these, the last one for a factory."""

    def factory(last: Any = dependencies[-1]) -> None: ...

    def task(first: Any = dependencies[0], nested: Any = Depends(factory)) -> None: ...

    return task


@pytest.mark.parametrize("second", [Retry(), PatientRetry()], ids=["same class", "subclass"])
def test_a_single_kind_is_declared_once(second: Retry) -> None:
    """Two of a `single` kind are refused at compile time, also when one is a factory's."""
    with pytest.raises(DuplicateDependencyError, match="more than one Retry") as caught:
        plan(declaring(Retry(), second))
    assert caught.value.kind is Retry
    places = f"task.first -> Retry, and task.nested -> factory.last -> {type(second).__name__}"
    assert places in str(caught.value)
    assert caught.value.path == ("task.nested", "factory.last")
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("second", [Other(), Many()], ids=["single again", "not single"])
def test_a_class_that_sets_single_itself_is_a_kind_of_its_own(second: Retry) -> None:
    """A subclass with its own `single` does not count as its base's kind."""
    assert len(plan(declaring(Retry(), second)).declared(Retry)) == 2


def test_the_same_single_instance_is_one_declaration() -> None:
    """An instance that is declared twice is no duplicate."""
    retry = Retry()
    assert plan(declaring(retry, retry)).declared(Retry) == (retry,)


class Transaction(Resource[list[str]]):
    """Written as one generator."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def provide(self) -> AsyncIterator[list[str]]:
        """A log, and what became of it."""
        log = [f"begin {self.name}"]
        try:
            yield log
        except ValueError:
            log.append("roll back")
            raise
        log.append("commit")


async def test_a_resource_is_written_as_one_generator() -> None:
    """Its state is the call's, and an exception is seen where it yields."""
    declared = Transaction("a")
    logs: list[list[str]] = []

    async def task(fail: bool, transaction: list[str] = Depends(declared)) -> None:
        logs.append(transaction)
        if fail:
            raise ValueError("no")

    await asyncio.gather(call(task, False), call(task, False))
    with pytest.raises(ValueError, match="no"):
        await call(task, True)
    assert logs == [["begin a", "commit"], ["begin a", "commit"], ["begin a", "roll back"]]
    assert vars(declared) == {"name": "a"}
    assert plan(task).declared(Transaction) == (declared,)


async def test_a_resource_may_be_a_frozen_dataclass() -> None:
    """What a call keeps of it is not an attribute that its author has declared."""

    @dataclass(frozen=True)
    class Numbered(Resource[int]):
        number: int

        async def provide(self) -> AsyncIterator[int]:
            """The number."""
            yield self.number

    async def task(number: int = Depends(Numbered(3))) -> int:
        return number

    assert await call(task) == 3


class Yielding(Resource[int]):
    """Yields as many values as it is told, whatever it is told meanwhile."""

    def __init__(self, values: int, log: list[str]) -> None:
        self.values = values
        self.log = log

    async def provide(self) -> AsyncIterator[int]:
        """The values."""
        try:
            for number in range(self.values):
                with suppress(ValueError):
                    yield number
        finally:
            self.log.append("closed")


@pytest.mark.parametrize("use", [Depends, Shared])
async def test_a_resource_that_yields_nothing_is_refused_with_its_path(use: Any) -> None:
    """As a factory is; nothing comes of it, and the body does not run."""
    log: list[str] = []

    def needs(value: int = Depends(Yielding(0, log))) -> int:
        return value

    async def task(value: int = use(needs)) -> None:
        log.append("body")

    async with App() as app:
        with pytest.raises(YieldError, match="Yielding ended without yielding a value") as caught:
            await app.call(task)
    assert caught.value.__notes__ == ["while resolving task.value -> needs.value -> Yielding"]
    assert log == ["closed"]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_resource_that_yields_twice_is_closed_and_refused_with_its_path(fails: bool) -> None:
    """Whether the body went well or not; what it raised is behind the error."""
    log: list[str] = []

    async def task(value: int = Depends(Yielding(2, log))) -> None:
        if fails:
            raise ValueError("body")

    with pytest.raises(YieldError, match="Yielding yielded more than one value") as caught:
        await call(task)
    assert caught.value.__notes__ == ["while cleaning up task.value -> Yielding"]
    assert isinstance(caught.value.__context__, ValueError) == fails
    assert log == ["closed"]


async def test_a_runtime_error_of_a_resource_is_its_own() -> None:
    """It is not taken for one about the number of its values."""

    class Broken(Resource[None]):
        async def provide(self) -> AsyncIterator[None]:
            """Fails in cleaning up."""
            try:
                yield
            finally:
                raise RuntimeError("broken")

    async def task(fails: bool, broken: None = Depends(Broken())) -> None:
        if fails:
            raise ValueError("body")

    for fails in (False, True):
        with pytest.raises(RuntimeError, match="broken") as caught:
            await call(task, fails)
        assert type(caught.value) is RuntimeError


async def test_binding_to_a_parameter_does_nothing_by_default() -> None:
    """A dependency that does not care may stand in a hint too."""

    async def task(steps: Annotated[int, Progress(3)]) -> int:
        return steps

    assert await call(task, 2) == 2
