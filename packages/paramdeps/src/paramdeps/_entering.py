"""Enters a single step, where that is done by something else than the loop of `Resolution` or generated code."""

from typing import Any

from ._factories import Kind, nature
from ._generators import FINISHED, refuse_empty
from ._program import Step

_KEPT = (Kind.GENERATOR, Kind.ASYNC_GENERATOR, Kind.MANAGER, Kind.ASYNC_MANAGER, Kind.DEPENDENCY)
"""The kinds that have to be left."""


def make(step: Step, values: list[Any]) -> Any:
    """Call what a step calls."""
    positional = [values[slot] for slot in step.positional]
    return step.function(*positional, **{name: values[slot] for name, slot in step.keywords})


async def enter(step: Step, made: Any) -> tuple[Kind, Any, Any]:
    """Enter what was made for a step.

    Returns:
        How it is to be left, what is, and the value; None in place of the second if there is nothing to leave.
    """
    kind = nature(made, step.path) if step.kind is Kind.CALL else step.kind
    if kind in (Kind.VALUE, Kind.SHARED):
        value = made
    elif kind is Kind.AWAITABLE:
        value = await made
    elif kind is Kind.ASYNC_GENERATOR:
        value = await anext(made, FINISHED)
    elif kind is Kind.GENERATOR:
        value = next(made, FINISHED)
    elif kind is Kind.MANAGER:
        value = made.__enter__()
    else:
        value = await made.__aenter__()
    if value is FINISHED:
        refuse_empty(step.path)
    return kind, made if kind in _KEPT else None, value
