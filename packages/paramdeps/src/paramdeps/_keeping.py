"""What is kept of a function, on the function, and so no longer than it lives."""

from contextlib import suppress
from typing import Self


class Kept:
    """Something that was found out about a function, and is an attribute of it.

    A table of weak references would not do: a plan refers to the factories, these may refer to the function
    through a closure, and the table would so keep alive what it waits for to die. With an attribute, the same
    circle is one that the garbage collector sees.

    `functools.wraps` copies it to the wrapper, which is not the `owner`. A function that is pickled by value
    takes an empty one along.
    """

    __slots__ = ("owner",)

    def __init__(self, owner: object = None) -> None:
        self.owner = owner

    def __reduce__(self) -> tuple[type[Self], tuple[()]]:
        return (type(self), ())


def kept_by[K: Kept](function: object, attribute: str, kind: type[K]) -> K:
    """What `function` keeps as `attribute`; a passing one if it can have no attributes."""
    kept = getattr(function, "__dict__", {}).get(attribute)
    if isinstance(kept, kind) and kept.owner is function:
        return kept
    kept = kind(function)
    with suppress(AttributeError, TypeError):
        setattr(function, attribute, kept)
    return kept
