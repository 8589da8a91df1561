"""What `docket strike`, `restore` and `strikes` have in common."""

import ast
from typing import Annotated

import typer

from ..model.strikes import Strike

Function = Annotated[
    str,
    typer.Argument(metavar="FUNCTION", help="The name of the task; '*' for every task.", show_default=False),
]
Parameter = Annotated[
    str | None,
    typer.Argument(metavar="PARAMETER", help="The parameter whose argument decides.", show_default="the whole task"),
]
Comparison = Annotated[
    str, typer.Argument(metavar="OPERATOR", help="One of == != > >= < <= between; quote it for your shell.")
]
Value = Annotated[
    str | None,
    typer.Argument(
        metavar="VALUE",
        help="A literal of Python, such as 5, None, '\"5\"' or (for between) 1,10; other words are text. "
        "Write -- before one that begins with a dash.",
        show_default="None",
    ),
]


def parse_value(text: str | None) -> object:
    """Read a value as a literal of Python, or else as the text that it is."""
    if text is None:
        return None
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def rule_of(function: str, parameter: str | None, operator: str, value: str | None) -> Strike:
    """The strike that the arguments of a command say.

    Raises:
        InvalidStrike: it makes no sense; the error says why.
    """
    return Strike.of(None if function == "*" else function, parameter, operator, parse_value(value))
