"""The records that a compiled function consists of; they are made once and then only read.

Each call has a list of values. It begins as a copy of `Program.template`, which holds the constants; every
lookup and every step fills one place of it, its slot, from places that were filled before. Whatever runs a
program, the loop in `_resolution` or generated code, does this, in this order:

1. If `prepares`: fill the slot of every lookup, or raise `MissingArgumentError`; and if `found` is not None,
   fill that slot with `Scope.found_here()` of the application, or raise `MissingAppError` when there is none.
2. For every step, in order: call `function` with the values of its slots, and do with the result what `kind`
   says; the value goes to `slot`, and what has to be left is remembered. That is all there is to a bare
   factory, to a `Dependency` and to one that stands in an `Annotated` hint alike: the `function` of the
   latter two makes this call's copy of the instance, for a hint after telling it the parameter's name and,
   as `only`, its value. A replaced factory (see `override`) is simply another program.
   A step of kind SHARED asks the dictionary in `found`, and gets the value, or MISSING; then, and only then,
   it awaits `Scope.build(step.unit)` for it.
3. Add `keywords`, and `positional` if the call has left some of these out, to the arguments.

When a step raises, what was entered is left in reverse order with `_leaving.abandon`, which notes the step's
`path` on the error, and it is raised again. Only calls without special wishes may run generated code:
with an application for which `Scope.is_special` is true (it collects errors, enters concurrently, or limits
the time of clean-ups) it is always the loop's turn, which then passes the call on to slower ways.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from operator import methodcaller
from typing import Any, final

from ._factories import Kind
from .dependency import Dependency

MISSING = object()
"""What a step of kind SHARED finds in place of a value that is not built yet."""


@dataclass(frozen=True, slots=True)
class Step:
    """One dependency to enter: call `function`, and make of its result what `kind` says.

    Attributes:
        kind: what the result is.
        slot: the place for the value.
        function: what is called.
        positional: the slots of the positional arguments.
        keywords: the names and slots of the keyword arguments.
        only: the slot of the only argument, if there is just one and it is positional: the usual case, which
            costs half of the general one.
        path: how the called function came to need it, for messages.
        name: what is entered, for people.
        unit: the shared value that a step of kind SHARED wants; None for the others.
    """

    kind: Kind
    slot: int
    function: Callable[..., Any]
    positional: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    only: int | None
    path: str
    name: str
    unit: "Unit | None" = None

    @property
    def slots(self) -> tuple[int, ...]:
        """The slots of all arguments."""
        return (*self.positional, *(slot for _, slot in self.keywords))


@final
class Key:
    """What tells units apart: what each is itself, and the keys of those that it needs.

    A tuple of tuples would do, but its hash and its comparison visit what several need once for each of these, which
    doubles the time with every layer of such.

    Parameters:
        own: what it is itself; hashable.
        needs: the keys of what it needs.
    """

    __slots__ = ("_hash", "_needs", "_own")

    def __init__(self, own: tuple[object, ...], needs: "tuple[Key, ...]") -> None:
        self._own = own
        self._needs = needs
        self._hash = hash((own, needs))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        seen: set[tuple[int, int]] = set()
        pairs: list[tuple[Key, Key]] = [(self, other)]
        while pairs:
            one, two = pairs.pop()
            if one is two or (id(one), id(two)) in seen:
                continue
            seen.add((id(one), id(two)))
            if one._hash != two._hash or one._own != two._own or len(one._needs) != len(two._needs):
                return False
            pairs += zip(one._needs, two._needs, strict=True)
        return True


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Unit:
    """One shared value: how an application makes it.

    Attributes:
        key: equal for what is the same value in one application: the same factory with the same bindings and
            the same dependencies.
        token: stands for this very unit among what an application has `found`: to look up `key` takes longer.
        step: how it is entered; its slots are places of `template`.
        template: the values before anything has run.
        needs: the slots that values of other units fill, and these units.
        holds: what `key` knows by its identity only, which could be another's if it were gone.
        is_owned: whether it is for the unit that needs it alone.
    """

    key: Key
    token: object
    step: Step
    template: list[Any]
    needs: tuple[tuple[int, "Unit"], ...]
    holds: tuple[object, ...]
    is_owned: bool = False


def find(unit: Unit) -> Callable[[dict[object, Any]], Any]:
    """The `function` of a step of kind SHARED."""
    return methodcaller("get", unit.token, MISSING)


@dataclass(frozen=True, slots=True)
class Lookup:
    """One argument of the call that a dependency wants.

    Attributes:
        slot: the place for it; it holds the default already.
        position: its index among the positional arguments; if it cannot be there, beyond any.
        keyword: its name among the keyword arguments; None if it cannot be there.
        required: whether it must be in one of both.
        name: its name, for messages.
        path: who wants it, for messages.
    """

    slot: int
    position: int
    keyword: str | None
    required: bool
    name: str
    path: str


type Opened = list[tuple[Kind, Any, Step]]
"""What has been entered and is to be left: how, what, and the step that made it."""

type Run = Callable[["Program", Callable[..., Any], tuple[Any, ...], Mapping[str, Any], Any], Coroutine[Any, Any, Any]]
"""What resolves, calls a function and cleans up: given its program, itself, the arguments of the call, and its scope.

The scope is a `Scope`, which knows of programs, or None where there is no application.
"""


@dataclass(eq=False, slots=True)
class Program:
    """What to do for a call that passes certain of its dependency parameters itself.

    Attributes:
        name: the name of the function, for messages.
        template: the values before anything has run.
        prepares: whether there is anything to do before the steps: lookups, or `found`.
        lookups: the arguments to look up, before any step.
        found: the slot for what the application has built so far; None if no step wants it.
        steps: the dependencies to enter, in this order.
        keywords: the names and slots of the arguments to add by keyword.
        positional: the slots of all positional-only arguments, to add those that the call left out.
        required: how many of these the call itself must pass.
        instances: the `Dependency` instances that the steps of the two kinds DEPENDENCY enter copies of, in
            the same order.
        plain: per slot, the type that the step's result had last time, if it was one to use as it is; so
            the nature of a result is found out once rather than in each call.
        matches: what `matching` found.
        calls: how often the loop has run it.
        run: what runs it, once that is decided. This and the three before it are all that changes.
    """

    name: str
    template: list[Any]
    prepares: bool
    lookups: tuple[Lookup, ...]
    found: int | None
    steps: tuple[Step, ...]
    keywords: tuple[tuple[str, int], ...]
    positional: tuple[int, ...]
    required: int
    instances: tuple[Dependency[Any], ...]
    plain: list[type | None]
    matches: dict[object, tuple[int, ...]]
    calls: int = 0
    run: Run | None = None

    def matching(self, kind: Any) -> tuple[int, ...]:
        """The indices of those `instances` that are of `kind`."""
        found = self.matches.get(kind)
        if found is None:
            pairs = enumerate(self.instances)
            found = self.matches[kind] = tuple(index for index, each in pairs if isinstance(each, kind))
        return found
