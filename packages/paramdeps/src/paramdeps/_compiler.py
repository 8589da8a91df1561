"""Compiles a signature into a `Program`: orders the dependencies and finds what cannot work."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from ._arguments import ArgumentMarker
from ._declarations import Input, Path, Report, inputs_of, key_of
from ._depends import FactoryMarker, Use
from ._factories import Kind, binder, copier, dependency_kind, generator_of, kind_of
from ._overrides import Overrides
from ._placeholders import is_declared, undelivered
from ._program import Lookup, Program, Step, Unit, find
from ._signatures import NAMED, POSITIONAL, name_of, text_of
from ._units import Underway, Units
from ._unrolling import Unrolled, unroll
from .dependency import Dependency, is_dependency
from .errors import (
    DeclarationError,
    DuplicateDependencyError,
    InvalidDependencyError,
    UnknownArgumentError,
    UnresolvableHintError,
)


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a function declares.

    Attributes:
        name: the function's name, for messages.
        signature: its signature.
        wrappers: the dependencies in the hints of its parameters, for those that have any.
    """

    name: str
    signature: Signature
    wrappers: Mapping[str, tuple[Dependency[Any], ...]]


def raise_it(fault: DeclarationError) -> None:
    """Do with a fault what is usual: a hint that may well hold no dependency is none."""
    if not isinstance(fault, UnresolvableHintError) or fault.is_lost:
        raise fault


def compile_program(
    declaration: Declaration,
    given: frozenset[str] = frozenset(),
    overrides: Overrides | None = None,
    report: Report = raise_it,
) -> Program:
    """The program for calls that pass the parameters `given` and leave the other dependencies.

    Parameters:
        declaration: what the function declares.
        given: the names of the dependency parameters that the caller passes.
        overrides: what is replaced.
        report: what is done with a fault. If it does not raise, the program is good for nothing.

    Raises:
        DeclarationError: the declaration cannot work.
    """
    return unroll(_Compiler(declaration, given, overrides, report).program())


def unit_of(declared: FactoryMarker, overrides: Overrides | None) -> Unit:
    """The unit of a factory that is wanted by no function, but for itself.

    Raises:
        DeclarationError: its dependencies cannot work.
    """
    name = name_of(declared.factory)
    units = Units(overrides, Underway(name, raise_it), raise_it)
    made: Any = unroll(units.of_factory(declared, ()))
    unit: Unit = made  # it is None only after a fault that has not been raised
    _check_instances(name, units.instances, raise_it)
    return unit


