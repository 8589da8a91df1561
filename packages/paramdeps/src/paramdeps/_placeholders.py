"""What stands for a value until a call has resolved it, and must never be taken for the value itself."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, cast

from ._arguments import ArgumentMarker
from ._depends import FactoryMarker
from ._signatures import name_of, signature_of
from .dependency import Dependency, is_dependency
from .errors import InvalidDependencyError

_MARKERS = frozenset({FactoryMarker, ArgumentMarker})
_CALLED_WITH_NOTHING = ("__init__", "__aenter__", "provide")
"""The methods of a `Dependency` that get nothing but what the class's author, or the declaration, passes."""


def is_declared(value: object) -> bool:
    """Whether `value`, as a default or a binding, stands for something to be resolved."""
    return isinstance(value, FactoryMarker | Dependency | ArgumentMarker)


def refuse_passed(function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Refuse a marker among the arguments of a call, where nothing resolves it.

    An instance of `Dependency` may be passed: to functions that take it as it is.
    """
    for value in (*args, *kwargs.values()) if kwargs else args:
        if type(value) in _MARKERS:
            raise InvalidDependencyError(
                f"{name_of(function)}() was passed {_shown(value)}, which is resolved only as the default of a "
                "parameter: pass a value, or nothing"
            )


def misplaced_in(value: object) -> str | None:
    """How the first marker is written that `value`, a container, holds; None if there is none."""
    return next((_shown(each) for each in _held_by(value, set()) if type(each) in _MARKERS), None)


def placed_by(function: object) -> str | None:
    """How the first placeholder is written that a partial passes by position; None if there is none."""
    while isinstance(function, functools.partial):
        for value in function.args:
            if is_declared(value):
                return _shown(value)
        function = function.func
    return None


def undelivered(instance: Dependency[Any]) -> str | None:
    """The first parameter of a method of `instance` whose default nobody resolves: `provide(db=Depends(pool))`."""
    for name in _CALLED_WITH_NOTHING:
        method: Any = getattr(type(instance), name, None)
        signature = None if method is None or method is object.__init__ else signature_of(method)
        for parameter in signature.parameters.values() if signature else ():
            default = parameter.default
            # To a constructor, a dependency may well be a setting.
            if type(default) in _MARKERS or (is_dependency(default) and name != "__init__"):
                return f"{name}({parameter.name}={_shown(default)})"
    return None


def _shown(value: object) -> str:
    if isinstance(value, FactoryMarker):
        return repr(value)
    return "Argument()" if isinstance(value, ArgumentMarker) else f"{type(value).__name__}(...)"


def _held_by(value: object, seen: set[int]) -> Iterator[object]:
    """What the containers in `value` hold, however deep."""
    items = cast("Iterable[object]", value)
    if not isinstance(value, list | tuple | set | frozenset | dict) or id(items) in seen:
        return
    seen.add(id(items))
    for each in cast("dict[object, object]", items).values() if isinstance(value, dict) else items:
        yield each
        yield from _held_by(each, seen)
