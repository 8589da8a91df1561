"""A signature that somebody has loosened in passing, and whether the typing tests notice."""

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from pathlib import Path

from tests.repository import SOURCES
from tests.typing.benches import Bench, check, lay_out, write

_AT_ONCE = 50
"""Pyright keeps all of its benches in memory, some 9 MB each."""
_NEEDED = """
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import date
from enum import Enum
from typing import Any, cast
"""
"""Names that a change may need; to import them a second time does no harm."""

_END_OF_DECLARATION = re.compile(r"(:| \.\.\.)$", re.MULTILINE)


class DoesNotApply(Exception):
    """What a mutant would change is not there, or is there more than once."""


@dataclass(frozen=True)
class Mutant:
    """A package with one of its files changed."""

    name: str
    file: str
    source: str

    def lay_out(self, directory: Path) -> Bench:
        """Make a bench of it, with the typing tests of its package."""
        bench = lay_out(directory, only=self.file.partition("/")[0])
        self.write(directory / "sources" / self.file)
        return bench

    def write(self, path: Path) -> None:
        """Write the changed file."""
        write(path, f"{_NEEDED}\n{self.source}")


def patched(name: str, file: str, declaration: str, old: str, new: str) -> Mutant:
    """A mutant with a declaration, found by how it begins, in which one piece is replaced.

    Raises:
        DoesNotApply: it cannot be made, or would not be one.
    """
    source = (SOURCES[file.partition("/")[0]].parent / file).read_text("utf-8")
    begin = _only(source, declaration, name)
    end = _END_OF_DECLARATION.search(source, begin)
    place = begin + _only(source[begin : end.end() if end else len(source)], old, name)
    if old == new:
        raise DoesNotApply(f"{name}: it changes nothing")
    return Mutant(name, file, source[:place] + new + source[place + len(old) :])


def _only(text: str, piece: str, name: str) -> int:
    if text.count(piece) != 1:
        raise DoesNotApply(f"{name}: {piece!r} is there {text.count(piece)} times")
    return text.index(piece)


def survivors(checker: str, chosen: Sequence[Mutant], folder: Path) -> list[str]:
    """The names of the mutants that a checker finds no fault with, of benches that are laid out in a folder."""
    lived: list[str] = []
    for some in batched(enumerate(chosen), _AT_ONCE):
        benches = [mutant.lay_out(folder / f"mutant-{number}") for number, mutant in some]
        reports = check(checker, benches)
        for (_, mutant), bench, report in zip(some, benches, reports, strict=True):
            lived += [] if bench.problems(report) else [mutant.name]
            shutil.rmtree(bench.directory)
    return lived
