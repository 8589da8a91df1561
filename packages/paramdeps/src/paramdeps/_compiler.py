"""Compiles a signature into a `Program`: orders the dependencies and finds what cannot work."""

import sys
from inspect import Parameter, Signature
from typing import Any

from ._arguments import ArgumentMarker
from ._depends import FactoryMarker
from ._factories import Kind, copier, generator_of, identity, kind_of
from ._program import Lookup, Program, Step
from ._signatures import NAMED, POSITIONAL, name_of, signature_of, text_of
from .dependency import Dependency, is_dependency
from .errors import (
    CircularDependencyError,
    DuplicateDependencyError,
    UnboundParameterError,
    UnknownArgumentError,
)

type Path = tuple[str, ...]


def is_declared(value: object) -> bool:
    """Whether `value`, as a default or a binding, stands for something to be resolved."""
    return isinstance(value, FactoryMarker | Dependency | ArgumentMarker)


def compile_program(name: str, signature: Signature, given: frozenset[str]) -> Program:
    """The program for calls that pass the parameters `given` and leave the other dependencies.

    Parameters:
        name: the function's name, for messages.
        signature: the function's signature.
        given: the names of the dependency parameters that the caller passes.

    Raises:
        DeclarationError: the declaration cannot work.
    """
    return _Compiler(name, signature, given).program()


class _Compiler:
    """One compilation; holds what has been laid out so far."""

    def __init__(self, name: str, signature: Signature, given: frozenset[str]) -> None:
        self._name = name
        self._parameters = signature.parameters
        self._given = given
        self._template: list[Any] = []
        self._lookups: list[Lookup] = []
        self._steps: list[Step] = []
        self._instances: list[Dependency[Any]] = []
        self._slots: dict[object, int] = {}
        self._underway: dict[object, str] = {}

    def program(self) -> Program:
        """Lay out all that is left to resolve."""
        keywords: list[tuple[str, int]] = []
        positional: list[int] = []
        required = positional_dependencies = 0
        for parameter in self._parameters.values():
            wanted = is_declared(parameter.default) and parameter.name not in self._given
            if parameter.kind is Parameter.POSITIONAL_ONLY:
                required += parameter.default is Parameter.empty
                positional_dependencies += wanted
                positional.append(self._parameter(parameter) if wanted else self._place(parameter.default))
            elif wanted:
                keywords.append((parameter.name, self._parameter(parameter)))
        _check_single(self._name, self._instances)
        return Program(
            self._name,
            self._template,
            bool(self._lookups),
            tuple(self._lookups),
            None,
            tuple(self._steps),
            tuple(keywords),
            tuple(positional) if positional_dependencies else (),
            required,
            tuple(self._instances),
            [None] * len(self._template),
            {},
        )

    def _place(self, value: object) -> int:
        """A new slot that begins as `value`."""
        self._template.append(value)
        return len(self._template) - 1

    def _parameter(self, parameter: Parameter) -> int:
        """The slot of a parameter of the called function that is a dependency."""
        label = f"{self._name}.{parameter.name}"
        key = ("parameter", parameter.name)
        if key not in self._slots:
            self._enter(key, label, ())
            self._slots[key] = self._value(parameter.default, parameter.name, (label,))
            del self._underway[key]
        return self._slots[key]

    def _value(self, value: object, parameter: str, path: Path) -> int:
        """The slot of what a default or a binding stands for."""
        if is_dependency(value):
            return self._dependency(value, path)
        match value:
            case FactoryMarker():
                return self._factory(value, path)
            case ArgumentMarker():
                return self._argument(value.name or parameter, value.optional, path)
            case _:
                return self._place(value)

    def _dependency(self, instance: Dependency[Any], path: Path) -> int:
        key = id(instance)
        if key not in self._slots:
            kind = type(instance)
            has_exit = kind.__aexit__ is not vars(Dependency)["__aexit__"]
            step = Step(
                kind=Kind.DEPENDENCY if has_exit else Kind.DEPENDENCY_WITHOUT_EXIT,
                slot=self._place(None),
                function=copier(instance),
                positional=(),
                keywords=(),
                only=None,
                path=text_of(path, kind.__name__),
                name=kind.__name__,
            )
            self._steps.append(step)
            self._instances.append(instance)
            self._slots[key] = step.slot
        return self._slots[key]

    def _factory(self, marker: FactoryMarker, path: Path) -> int:
        key = _key(marker)
        if key not in self._slots:
            name = name_of(marker.factory)
            function = generator_of(marker.factory)
            self._enter(key, name, path)
            positional, keywords = self._arguments_of(marker, name, path)
            step = Step(
                kind=kind_of(function),
                slot=self._place(None),
                function=function,
                positional=positional,
                keywords=keywords,
                only=positional[0] if len(positional) == 1 and not keywords else None,
                path=text_of(path, name),
                name=name,
            )
            self._steps.append(step)
            self._slots[key] = step.slot
            del self._underway[key]
        return self._slots[key]

    def _arguments_of(
        self, marker: FactoryMarker, name: str, path: Path
    ) -> tuple[tuple[int, ...], tuple[tuple[str, int], ...]]:
        """The slots of what a factory is called with; what is left to its own plain defaults is left out.

        As much as possible is passed by position, which is the faster way.
        """
        positional: list[int] = []
        keywords: list[tuple[str, int]] = []
        signature = signature_of(marker.factory)
        parameters = signature.parameters.values() if signature else ()
        open_names = dict(marker.bindings)
        contiguous = True
        for index, parameter in enumerate(parameters):
            inner = (*path, f"{name}.{parameter.name}")
            if parameter.kind not in NAMED:
                continue
            if index < len(marker.args) and parameter.kind in POSITIONAL:
                value = marker.args[index]
            elif parameter.kind is not Parameter.POSITIONAL_ONLY and parameter.name in open_names:
                value = open_names.pop(parameter.name)
            elif parameter.default is Parameter.empty:
                raise UnboundParameterError(
                    f"{' -> '.join(inner)} has no value: give the parameter a default or a dependency, "
                    f"or bind it: Depends({name}, {parameter.name}=...)",
                    inner,
                )
            elif is_declared(parameter.default) or parameter.kind is Parameter.POSITIONAL_ONLY:
                value = parameter.default
            else:
                contiguous = False
                continue
            slot = self._value(value, parameter.name, inner)
            if parameter.kind in POSITIONAL and contiguous:
                positional.append(slot)
            else:
                keywords.append((parameter.name, slot))
        positional += [self._value(value, "*", (*path, name)) for value in marker.args[len(positional) :]]
        keywords += [
            (binding, self._value(value, binding, (*path, f"{name}.{binding}")))
            for binding, value in open_names.items()
        ]
        return tuple(positional), tuple(keywords)

    def _argument(self, name: str, optional: bool, path: Path) -> int:
        """The slot of an argument of the call."""
        key = ("argument", name, optional)
        parameter = self._parameters.get(name)
        if parameter is not None and parameter.kind in NAMED:
            if is_declared(parameter.default) and name not in self._given:
                return self._parameter(parameter)
        elif any(other.kind is Parameter.VAR_KEYWORD for other in self._parameters.values()):
            parameter = Parameter(name, Parameter.KEYWORD_ONLY)
        elif optional:
            return self._place(None)
        else:
            names = ", ".join(other.name for other in self._parameters.values() if other.kind in NAMED)
            raise UnknownArgumentError(
                f"{' -> '.join(path)} asks for the argument {name!r} of {self._name}(), which has no such "
                f"parameter: name one of those it has ({names or 'none'}), or say optional=True",
                path,
            )
        if key not in self._slots:
            required = parameter.default is Parameter.empty and not optional
            default = None if parameter.default is Parameter.empty else parameter.default
            positions = list(self._parameters)
            by_position = parameter.kind in POSITIONAL
            lookup = Lookup(
                slot=self._place(default),
                position=positions.index(name) if by_position else sys.maxsize,
                keyword=None if parameter.kind is Parameter.POSITIONAL_ONLY else name,
                required=required,
                name=name,
                path=" -> ".join(path),
            )
            self._lookups.append(lookup)
            self._slots[key] = lookup.slot
        return self._slots[key]

    def _enter(self, key: object, name: str, path: Path) -> None:
        """Note that `name` is being laid out, and refuse to do so within itself."""
        if key in self._underway:
            names = list(self._underway.values())
            circle = (*names[list(self._underway).index(key) :], name)
            circle_text = " -> ".join(circle)
            raise CircularDependencyError(
                f"{self._name}() has dependencies that need each other: {circle_text}; "
                "let one of them do without the next",
                path,
                circle,
            )
        self._underway[key] = name


