"""What a callable takes and what to call it in a message."""

import functools
import inspect
import sys
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

if sys.version_info >= (3, 14):
    from annotationlib import Format

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
NAMED = (*POSITIONAL, Parameter.KEYWORD_ONLY)


def signature_of(function: Callable[..., Any]) -> Signature | None:
    """The signature of `function`, or None if it has none, as some builtins have.

    Annotations are left alone: what they name may be imported for type checkers only.
    """
    try:
        if sys.version_info >= (3, 14):
            return inspect.signature(function, annotation_format=Format.FORWARDREF)
        return inspect.signature(function)
    except ValueError:
        return None


def name_of(function: Callable[..., Any]) -> str:
    """The name by which messages speak of `function`; that of its class if it has none itself."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(function, "__name__", type(function).__name__)


def text_of(path: tuple[str, ...], last: str) -> str:
    """The path to `last` as messages show it: `report.db -> connection.pool -> pool`."""
    return " -> ".join((*path, last))
