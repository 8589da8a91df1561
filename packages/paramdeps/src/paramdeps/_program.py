"""The records that a compiled function consists of; they are made once and then only read.

Each call has a list of values. It begins as a copy of `Program.template`, which holds the constants; every
lookup and every step fills one place of it, its slot, from places that were filled before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._factories import Kind
from .dependency import Dependency


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
    """

    kind: Kind
    slot: int
    function: Callable[..., Any]
    positional: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    only: int | None
    path: str


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


@dataclass(frozen=True, slots=True)
class Program:
    """What to do for a call that passes certain of its dependency parameters itself.

    Attributes:
        template: the values before anything has run.
        lookups: the arguments to look up, before any step.
        steps: the dependencies to enter, in this order.
        keywords: the names and slots of the arguments to add by keyword.
        positional: the slots of all positional-only arguments, to add those that the call left out.
        required: how many of these the call itself must pass.
        instances: the `Dependency` instances that the steps enter copies of, in the same order.
        plain: per slot, the type that the step's result had last time, if it was one to use as it is; so
            the nature of a result is found out once rather than in each call.
        matches: what `matching` found. This and `plain` are all that changes, and they only remember.
    """

    template: list[Any]
    lookups: tuple[Lookup, ...]
    steps: tuple[Step, ...]
    keywords: tuple[tuple[str, int], ...]
    positional: tuple[int, ...]
    required: int
    instances: tuple[Dependency[Any], ...]
    plain: list[type | None]
    matches: dict[object, tuple[int, ...]]

    def matching(self, kind: Any) -> tuple[int, ...]:
        """The indices of those `instances` that are of `kind`."""
        found = self.matches.get(kind)
        if found is None:
            pairs = enumerate(self.instances)
            found = self.matches[kind] = tuple(index for index, each in pairs if isinstance(each, kind))
        return found
