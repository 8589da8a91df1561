"""The names of tasks: what is accepted, what is refused and why."""

import asyncio
import functools
import inspect
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from docket.errors import DocketError, NameTaken, NotACollection, NotAsync
from docket.registry import Registry, name_of, refuse_sync


async def task(value: int = 0) -> None: ...


async def another() -> None: ...


def sync() -> None: ...


async def generator() -> AsyncIterator[int]:
    yield 1


class Callee:
    """An object whose instances are tasks."""

    async def __call__(self) -> None: ...

    async def method(self) -> None: ...

    @staticmethod
    async def static() -> None: ...

    @classmethod
    async def of_class(cls) -> None: ...

    def sync_method(self) -> None: ...


@dataclass
class Unhashable:
    """Equal to others of the same value, and so without a hash."""

    value: int

    async def __call__(self) -> None: ...


class SyncCallee:
    """An object that can be called, and returns nothing to wait for."""

    def __call__(self) -> None: ...


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_a_function_goes_by_its_own_name(registry: Registry) -> None:
    """It is found under it, and nothing else is."""
    assert registry.register(task) == "task"
    assert registry.find("task") is task
    assert registry.find("another") is None
    assert list(registry.names()) == ["task"]


def test_other_names_take_the_place_of_its_own(registry: Registry) -> None:
    """A function may be known under several names, of which the first is that under which it is scheduled."""
    assert registry.register(task, ["first", "second"]) == "first"
    assert (registry.find("first"), registry.find("second"), registry.find("task")) == (task, task, None)
    assert registry.register(task) == "first"


def test_a_function_may_be_registered_again(registry: Registry) -> None:
    """The same under the same name changes nothing, under another name it has one more."""
    registry.register(task)
    assert registry.register(task) == "task"
    assert registry.register(task, ["alias"]) == "alias"
    assert set(registry.names()) == {"task", "alias"}


ASYNC_CALLABLES: dict[str, tuple[Callable[..., Awaitable[Any]], str]] = {
    "function": (task, "task"),
    "partial": (functools.partial(task, 1), "task"),
    "partial of a partial": (functools.partial(functools.partial(task, 1)), "task"),
    "bound method": (Callee().method, "method"),
    "static method": (Callee.static, "static"),
    "class method": (Callee.of_class, "of_class"),
    "object": (Callee(), "Callee"),
    "unhashable object": (Unhashable(1), "Unhashable"),
    "partial of an object": (functools.partial(Callee()), "Callee"),
    "partial of a method": (functools.partial(Callee().method), "method"),
    "marked function": (inspect.markcoroutinefunction(lambda: asyncio.sleep(0)), "<lambda>"),
}
async_callables = pytest.mark.parametrize(("function", "name"), ASYNC_CALLABLES.values(), ids=ASYNC_CALLABLES.keys())


@async_callables
def test_whatever_is_async_is_a_task(registry: Registry, function: Callable[..., Any], name: str) -> None:
    """Functions, partials, methods and objects are, each under the name that is written in the code."""
    refuse_sync(function)
    assert name_of(function) == name
    assert registry.register(function) == name
    assert registry.find(name) is function
    assert registry.register(function) == name


@pytest.mark.parametrize(
    "function",
    [
        sync,
        functools.partial(sync),
        Callee().sync_method,
        SyncCallee(),
        lambda: None,
        generator,
        Callee,
        SyncCallee,
        print,
    ],
    ids=["function", "partial", "method", "object", "lambda", "generator", "class of tasks", "class", "builtin"],
)
def test_what_is_not_async_is_refused_with_the_reason(registry: Registry, function: Callable[..., Any]) -> None:
    """The error names the function, says why that matters and what to do; it is a TypeError, too."""
    with pytest.raises(NotAsync, match="is not async, and a worker runs all its tasks in one event loop") as caught:
        registry.register(function)
    assert "make it `async def`" in str(caught.value)
    assert "asyncio.to_thread" in str(caught.value)
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, TypeError)
    assert list(registry.names()) == []


