"""Files and functions are of a size that a person can take in, and named for what they are."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.repository import package_modules, shown, tracked_files

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """All functions of a file, inner ones and methods included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many lines the body of a function takes, its docstring aside."""
    body = function.body[1:] if ast.get_docstring(function, clean=False) is not None else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body and body[-1].end_lineno else 0


def test_no_file_should_be_two() -> None:
    """A file of code has at most 400 lines."""
    files = [path for path in tracked_files() if path.suffix in {".py", ".lua"}]
    sizes = {shown(path): len(path.read_text("utf-8").splitlines()) for path in files}
    assert not {path: size for path, size in sizes.items() if size > LONGEST_FILE}
    assert sizes


def test_every_function_fits_a_screen() -> None:
    """A function's body has at most 60 lines."""
    long = {
        f"{shown(path)}:{function.lineno} {function.name}": body_lines(function)
        for path in package_modules()
        for function in functions(path)
        if body_lines(function) > LONGEST_FUNCTION
    }
    assert not long


def test_modules_are_named_for_what_they_hold() -> None:
    """A module called `utils` could hold anything, and soon does."""
    modules = [path for path in tracked_files() if path.suffix == ".py"]
    assert not [shown(path) for path in modules if {path.stem.strip("_"), path.parent.name.strip("_")} & NAMELESS]
