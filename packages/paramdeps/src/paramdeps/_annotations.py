"""Dependencies that stand in a parameter's type hint, as metadata of `Annotated`."""

import builtins
import contextlib
import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import Parameter
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, TypeAliasType, final, get_args, get_origin

from ._arguments import ArgumentMarker
from ._depends import FactoryMarker
from ._factories import call_of
from ._keeping import Kept, kept_by
from ._signatures import origin_of
from .dependency import Dependency, is_dependency

if TYPE_CHECKING:
    from types import CellType


@dataclass(frozen=True, slots=True)
class Hint:
    """What was found out about one hint.

    Attributes:
        dependencies: those in its metadata, outermost last.
        misplaced: those that stand deeper in it, where they say nothing about the parameter.
        mistaken: what says that there should be a dependency, and is none that can stand in a hint: the markers of
            defaults, and classes of dependencies instead of instances.
        unresolved: how it is written, if what it holds cannot be known; a name that is not known does not matter
            as long as it is only a part of it.
        is_lost: whether that is known to have taken a dependency along.
    """

    dependencies: tuple[Dependency[Any], ...] = ()
    misplaced: tuple[Dependency[Any], ...] = ()
    mistaken: tuple[object, ...] = ()
    unresolved: str | None = None
    is_lost: bool = False


_NO_HINT = Hint()

_ATTRIBUTE = "__paramdeps_hints__"


def hint_of(function: Callable[..., Any], parameter: Parameter) -> Hint:
    """What the hint of a parameter of `function` holds."""
    annotation = parameter.annotation
    if annotation is Parameter.empty or isinstance(annotation, type):
        return _NO_HINT
    inner = code_of(function)
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    text = annotation if isinstance(annotation, str) else None
    # Where hints are deferred, those beside one that cannot be resolved are made anew each time they are read.
    source = text or getattr(inner, "__annotate__", None)
    kept = {} if source is None else kept_by(inner, _ATTRIBUTE, _Hints).hints
    found = kept.get((parameter.name, source))
    if found is not None:
        return found
    if text is not None:
        try:
            annotation = _Names(inner).evaluated(text)
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it tells us nothing
            return Hint(unresolved=text)
    hint = _hint(annotation, text)
    if hint.dependencies and hint.unresolved is None:
        kept[parameter.name, source] = hint
    return hint


def _hint(annotation: Any, text: str | None) -> Hint:
    """What an annotation holds that has been written as `text`, if it was written as such."""
    if isinstance(annotation, _Unknown):
        return Hint(unresolved=text, is_lost=annotation.holds_dependency)
    try:
        metadata = _metadata_of(annotation)
        dependencies = tuple(each for each in metadata if is_dependency(each))
        misplaced = tuple(each for each in _within(annotation) if is_dependency(each))
        mistaken = tuple(each for each in (*metadata, *_within(annotation)) if _is_mistaken(each))
    except NameError:  # a type alias, whose value is found out only now
        return Hint(unresolved=text or str(annotation))
    is_lost = any(isinstance(each, _Unknown) for each in metadata)
    return Hint(dependencies, misplaced, mistaken, text if is_lost else None, is_lost)


def _metadata_of(annotation: Any) -> tuple[Any, ...]:
    """The metadata of an `Annotated`, and of those that its aliases stand for."""
    if isinstance(annotation, TypeAliasType):
        return _metadata_of(annotation.__value__)
    if get_origin(annotation) is Annotated:
        return (*_metadata_of(get_args(annotation)[0]), *annotation.__metadata__)
    return ()


def _is_mistaken(value: object) -> bool:
    """Whether `value` looks like a dependency in a hint, and is none."""
    if isinstance(value, type):
        return issubclass(value, Dependency)
    return isinstance(value, FactoryMarker | ArgumentMarker)


def _within(annotation: Any, *, is_outermost: bool = True) -> Iterator[Any]:
    """The metadata that is not the outermost."""
    if isinstance(annotation, TypeAliasType):
        if is_outermost:
            yield from _within(annotation.__value__)
    elif get_origin(annotation) is Annotated:
        if not is_outermost:
            yield from annotation.__metadata__
        yield from _within(get_args(annotation)[0], is_outermost=is_outermost)
    else:
        for inner in get_args(annotation):
            yield from _within(inner, is_outermost=False)


@final
class _Hints(Kept):
    """The hints of a function that hold other instances when they are read again.

    By parameter, and by what they are read from: their text, or the function that makes the annotations.
    """

    __slots__ = ("hints",)

    def __init__(self, owner: object = None) -> None:
        super().__init__(owner)
        self.hints: dict[tuple[str, object], Hint] = {}


class _Unknown:
    """Stands for a name that is not known, and for whatever is made of it.

    With it in place, `Annotated[Unimported, Limit(3)]` still tells of the limit.
    """

    def __init__(self, holds_dependency: bool = False) -> None:
        self.holds_dependency = holds_dependency

    def __getattr__(self, name: str) -> "_Unknown":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_args: Any, **_kwargs: Any) -> "_Unknown":
        return _Unknown(holds_dependency=True)  # it may well have been one

    def __getitem__(self, inner: Any) -> "_Unknown":
        parts: list[Any] = list(inner) if hasattr(inner, "__len__") else [inner]
        held = (
            part.holds_dependency if isinstance(part, _Unknown) else is_dependency(part) or _is_mistaken(part)
            for part in parts
        )
        return _Unknown(self.holds_dependency or any(held))

    def __or__(self, other: Any) -> "_Unknown":
        return self

    __ror__ = __or__


class _Names(dict[str, Any]):
    """The names that a hint of `function` can use; while it is evaluated, an `_Unknown` for every other.

    They are the globals of the functions that a hint makes, of a lambda in it. So each name is looked up when it is
    wanted: such a function may be called long after.
    """

    def __init__(self, function: Any) -> None:
        super().__init__()
        self._evaluating = False
        self._globals: dict[str, Any] = getattr(function, "__globals__", {})
        self._cells: dict[str, CellType] = {}
        for each in getattr(function, "__type_params__", ()):
            self[each.__name__] = each
        if inspect.isfunction(function):
            self._cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))

    def evaluated(self, text: str) -> Any:
        """What a hint stands for."""
        self._evaluating = True
        try:
            return eval(f"({text})", self)  # noqa: S307 - as Python would have done where it stands
        finally:
            self._evaluating = False

    def __missing__(self, name: str) -> Any:
        if name in self._cells:
            with contextlib.suppress(ValueError):  # it may be assigned only later
                return self._cells[name].cell_contents
        for place in (self._globals, vars(builtins)):
            if name in place:
                return place[name]
        if self._evaluating:
            return _Unknown()
        raise KeyError(name)


def code_of(function: Any) -> Any:
    """The function whose definition has the hints of a callable."""
    while True:
        function = origin_of(function)
        if isinstance(function, functools.partial):
            function = function.func
        elif isinstance(function, type):
            made_by = inspect.getattr_static(function, "__init__")
            function = function.__new__ if made_by is object.__init__ else made_by
        elif inspect.ismethod(function):
            function = function.__func__
        elif hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        elif inspect.isfunction(function) or inspect.isbuiltin(function):
            return function
        else:
            call = call_of(function)
            if call is None or not inspect.isfunction(call):
                return function
            return call
