"""What a declaration says, before it is laid out: what a factory is called with, and what is the same as what."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from inspect import Parameter
from typing import Any, cast

from ._annotations import Hint, hint_of
from ._depends import FactoryMarker, Use
from ._factories import identity
from ._placeholders import is_declared, misplaced_in, placed_by
from ._signatures import NAMED, POSITIONAL, name_of, signature_of, text_of
from .dependency import Dependency, is_dependency
from .errors import DeclarationError, InvalidDependencyError, UnboundParameterError, UnresolvableHintError

type Path = tuple[str, ...]

type Report = Callable[[DeclarationError], None]
"""What is done with a fault: it is raised, or noted beside others."""


@dataclass(frozen=True, slots=True)
class Input:
    """One argument that a factory is called with.

    Attributes:
        name: the parameter.
        path: how it came to be needed, itself included.
        value: what stands for it: a marker, a dependency, or any other value, which stands for itself.
        wrappers: the dependencies in the parameter's hint.
    """

    name: str
    path: Path
    value: object
    wrappers: tuple[Dependency[Any], ...] = ()


def wrappers_of(
    name: str, function: Callable[..., Any], parameter: Parameter, path: Path, report: Report
) -> tuple[Dependency[Any], ...]:
    """The dependencies in the hint of a parameter; a fault if one is there in vain."""
    hint = hint_of(function, parameter)
    misplaced = hint.misplaced if parameter.kind in NAMED else (*hint.dependencies, *hint.misplaced)
    if misplaced:
        report(
            InvalidDependencyError(
                f"{' -> '.join(path)} has {type(misplaced[0]).__name__} where it has no effect: put it into an "
                "Annotated around the whole hint of a parameter with a name",
            )
        )
    for mistaken in hint.mistaken:
        report(_mistaken(mistaken, parameter.name, path))
    if hint.unresolved and (hint.is_lost or parameter.kind in NAMED):
        report(_unresolved(name, parameter.name, hint, path))
    return hint.dependencies if parameter.kind in NAMED else ()


def _mistaken(found: object, parameter: str, path: Path) -> InvalidDependencyError:
    """The fault that a hint holds what only looks like a dependency there."""
    if isinstance(found, type):
        name = found.__name__
        return InvalidDependencyError(f"{' -> '.join(path)} has the class {name} in its hint: write {name}(...)")
    text = repr(found) if isinstance(found, FactoryMarker) else "Argument()"
    return InvalidDependencyError(
        f"{' -> '.join(path)} has {text} in its hint, where it supplies nothing: write it as the default, "
        f"{parameter}: ... = {text}"
    )


def _unresolved(name: str, parameter: str, hint: Hint, path: Path) -> UnresolvableHintError:
    """The fault that a hint cannot be resolved."""
    text = hint.unresolved or ""
    return UnresolvableHintError(
        f"the hint of {' -> '.join(path)} cannot be resolved: {text}; define or import all its names where "
        f"{name}() is defined, not for type checkers only, or its dependencies would be lost",
        path,
        parameter,
        text,
        hint.is_lost,
    )


def check_placed(function: Callable[..., Any], path: Path, report: Report) -> None:
    """Report a placeholder that a partial passes to a parameter which is not seen any more."""
    if placed := placed_by(function):
        report(
            InvalidDependencyError(
                f"{text_of(path, name_of(function))} is a partial that passes {placed} by position, where nothing "
                "resolves it: pass it by name",
                path,
            )
        )


def check_held(value: object, path: Path, report: Report) -> None:
    """Report a placeholder within a container that is a default or is bound."""
    if held := misplaced_in(value):
        report(
            InvalidDependencyError(
                f"{' -> '.join(path)} has {held} within a {type(value).__name__}, where nothing resolves it: "
                "give it a parameter of its own, of a factory that puts them together",
                path,
            )
        )


def inputs_of(marker: FactoryMarker, path: Path, report: Report) -> tuple[list[Input], list[Input]]:
    """What a factory is called with, by position and by name; its own plain defaults are left out.

    As much as possible is passed by position, which is the faster way.
    """
    positional: list[Input] = []
    keywords: list[Input] = []
    name = name_of(marker.factory)
    check_placed(marker.factory, path, report)
    signature = signature_of(marker.factory)
    parameters = signature.parameters.values() if signature else ()
    open_names = dict(marker.bindings)
    contiguous = True
    for index, parameter in enumerate(parameters):
        inner = (*path, f"{name}.{parameter.name}")
        wrappers = wrappers_of(name, marker.factory, parameter, inner, report)
        if parameter.kind not in NAMED:
            continue
        if index < len(marker.args) and parameter.kind in POSITIONAL:
            value = marker.args[index]
        elif parameter.kind is not Parameter.POSITIONAL_ONLY and parameter.name in open_names:
            value = open_names.pop(parameter.name)
        elif parameter.default is Parameter.empty:
            report(
                UnboundParameterError(
                    f"{' -> '.join(inner)} has no value: give the parameter a default or a dependency, "
                    f"or bind it: {marker.use.value}({name}, {parameter.name}=...)",
                    inner,
                )
            )
            value = None
        elif is_declared(parameter.default) or parameter.kind is Parameter.POSITIONAL_ONLY or wrappers:
            value = parameter.default
        else:
            check_held(parameter.default, inner, report)
            contiguous = False
            continue
        each = Input(parameter.name, inner, value, wrappers)
        if parameter.kind in POSITIONAL and contiguous:
            positional.append(each)
        else:
            keywords.append(each)
    positional += [Input("*", (*path, name), value) for value in marker.args[len(positional) :]]
    keywords += [Input(each, (*path, f"{name}.{each}"), value) for each, value in open_names.items()]
    for each in (*positional, *keywords):
        check_held(each.value, each.path, report)
    return positional, keywords


def key_of(marker: FactoryMarker, declared: FactoryMarker | None = None) -> object:
    """A key that is equal for what is used but once: the same factory with the same bindings.

    Parameters:
        marker: what is used.
        declared: the marker that it may have replaced.
    """
    if marker.use is Use.FRESH:
        return (marker.use, id(declared or marker), identity(marker.factory))
    return (
        marker.use,
        identity(marker.factory),
        tuple(map(binding_key, marker.args)),
        frozenset((name, binding_key(value)) for name, value in marker.bindings.items()),
    )


def binding_key(value: object) -> object:
    """A key that is equal for the same binding; what cannot be hashed is the same only as itself."""
    if isinstance(value, FactoryMarker):
        return key_of(value)
    if is_dependency(value):
        return ("the same object", id(value))
    try:
        hash(value)
    except TypeError:
        return ("the same object", id(value))
    return _value_key(value)


def _value_key(value: object) -> object:
    """A key that tells apart what is equal and yet not the same, as 1, 1.0 and True, or 0.0 and -0.0; in tuples too."""
    items = cast("Iterable[object]", value)
    if isinstance(items, tuple):
        return (type(value), value, tuple(map(_value_key, items)))
    if isinstance(items, frozenset):
        return (type(value), value, frozenset(map(_value_key, items)))
    if isinstance(value, float | complex):
        return (type(value), value, repr(value))
    return (type(value), value)
