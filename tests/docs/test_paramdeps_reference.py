"""The reference of paramdeps is its docstrings."""

import inspect
import sys
from pathlib import Path
from typing import Any

import paramdeps

PAGE = Path(__file__).parents[2] / "docs" / "paramdeps" / "reference.md"
CHAPTERS = {
    "Declaring": ["Depends", "Fresh", "Shared", "Argument", "entered", "marker", "Dependency", "Resource"],
    "Calling": ["App", "call", "call_sync", "stream", "without_dependencies", "override"],
    "Looking": ["validate", "mermaid", "plan", "Plan", "PlannedStep", "Resolution"],
    "Errors": [],
}
CHAPTERS["Errors"] = [name for name in paramdeps.__all__ if not any(name in names for names in CHAPTERS.values())]


def entry(name: str, thing: Any, level: int) -> str:
    """A heading and the docstring; the examples in it are indented, and so are code."""
    return f"{'#' * level} `{name}`\n\n```text\n{inspect.getdoc(thing)}\n```\n"


def members(thing: Any) -> list[tuple[str, Any]]:
    """What a class has that is public and described in itself."""
    if not inspect.isclass(thing) or issubclass(thing, Exception):
        return []
    named = [(name, value) for name, value in vars(thing).items() if not name.startswith("_")]
    return [(name, value) for name, value in named if getattr(value, "__doc__", None) and not is_field(thing, name)]


def is_field(thing: Any, name: str) -> bool:
    """Whether it is an attribute that the docstring of the class tells of."""
    return name in getattr(thing, "__slots__", ()) or not (
        inspect.isfunction(vars(thing)[name]) or isinstance(vars(thing)[name], property)
    )


def page() -> str:
    """The whole page."""
    lines = ["# Reference", "", "What `paramdeps` exports. This page is made from the docstrings.", ""]
    for chapter, names in CHAPTERS.items():
        lines += [f"## {chapter}", ""]
        for name in names:
            thing = getattr(paramdeps, name)
            lines.append(entry(name, thing, 3))
            lines += [entry(f"{name}.{member}", value, 4) for member, value in members(thing)]
    return "\n".join(lines)


def test_the_reference_is_made_of_the_docstrings() -> None:
    """Run this module as a program to write it anew."""
    assert page() == PAGE.read_text("utf-8")


def test_the_reference_tells_of_everything() -> None:
    """Each name that is exported is in a chapter."""
    assert sorted(name for names in CHAPTERS.values() for name in names) == sorted(paramdeps.__all__)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