class _Compiler:
    """One compilation; holds what has been laid out so far."""

    def __init__(
        self, declaration: Declaration, given: frozenset[str], overrides: Overrides | None, report: Report
    ) -> None:
        self._name = declaration.name
        self._parameters = declaration.signature.parameters
        self._wrappers = declaration.wrappers
        self._given = given
        self._overrides = overrides
        self._report = report
        self._template: list[Any] = []
        self._lookups: list[Lookup] = []
        self._found: int | None = None
        self._steps: list[Step] = []
        self._instances: list[tuple[Dependency[Any], Path]] = []
        self._slots: dict[object, int] = {}
        self._underway = Underway(self._name, report)
        self._units = Units(overrides, self._underway, report)

    def program(self) -> Unrolled[Program]:
        """Lay out all that is left to resolve."""
        keywords: list[tuple[str, int]] = []
        positional: list[int] = []
        required = positional_dependencies = 0
        for parameter in self._parameters.values():
            wanted = is_declared(parameter.default) and parameter.name not in self._given
            if parameter.kind is Parameter.POSITIONAL_ONLY:
                required += parameter.default is Parameter.empty
                positional_dependencies += wanted
                positional.append((yield self._parameter(parameter)) if wanted else self._place(parameter.default))
            elif wanted:
                keywords.append((parameter.name, (yield self._parameter(parameter))))
            if wrappers := self._wrappers.get(parameter.name):
                path = (f"{self._name}.{parameter.name}",)
                slot = yield self._argument(parameter.name, False, path)
                yield self._wrap(Input(parameter.name, path, None, wrappers), slot)
        if self._steps:
            yield self._require()
        _check_instances(self._name, [*self._instances, *self._units.instances], self._report)
        return Program(
            name=self._name,
            template=self._template,
            prepares=bool(self._lookups) or self._found is not None,
            lookups=tuple(self._lookups),
            found=self._found,
            steps=tuple(self._steps),
            keywords=tuple(keywords),
            positional=tuple(positional) if positional_dependencies else (),
            required=required,
            instances=tuple([instance for instance, _ in self._instances]),
            plain=[None] * len(self._template),
            matches={},
        )

    def _require(self) -> Unrolled[None]:
        """Look up what the call must pass in any case, so that nothing is entered for a call that does not."""
        for parameter in self._parameters.values():
            if parameter.kind in NAMED and parameter.default is Parameter.empty:
                yield self._argument(parameter.name, False, (f"{self._name}.{parameter.name}",))

    def _place(self, value: object) -> int:
        """A new slot that begins as `value`."""
        self._template.append(value)
        return len(self._template) - 1

    def _parameter(self, parameter: Parameter) -> Unrolled[int]:
        """The slot of a parameter of the called function that is a dependency."""
        label = f"{self._name}.{parameter.name}"
        key = ("parameter", parameter.name)
        if key not in self._slots:
            if not self._underway.begin(key, label, ()):
                return self._place(None)
            self._slots[key] = yield self._value(parameter.default, parameter.name, (label,))
            self._underway.end(key)
        return self._slots[key]

    def _value(self, value: object, parameter: str, path: Path) -> Unrolled[int]:
        """The slot of what a default or a binding stands for."""
        slot: int
        if is_dependency(value):
            slot = yield self._dependency(value, path)
        elif isinstance(value, FactoryMarker):
            slot = yield self._factory(value, path)
        elif isinstance(value, ArgumentMarker):
            slot = yield self._argument(value.name or parameter, value.optional, path)
        else:
            slot = self._place(value)
        return slot

    def _dependency(self, declared: Dependency[Any], path: Path) -> Unrolled[int]:
        instance = declared if self._overrides is None else self._overrides.instance_for(declared)
        if not is_dependency(instance):
            slot: int = yield self._factory(instance, path)
            return slot
        key = id(instance)
        if key not in self._slots:
            self._instances.append((instance, path))
            self._slots[key] = self._step(dependency_kind(instance), copier(instance), type(instance).__name__, path)
        return self._slots[key]

    def _factory(self, declared: FactoryMarker, path: Path) -> Unrolled[int]:
        slot: int
        if declared.use is Use.SHARED:
            slot = yield self._shared(declared, path)
            return slot
        marker = declared if self._overrides is None else self._overrides.marker_for(declared)
        if is_dependency(marker):
            slot = yield self._dependency(marker, path)
            return slot
        key = key_of(marker, declared)
        if key in self._slots:
            return self._slots[key]
        name = name_of(marker.factory)
        if not self._underway.begin(key, name, path):
            return self._place(None)
        function = generator_of(marker.factory)
        positional: list[int] = []
        keywords: list[tuple[str, int]] = []
        by_position, by_name = inputs_of(marker, path, self._report)
        for each in by_position:
            slot = yield self._input(each)
            positional.append(slot)
        for each in by_name:
            slot = yield self._input(each)
            keywords.append((each.name, slot))
        slot = self._step(kind_of(function), function, name, path, tuple(positional), tuple(keywords))
        self._underway.end(key)
        if marker.use is not Use.FRESH:  # which is nobody else's
            self._slots[key] = slot
        return slot

    def _shared(self, declared: FactoryMarker, path: Path) -> Unrolled[int]:
        """The slot of a value of the application."""
        key = key_of(declared)
        if key not in self._slots:
            unit: Unit | None = yield self._units.of_factory(declared, path)
            if unit is None:
                return self._place(None)
            if self._found is None:
                self._found = self._place(None)
            self._slots[key] = self._step(Kind.SHARED, find(unit), unit.step.name, path, (self._found,), unit=unit)
        return self._slots[key]

    def _input(self, each: Input) -> Unrolled[int]:
        """The slot of an argument of a factory."""
        slot: int = yield self._value(each.value, each.name, each.path)
        yield self._wrap(each, slot)
        return slot

    def _wrap(self, each: Input, slot: int) -> Unrolled[None]:
        """Enter what is in a parameter's hint, with the value that is in `slot`."""
        for declared in each.wrappers:
            wrapper = declared if self._overrides is None else self._overrides.instance_for(declared)
            if not is_dependency(wrapper):
                yield self._factory(wrapper, each.path)
                continue
            self._instances.append((wrapper, each.path))
            name = type(wrapper).__name__
            self._step(dependency_kind(wrapper), binder(wrapper, each.name), name, each.path, (slot,))

    def _step(
        self,
        kind: Kind,
        function: Any,
        name: str,
        path: Path,
        positional: tuple[int, ...] = (),
        keywords: tuple[tuple[str, int], ...] = (),
        unit: Unit | None = None,
    ) -> int:
        """Add a step; the result is the slot of its value."""
        slot = self._place(None)
        only = positional[0] if len(positional) == 1 and not keywords else None
        self._steps.append(Step(kind, slot, function, positional, keywords, only, text_of(path, name), name, unit))
        return slot

    def _argument(self, name: str, optional: bool, path: Path) -> Unrolled[int]:
        """The slot of an argument of the call."""
        key = ("argument", name, optional)
        parameter = self._parameters.get(name)
        if parameter is not None and parameter.kind in NAMED:
            if is_declared(parameter.default) and name not in self._given:
                slot: int = yield self._parameter(parameter)
                return slot
        elif any(other.kind is Parameter.VAR_KEYWORD for other in self._parameters.values()):
            parameter = Parameter(name, Parameter.KEYWORD_ONLY)
        elif optional:
            return self._place(None)
        else:
            names = ", ".join(other.name for other in self._parameters.values() if other.kind in NAMED)
            self._report(
                UnknownArgumentError(
                    f"{' -> '.join(path)} asks for the argument {name!r} of {self._name}(), which has no such "
                    f"parameter: name one of those it has ({names or 'none'}), or say optional=True",
                    path,
                )
            )
            return self._place(None)
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


def _check_instances(name: str, instances: list[tuple[Dependency[Any], Path]], report: Report) -> None:
    """Refuse two dependencies of a kind that is `single`, and those that declare dependencies in vain."""
    seen: dict[type, str] = {}
    for instance, path in instances:
        if method := undelivered(instance):
            kind_name = type(instance).__name__
            report(
                InvalidDependencyError(
                    f"{text_of(path, kind_name)} has {kind_name}.{method}, which nothing resolves: only what factories "
                    "and called functions declare is; write a generator function instead of the class",
                    path,
                )
            )
        if type(instance).single:
            kind = next(base for base in type(instance).__mro__ if base.__dict__.get("single") is True)
            place = text_of(path, type(instance).__name__)
            if kind in seen:
                report(
                    DuplicateDependencyError(
                        f"{name}() declares more than one {kind.__name__}: {seen[kind]}, and {place}; keep one of them",
                        path,
                        kind,
                    )
                )
            seen[kind] = place
