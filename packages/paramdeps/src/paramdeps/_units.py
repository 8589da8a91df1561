"""Lays out what `Shared` declares: values of the application, each with all that it needs."""

from typing import Any

from ._arguments import ArgumentMarker
from ._declarations import Input, Path, Report, binding_key, inputs_of, key_of
from ._depends import FactoryMarker, Use
from ._factories import Kind, binder, copier, dependency_kind, generator_of, identity, kind_of
from ._overrides import Overrides
from ._program import Step, Unit
from ._signatures import name_of, text_of
from .dependency import Dependency, is_dependency
from .errors import CircularDependencyError, ScopeError


class Underway:
    """What is being laid out: a thing that comes up again meanwhile needs itself.

    Parameters:
        name: the function that it is all for, for messages.
        report: what is done with a circle.
    """

    def __init__(self, name: str, report: Report) -> None:
        self._name = name
        self._report = report
        self._names: dict[object, str] = {}

    def begin(self, key: object, name: str, path: Path) -> bool:
        """Note that `name` is being laid out; False if it is already, which is a fault."""
        if key not in self._names:
            self._names[key] = name
            return True
        names = list(self._names.values())
        circle = (*names[list(self._names).index(key) :], name)
        self._report(
            CircularDependencyError(
                f"{self._name}() has dependencies that need each other: {' -> '.join(circle)}; "
                "let one of them do without the next",
                path,
                circle,
            )
        )
        return False

    def end(self, key: object) -> None:
        """Note that it is done."""
        del self._names[key]


class Units:
    """Makes units; whatever these need becomes a unit too.

    Parameters:
        overrides: what is replaced.
        underway: what is being laid out already.
        report: what is done with a fault.
    """

    def __init__(self, overrides: Overrides | None, underway: Underway, report: Report) -> None:
        self._overrides = overrides
        self._underway = underway
        self._report = report
        self._made: dict[object, Unit | None] = {}
        self.instances: list[Dependency[Any]] = []
        """The dependencies among what the units need."""

    def of_factory(self, declared: FactoryMarker, path: Path) -> Unit | None:
        """The unit of a factory; None if it has a fault."""
        marker = declared if self._overrides is None else self._overrides.marker_for(declared)
        if is_dependency(marker):
            return self._of_instance(marker, path)
        fresh = marker.use is Use.FRESH
        mark = ("application", key_of(marker, declared) if fresh else key_of(_shared(marker)))
        if mark in self._made:
            return self._made[mark]
        name = name_of(marker.factory)
        if not self._underway.begin(mark, name, path):
            return None
        positional, keywords = inputs_of(marker, path, self._report)
        function = generator_of(marker.factory)
        layout = _Layout((declared, marker.factory), id(declared) if fresh else None, identity(marker.factory))
        for each in positional:
            layout.positional.append(self._input(layout, each, marker))
        for each in keywords:
            layout.keywords.append((each.name, self._input(layout, each, marker)))
        self._underway.end(mark)
        made = self._made[mark] = layout.unit(kind_of(function), function, name, path)
        return made

    def _of_instance(self, declared: Dependency[Any], path: Path) -> Unit | None:
        instance = declared if self._overrides is None else self._overrides.instance_for(declared)
        if not is_dependency(instance):
            return self.of_factory(instance, path)
        mark = id(instance)
        if mark not in self._made:
            self.instances.append(instance)
            name = type(instance).__name__
            layout = _Layout((instance,), "instance", mark)
            self._made[mark] = layout.unit(dependency_kind(instance), copier(instance), name, path)
        return self._made[mark]

    def _input(self, layout: "_Layout", each: Input, marker: FactoryMarker) -> int:
        """The slot of an argument of the factory that is laid out."""
        value = each.value
        unit = None
        match value:
            case FactoryMarker():
                unit = self.of_factory(value, each.path)
            case ArgumentMarker():
                if not value.optional:
                    self._refuse(value.name or each.name, each.path)
                value = None
            case _ if is_dependency(value):
                unit = self._of_instance(value, each.path)
            case _:
                pass
        slot = layout.need(unit) if unit else layout.place(value)
        for index, declared in enumerate(each.wrappers):
            wrapper = declared if self._overrides is None else self._overrides.instance_for(declared)
            if not is_dependency(wrapper):
                if made := self.of_factory(wrapper, each.path):
                    layout.need(made)
                continue
            self.instances.append(wrapper)
            # Not by the identity of what is declared: a hint in quotes is another object each time it is read.
            which = index if wrapper is declared else id(wrapper)
            inner = _Layout((marker.factory, wrapper), "hint", (identity(marker.factory), each.name, which))
            inner.positional.append(inner.need(unit) if unit else inner.place(value))
            bound = binder(wrapper, each.name)
            layout.need(inner.unit(dependency_kind(wrapper), bound, type(wrapper).__name__, each.path))
        return slot

    def _refuse(self, argument: str, path: Path) -> None:
        self._report(
            ScopeError(
                f"{' -> '.join(path)} asks for the argument {argument!r} of a call, but belongs to a value that is "
                "Shared by all calls: declare that one with Depends, or pass the argument to a method of it",
                path,
            )
        )


class _Layout:
    """One unit, while it is laid out."""

    def __init__(self, holds: tuple[object, ...], *key: object) -> None:
        self._holds = holds
        self._key = list(key)
        self._template: list[Any] = []
        self._needs: list[tuple[int, Unit]] = []
        self.positional: list[int] = []
        self.keywords: list[tuple[str, int]] = []

    def place(self, value: object) -> int:
        """A slot that holds `value`."""
        self._template.append(value)
        self._key.append(binding_key(value))
        return len(self._template) - 1

    def need(self, unit: Unit) -> int:
        """A slot for the value of another unit."""
        self._template.append(None)
        self._key.append(unit.key)
        self._needs.append((len(self._template) - 1, unit))
        return self._needs[-1][0]

    def unit(self, kind: Kind, function: Any, name: str, path: Path) -> Unit:
        """What has been laid out."""
        keywords = tuple(self.keywords)
        step = Step(
            kind=kind,
            slot=len(self._template),
            function=function,
            positional=tuple(self.positional),
            keywords=keywords,
            only=self.positional[0] if len(self.positional) == 1 and not keywords else None,
            path=text_of(path, name),
            name=name,
        )
        key = (*self._key, len(self.positional), tuple(each for each, _ in keywords))
        return Unit(key, object(), step, self._template, tuple(self._needs), self._holds)


def _shared(marker: FactoryMarker) -> FactoryMarker:
    """`marker`, as if it had been declared with `Shared`: under one, `Depends` and `Shared` are the same."""
    return FactoryMarker(Use.SHARED, marker.factory, marker.args, marker.bindings)
