"""The names of tasks, and the functions behind them."""

import functools
import importlib
import inspect
from collections.abc import Collection, Sequence
from types import FunctionType
from typing import Any

from .errors import NameTaken, NotACollection, NotAsync
from .execution import TaskFunction


class Registry:
    """Which functions a docket knows, each under one name or several."""

    def __init__(self) -> None:
        """An empty registry."""
        self._functions: dict[str, TaskFunction] = {}

    def register(self, function: TaskFunction, names: Sequence[str] | None = None) -> str:
        """Make a function known under its own name or under others; returns the first of them.

        Raises:
            NotAsync: it is not an async function.
            NameTaken: a different function has that name already.
        """
        if names is None and (known := self._known_as(function)) is not None:
            return known
        refuse_sync(function)
        given = (names,) if isinstance(names, str) else tuple(names or (name_of(function),))
        for name in given:
            other = self._functions.get(name)
            if other is not None and not _same(other, function):
                raise NameTaken(
                    f"{name!r} is the task {_origin(other)} already, so {_origin(function)} needs a name of its own: "
                    f"docket.register(function, names=[...])"
                )
        for name in given:
            self._functions[name] = function
        return given[0]

    def name_of(self, function: TaskFunction) -> str:
        """The name that a function is known by, or would be.

        Raises:
            NotAsync: it is not an async function.
        """
        refuse_sync(function)
        return self._known_as(function) or name_of(function)

    def _known_as(self, function: TaskFunction) -> str | None:
        usual = name_of(function)
        if usual in self._functions and self._functions[usual] == function:
            return usual
        return next((name for name, known in self._functions.items() if known == function), None)

    def register_collection(self, path: str) -> None:
        """Make the functions of a collection known.

        Args:
            path: `module:attribute`; the attribute is an iterable of functions.

        Raises:
            NotACollection: there is no such module or attribute, or it is not iterable.
        """
        module, _, attribute = path.partition(":")
        if not module or module.startswith("."):
            raise NotACollection(_unloadable(path, "there is no module in it"))
        try:
            collection: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name not in _parents(module):
                raise  # the module is there; what it imports is not
            raise NotACollection(_unloadable(path, error)) from error
        try:
            for part in attribute.split("."):
                collection = getattr(collection, part)
        except AttributeError as error:
            raise NotACollection(_unloadable(path, error)) from error
        try:
            functions: list[Any] = list(collection)
        except TypeError as error:
            kind = type(collection).__qualname__
            raise NotACollection(f"{path!r} should be a list of task functions, not a {kind}") from error
        for function in functions:
            self.register(function)

    def find(self, name: str) -> TaskFunction | None:
        """The function of that name, if there is one."""
        return self._functions.get(name)

    def names(self) -> Collection[str]:
        """The names of all functions."""
        return self._functions.keys()


def name_of(function: TaskFunction) -> str:
    """The name that a function goes by, unless it is given another one."""
    inner = _unwrap(function)
    return getattr(inner, "__name__", None) or type(inner).__name__


def refuse_sync(function: object) -> None:
    """See that a function is async.

    Raises:
        NotAsync: it is not.
    """
    inner = _unwrap(function)
    call = getattr(inner, "__call__", None)  # noqa: B004 - an object whose `__call__` is async is a task as well
    if inspect.iscoroutinefunction(inner) or (inspect.iscoroutinefunction(call) and not inspect.isclass(inner)):
        return
    if not callable(function):
        raise NotAsync(f"a task is an async function or its name, not {function!r}")
    raise NotAsync(
        f"{_origin(function)} is not async, and a worker runs all its tasks in one event loop: make it `async def`, "
        f"and call what blocks through asyncio.to_thread (a wrapper of one: inspect.markcoroutinefunction)"
    )


def _unwrap(function: object) -> Any:
    while isinstance(function, functools.partial):
        function = function.func
    return function


def _unloadable(path: str, reason: object) -> str:
    return f"cannot load the tasks {path!r}, which should be 'module:attribute': {reason}"


def _parents(module: str) -> set[str]:
    parts = module.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


def _same(one: TaskFunction, other: TaskFunction) -> bool:
    if inspect.isfunction(one) and inspect.isfunction(other):
        if one.__code__ is other.__code__:
            # Two closures that one function has made are two tasks, unless they enclose the same.
            return _enclosed(one) == _enclosed(other)
        # A module that was loaded again, or a function that was written again, is the same task in a newer version.
        return _origin(one) == _origin(other)
    if isinstance(one, functools.partial) and isinstance(other, functools.partial):
        return (one.func, one.args, one.keywords) == (other.func, other.args, other.keywords)
    return one == other


def _enclosed(function: FunctionType) -> tuple[object, ...]:
    return function.__closure__, function.__defaults__, function.__kwdefaults__


def _origin(function: object) -> str:
    inner = _unwrap(function)
    module = getattr(inner, "__module__", None)
    return f"{module}.{getattr(inner, '__qualname__', type(inner).__qualname__)}"