def test_the_refused_function_is_named_with_its_module() -> None:
    """So that it can be found."""
    with pytest.raises(NotAsync, match=re.escape(f"{__name__}.sync is not async")):
        refuse_sync(functools.partial(sync))
    with pytest.raises(NotAsync, match=re.escape(f"{__name__}.SyncCallee is not async")):
        refuse_sync(SyncCallee())


@pytest.mark.parametrize("thing", [None, 5, b"task", object(), ["task"]])
def test_what_cannot_be_called_is_refused(registry: Registry, thing: Any) -> None:
    """A task is an async function or its name."""
    with pytest.raises(NotAsync, match=f"a task is an async function or its name, not {re.escape(repr(thing))}"):
        registry.register(thing)


def test_a_name_that_is_taken_is_refused(registry: Registry) -> None:
    """The error names both functions and says how to get by; it is a ValueError, too, and changes nothing."""
    registry.register(task)
    with pytest.raises(NameTaken) as caught:
        registry.register(another, ["free", "task"])
    assert str(caught.value) == (
        f"'task' is the task {__name__}.task already, so {__name__}.another needs a name of its own: "
        "docket.register(function, names=[...])"
    )
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, ValueError)
    assert list(registry.names()) == ["task"]
    assert registry.register(another) == "another"


@pytest.mark.parametrize(
    "other",
    [functools.partial(task, 1), Callee().method],
    ids=["a partial of the function that has it", "a method of that name"],
)
def test_what_is_not_the_same_needs_its_own_name(registry: Registry, other: Callable[..., Any]) -> None:
    """With other arguments, or bound to an object, it is another task."""
    registry.register(task, [name_of(other)])
    with pytest.raises(NameTaken):
        registry.register(other)
    assert registry.register(other, ["own"]) == "own"


def test_methods_of_two_objects_are_two_tasks(registry: Registry) -> None:
    """The second would run on the wrong object; the same method of the same object is the same task."""
    one, two = Callee(), Callee()
    registry.register(one.method)
    assert registry.register(one.method) == "method"
    with pytest.raises(NameTaken):
        registry.register(two.method)
    assert registry.find("method") == one.method


def test_equal_partials_are_the_same_task(registry: Registry) -> None:
    """Made anew for each call, as in `docket.add(partial(task, 1))`, they need not be registered once for all."""
    registry.register(functools.partial(task, value=1))
    assert registry.register(functools.partial(task, value=1)) == "task"
    with pytest.raises(NameTaken):
        registry.register(functools.partial(task, value=2))


def redefined(version: int) -> Callable[[], Awaitable[int]]:
    """A function as it is after its source has been read again: of the same name, and of other code."""
    namespace: dict[str, Any] = {"__name__": __name__}
    exec(f"async def closure() -> int:\n    return {version}\n", namespace)
    function: Callable[[], Awaitable[int]] = namespace["closure"]
    return function


def made_by_one_function(version: int) -> Callable[[], Awaitable[int]]:
    async def closure() -> int:
        return version

    return closure


def test_closures_that_enclose_different_things_are_different_tasks(registry: Registry) -> None:
    """What one function makes twice is the same code with other contents: neither may pass for the other."""
    registry.register(made_by_one_function(1))
    registry.register(made_by_one_function(1))
    with pytest.raises(NameTaken):
        registry.register(made_by_one_function(2))


async def test_a_function_that_was_defined_anew_takes_the_place_of_the_old_one(registry: Registry) -> None:
    """A module that was loaded again, or a cell that was run again, has a newer version of the same task."""
    registry.register(redefined(1))
    registry.register(redefined(2))
    found = registry.find("closure")
    assert found is not None
    assert await found() == 2


