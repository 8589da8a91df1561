"""What a callable takes and what to call it in a message."""

import functools
import inspect
import sys
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any, get_origin

if sys.version_info >= (3, 14):
    from annotationlib import Format

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
NAMED = (*POSITIONAL, Parameter.KEYWORD_ONLY)


def signature_of(function: Callable[..., Any]) -> Signature | None:
    """The signature of `function`, or None if it has none, as some builtins have.

    Annotations are left alone: what they name may be imported for type checkers only.
    """
    function = origin_of(function)
    if isinstance(inspect.getattr_static(type(function), "__call__", None), staticmethod | classmethod):
        function = getattr(function, "__call__")  # noqa: B004, B009 - early versions of 3.12 drop its first parameter
    try:
        if sys.version_info >= (3, 14):
            return inspect.signature(function, annotation_format=Format.FORWARDREF)
        return inspect.signature(function)
    except ValueError:
        return None


def origin_of(function: Callable[..., Any]) -> Callable[..., Any]:
    """The class that a generic alias such as `Repository[int]` makes instances of; else `function` itself."""
    origin = get_origin(function)
    return origin if isinstance(origin, type) else function


def name_of(function: Callable[..., Any]) -> str:
    """The name by which messages speak of `function`; that of its class if it has none itself."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


def text_of(path: tuple[str, ...], last: str) -> str:
    """The path to `last` as messages show it: `report.db -> connection.pool -> pool`."""
    return " -> ".join((*path, last))
