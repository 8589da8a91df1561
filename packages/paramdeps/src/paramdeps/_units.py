"""Lays out what `Shared` declares: values of the application, each with all that it needs."""

from dataclasses import replace
from typing import Any

from ._arguments import ArgumentMarker
from ._declarations import Input, Path, Report, binding_key, inputs_of, key_of
from ._depends import FactoryMarker, Use
from ._factories import Kind, binder, copier, dependency_kind, generator_of, identity, kind_of
from ._overrides import Overrides
from ._program import Key, Step, Unit
from ._signatures import name_of, text_of
from ._unrolling import Unrolled
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
        self.instances: list[tuple[Dependency[Any], Path]] = []
        """The dependencies among what the units need, and where."""

    def of_factory(self, declared: FactoryMarker, path: Path) -> Unrolled[Unit | None]:
        """The unit of a factory; None if it has a fault."""
        marker = declared if self._overrides is None else self._overrides.marker_for(declared)
        if is_dependency(marker):
            instance: Unit | None = yield self._of_instance(marker, path)
            return instance
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
            layout.positional.append((yield self._input(layout, each)))
        for each in keywords:
            layout.keywords.append((each.name, (yield self._input(layout, each))))
        self._underway.end(mark)
        made: Unit = yield layout.unit(kind_of(function), function, name, path, is_owned=fresh)
        if not fresh:  # which is nobody else's
            self._made[mark] = made
        return made

    def _of_instance(self, declared: Dependency[Any], path: Path) -> Unrolled[Unit | None]:
        instance = declared if self._overrides is None else self._overrides.instance_for(declared)
        if not is_dependency(instance):
            made: Unit | None = yield self.of_factory(instance, path)
            return made
        mark = id(instance)
        if mark not in self._made:
            self.instances.append((instance, path))
            name = type(instance).__name__
            layout = _Layout((instance,), "instance", mark)
            self._made[mark] = yield layout.unit(dependency_kind(instance), copier(instance), name, path)
        return self._made[mark]

    def _input(self, layout: "_Layout", each: Input) -> Unrolled[int]:
        """The slot of an argument of the factory that is laid out."""
        value = each.value
        unit: Unit | None = None
        if isinstance(value, FactoryMarker):
            unit = yield self.of_factory(value, each.path)
        elif is_dependency(value):
            unit = yield self._of_instance(value, each.path)
        elif isinstance(value, ArgumentMarker):
            if not value.optional:
                self._refuse(value.name or each.name, each.path)
            value = None
        slot = layout.need(unit) if unit else layout.place(value)
        for declared in each.wrappers:
            wrapper = declared if self._overrides is None else self._overrides.instance_for(declared)
            if not is_dependency(wrapper):
                made: Unit | None = yield self.of_factory(wrapper, each.path)
                if made:
                    layout.need(made)
                continue
            self.instances.append((wrapper, each.path))
            inner = _Layout((wrapper,), "hint", id(wrapper), each.name)
            inner.positional.append(inner.need(unit) if unit else inner.place(value))
            bound = binder(wrapper, each.name)
            name = type(wrapper).__name__
            layout.need((yield inner.unit(dependency_kind(wrapper), bound, name, each.path, is_owned=True)))
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

    def __init__(self, holds: tuple[object, ...], *own: object) -> None:
        self._holds = holds
        self._own = list(own)
        self._template: list[Any] = []
        self._needs: list[tuple[int, Unit]] = []
        self.positional: list[int] = []
        self.keywords: list[tuple[str, int]] = []

    def place(self, value: object) -> int:
        """A slot that holds `value`."""
        self._template.append(value)
        self._own.append(binding_key(value))
        return len(self._template) - 1

    def need(self, unit: Unit) -> int:
        """A slot for the value of another unit."""
        self._template.append(None)
        self._needs.append((len(self._template) - 1, unit))
        return self._needs[-1][0]

    def unit(self, kind: Kind, function: Any, name: str, path: Path, *, is_owned: bool = False) -> Unrolled[Unit]:
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
        slots = tuple(slot for slot, _ in self._needs)
        own = (*self._own, slots, len(self.positional), tuple(each for each, _ in keywords))
        key = Key(own, tuple(need.key for _, need in self._needs))
        needs = tuple(self._needs)
        if not is_owned:  # else it is done when its owner is known
            needs = yield _owned(needs, key)
        return Unit(key, object(), step, self._template, needs, self._holds, is_owned)


def _owned(needs: tuple[tuple[int, Unit], ...], owner: Key) -> Unrolled[tuple[tuple[int, Unit], ...]]:
    """What the unit with the key `owner` needs, with those that are for it alone made so."""
    done: dict[Unit, Unit] = {}
    for slot, need in needs:
        if not need.is_owned:
            done[need] = need
        elif need not in done:
            key = Key(("for", slot), (need.key, owner))
            # A hint's value is its owner's too; what else it needs for itself alone goes with it.
            rest = tuple(each for each in need.needs if each[1] not in done)
            inner = {**dict(need.needs), **dict((yield _owned(rest, key)))}
            found = tuple((place, done.get(unit, unit)) for place, unit in inner.items())
            done[need] = replace(need, key=key, token=object(), needs=found)
    return tuple((slot, done[need]) for slot, need in needs)


def _shared(marker: FactoryMarker) -> FactoryMarker:
    """`marker`, as if it had been declared with `Shared`: under one, `Depends` and `Shared` are the same."""
    return FactoryMarker(Use.SHARED, marker.factory, marker.args, marker.bindings)