async def test_going_back_to_an_older_definition_counts_as_well(registry: Registry) -> None:
    """The one that was registered last is the one that runs."""
    old, new = redefined(1), redefined(2)
    for function in (old, new, old):
        registry.register(function)
    assert registry.find("closure") is old


def test_functions_that_are_made_anew_do_not_pile_up(registry: Registry) -> None:
    """A closure or partial of each request, in a process that runs for months, is not kept for ever."""
    for version in range(1000):
        registry.register(redefined(version))
    for _ in range(1000):
        registry.register(functools.partial(task, 1))
    kept = [value for attribute in vars(registry).values() for value in attribute]
    assert len(kept) < 100


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module that can be imported as `made_up`."""
    made = ModuleType("made_up")
    monkeypatch.setitem(sys.modules, "made_up", made)
    return made


@pytest.mark.parametrize("kind", [list, tuple, set, iter, dict.fromkeys])
def test_a_collection_is_any_iterable_of_functions(
    registry: Registry, module: ModuleType, kind: Callable[[list[Any]], Any]
) -> None:
    """All functions of it are known afterwards."""
    module.tasks = kind([task, another])
    registry.register_collection("made_up:tasks")
    assert set(registry.names()) == {"task", "another"}


def test_a_collection_may_lie_deeper(registry: Registry, module: ModuleType) -> None:
    """An attribute of an attribute is named with dots."""
    module.inner = ModuleType("inner")
    module.inner.tasks = [task]
    registry.register_collection("made_up:inner.tasks")
    assert list(registry.names()) == ["task"]


@pytest.mark.parametrize(
    "path",
    [
        "no_such_module:tasks",
        "made_up:missing",
        "made_up:",
        "made_up",
        ":tasks",
        "",
        ".made_up:tasks",
        "made_up:a..b",
        ":",
    ],
)
def test_a_collection_that_is_not_there_is_refused(registry: Registry, module: ModuleType, path: str) -> None:
    """The error shows the path and how one should look; it is a ValueError, too."""
    with pytest.raises(NotACollection, match=re.escape(f"cannot load the tasks {path!r}")) as caught:
        registry.register_collection(path)
    assert "module:attribute" in str(caught.value)
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, ValueError)


def test_what_is_no_collection_is_refused(registry: Registry, module: ModuleType) -> None:
    """Naming a single function instead of a list is a usual mistake."""
    module.tasks = task
    with pytest.raises(NotACollection, match="'made_up:tasks' should be a list of task functions, not a function"):
        registry.register_collection("made_up:tasks")


def test_a_collection_with_something_else_in_it_is_refused(registry: Registry, module: ModuleType) -> None:
    """What is wrong with its member is said as for any function."""
    module.tasks = [task, sync]
    with pytest.raises(NotAsync, match="sync is not async"):
        registry.register_collection("made_up:tasks")


def broken_module(folder: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> str:
    """A module that cannot be imported, for a reason of its own; returns its name."""
    (folder / "broken_tasks.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "broken_tasks", raising=False)
    return "broken_tasks"


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        pytest.param("None.tasks", AttributeError, id="AttributeError"),
        pytest.param("from sys import nothing_like_it", ImportError, id="ImportError"),
        pytest.param("import no_such_module", ModuleNotFoundError, id="ModuleNotFoundError"),
        pytest.param("int('many')", ValueError, id="ValueError"),
        pytest.param("len(5)", TypeError, id="TypeError"),
    ],
)
def test_an_error_inside_the_module_comes_out_as_it_is(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, kind: type[Exception]
) -> None:
    """What the user's own code raises while it is imported is no mistake in the path."""
    name = broken_module(tmp_path, monkeypatch, source)
    with pytest.raises(kind) as caught:
        registry.register_collection(f"{name}:tasks")
    assert not isinstance(caught.value, NotACollection)


def test_a_single_name_is_one_name(registry: Registry) -> None:
    """A string where names are expected is not taken for a list of letters."""
    registry.register(task, names="xyz")
    assert list(registry.names()) == ["xyz"]
