"""The files of the packages, to be written otherwise in some places."""

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType

from tests.repository import SOURCES
from tests.typing.mutation import Mutant

type Edit = tuple[int, int, str]
"""What stands from one place to another, in bytes, and what takes its place."""


@dataclass(frozen=True)
class Source:
    """A file of a package."""

    file: str
    text: bytes
    tree: ast.Module

    def mutant(self, name: str, *edits: Edit) -> Mutant:
        """The file with some pieces of it written otherwise."""
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new.encode() + text[end:]
        return Mutant(name, self.file, text.decode())

    def instead(self, node: ast.expr | ast.arg, new: str) -> Edit:
        """Something else for a node."""
        return (*self.span(node), new)

    def span(self, node: ast.expr | ast.arg | ast.stmt) -> tuple[int, int]:
        """Where a node begins and ends."""
        lines = self.text.splitlines(keepends=True)
        begins = [sum(map(len, lines[:number])) for number in (node.lineno - 1, (node.end_lineno or 0) - 1)]
        return begins[0] + node.col_offset, begins[1] + (node.end_col_offset or 0)


@cache
def source_of(definition: type | FunctionType) -> Source:
    """The file that something is defined in."""
    path = Path(inspect.getsourcefile(definition) or "")
    package = definition.__module__.partition(".")[0]
    text = path.read_bytes()
    return Source(path.relative_to(SOURCES[package].parent).as_posix(), text, ast.parse(text))
