"""A signature that somebody has loosened in passing, and whether the typing tests notice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.repository import SOURCES
from tests.typing.benches import Bench, check, lay_out, write

_END_OF_DECLARATION = re.compile(r"(:| \.\.\.)$", re.MULTILINE)


class DoesNotApply(Exception):
    """What a mutant would change is not there, or is there more than once."""


@dataclass(frozen=True)
class Mutant:
    """A declaration, found by how it begins, with one piece of it replaced."""

    name: str
    file: str
    declaration: str
    old: str
    new: str

    @property
    def package(self) -> str:
        """The package that it is about."""
        return self.file.partition("/")[0]

    def applied(self, source: str) -> str:
        """The source of its file, with the change.

        Raises:
            DoesNotApply: it cannot be made, or would not be one.
        """
        begin = _only(source, self.declaration, self)
        end = _END_OF_DECLARATION.search(source, begin)
        declaration = source[begin : end.end() if end else len(source)]
        place = begin + _only(declaration, self.old, self)
        if self.old == self.new:
            raise DoesNotApply(f"{self.name}: it changes nothing")
        return source[:place] + self.new + source[place + len(self.old) :]

    def lay_out(self, directory: Path) -> Bench:
        """Make a bench of it, with the typing tests of its package."""
        bench = lay_out(directory, only=self.package)
        path = directory / "sources" / self.file
        write(path, self.applied(path.read_text("utf-8")))
        return bench

    def check_that_it_applies(self) -> None:
        """See that it can be made of the packages as they are.

        Raises:
            DoesNotApply: it cannot.
        """
        self.applied((SOURCES[self.package].parent / self.file).read_text("utf-8"))


def _only(text: str, piece: str, mutant: Mutant) -> int:
    if text.count(piece) != 1:
        raise DoesNotApply(f"{mutant.name}: {piece!r} is there {text.count(piece)} times, in {mutant.file}")
    return text.index(piece)


def survivors(checker: str, chosen: Sequence[Mutant], folder: Path) -> list[str]:
    """The names of the mutants that a checker finds no fault with, of benches that are laid out in a folder."""
    benches = [mutant.lay_out(folder / f"mutant-{number}") for number, mutant in enumerate(chosen)]
    reports = check(checker, benches)
    return [
        mutant.name
        for mutant, bench, report in zip(chosen, benches, reports, strict=True)
        if not bench.problems(report)
    ]