def _key(marker: FactoryMarker) -> object:
    """A key that is equal for the same factory with the same bindings."""
    return (
        identity(marker.factory),
        tuple(map(_binding_key, marker.args)),
        frozenset((name, _binding_key(value)) for name, value in marker.bindings.items()),
    )


def _binding_key(value: object) -> object:
    """A key that is equal for the same binding; what cannot be hashed is the same only as itself."""
    if isinstance(value, FactoryMarker):
        return _key(value)
    if is_dependency(value):
        return ("the same object", id(value))
    try:
        hash(value)
    except TypeError:
        return ("the same object", id(value))
    return (type(value), value)  # 1, 1.0 and True are equal, and yet not the same binding


def _check_single(name: str, instances: list[Dependency[Any]]) -> None:
    """Refuse two dependencies of a kind that is `single`."""
    seen: dict[type, Dependency[Any]] = {}
    for instance in instances:
        if type(instance).single:
            kind = next(base for base in type(instance).__mro__ if base.__dict__.get("single") is True)
            if kind in seen:
                raise DuplicateDependencyError(
                    f"{name}() declares more than one {kind.__name__}: {_class_name(seen[kind])} and "
                    f"{_class_name(instance)}; keep one of them",
                    kind,
                )
            seen[kind] = instance


def _class_name(instance: Dependency[Any]) -> str:
    return type(instance).__name__
