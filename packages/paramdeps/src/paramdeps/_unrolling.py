"""Lets functions ask for one another at any depth: as generators that yield the next one, and get its result.

Dependencies may be as deep as they like; what lays them out must not end in a `RecursionError` half-way.
"""

from collections.abc import Generator
from typing import Any

type Unrolled[T] = Generator[Unrolled[Any], Any, T]
"""A function whose result is a T, and that yields others of the kind where it would have called them."""


def unroll[T](first: Unrolled[T]) -> T:
    """The result of `first`, with all that it asks for run by this loop."""
    stack: list[Unrolled[Any]] = [first]
    result: Any = None
    while stack:
        try:
            asked = stack[-1].send(result)
        except StopIteration as finished:
            stack.pop()
            result = finished.value
        else:
            stack.append(asked)
            result = None
    value: T = result
    return value
