"""Benches: where checkers are shown the typing tests beside the very packages that these are about.

A bench is a folder of copies: of the typing tests and their settings, and of the packages' sources unless these are
installed in an environment. In each package of a bench stands a canary, a module that no other copy has, and among its
typing tests a file that calls the canary by its name. A checker that finds another docket than the bench's own, or
none, fails on it. So does one that has not read its settings: the file has a function that only strict ones refuse.
"""

import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

from tests.repository import ROOT, SOURCES
from tests.typing.checkers import CheckerFailed, Report, ask
from tests.typing.kinds import CHECKERS
from tests.typing.marks import Marks, marks_in, problems

FOLDER = ROOT / "typing-tests"

_CANARY = "from typing import Literal\n\nsong: Literal[{song!r}] = {song!r}\n"
_CALL = """from typing import Literal, assert_type

from {package}.canary import song

assert_type(song, Literal[{song!r}])
other: Literal["another"] = song  # E: assignment


def careless(songs: list) -> None: ...  # E: annotation
"""
# Mypy takes a file of the same size and second for the one that it knows.
_SECONDS = count(1_000_000_000)


@dataclass(frozen=True)
class Bench:
    """A folder with the typing tests, and the Python in whose environment they are checked."""

    directory: Path
    python: Path = Path(sys.executable)
    installed: bool = False
    """Whether the packages are installed in that environment, rather than lying in `sources`."""

    @property
    def files(self) -> list[str]:
        """The typing tests, relative to the folder."""
        return sorted(
            path.relative_to(self.directory).as_posix() for path in self.directory.glob("typing-tests/**/*.py")
        )

    def marks(self) -> Mapping[str, Marks]:
        """What the typing tests expect."""
        return {file: marks_in((self.directory / file).read_text("utf-8")) for file in self.files}

    def problems(self, report: Report) -> list[str]:
        """What a checker's report of this bench lacks, or has too much; a line for each."""
        if report.failure:
            return [report.failure]
        marks = self.marks()
        # Errors inside of the packages are not about what they promise.
        found = problems(report.checker, marks, [each for each in report.diagnostics if each.file in marks])
        if report.files != len(marks):
            found.append(f"{report.checker} has looked at {report.files} files, not {len(marks)}")
        return found


def lay_out(directory: Path, sources: Mapping[str, Path] = SOURCES, only: str = "*") -> Bench:
    """Make a bench of the workspace's sources, or of others; with all typing tests, or those of one package."""
    (directory / "typing-tests").mkdir(parents=True)
    for path in FOLDER.iterdir():
        if path.is_file():
            shutil.copy2(path, directory / "typing-tests")
        elif path.match(only) and not path.name.startswith((".", "__")):
            shutil.copytree(path, directory / "typing-tests" / path.name, ignore=shutil.ignore_patterns("__pycache__"))
    for package, source in sources.items():
        shutil.copytree(source, directory / "sources" / package, ignore=shutil.ignore_patterns("__pycache__"))
        plant(directory, directory / "sources" / package)
    return Bench(directory)


def lay_out_installed(directory: Path, python: Path, packages: Mapping[str, Path]) -> Bench:
    """Make a bench of packages that are installed in an environment."""
    bench = replace(lay_out(directory, {}), python=python, installed=True)
    for package in packages.values():
        plant(directory, package)
    return bench


def plant(directory: Path, package: Path) -> None:
    """Put a canary into a package, and among a bench's typing tests a file that calls it."""
    song = f"{directory.name} {next(_SECONDS)}"
    write(package / "canary.py", _CANARY.format(song=song))
    write(
        directory / "typing-tests" / f"calling_{package.name}.py",
        f'"""This is the {package.name} of the bench."""\n\n' + _CALL.format(song=song, package=package.name),
    )


def write(path: Path, text: str) -> None:
    """Write a file that no checker takes for the same as before."""
    path.write_text(text, "utf-8")
    moment = next(_SECONDS)
    os.utime(path, (moment, moment))


def check(checker: str, benches: Sequence[Bench]) -> list[Report]:
    """Show benches, side by side in one folder and of one environment, to a checker; returns a report for each."""
    if checker in {"pyright", "basedpyright"}:
        return _check_at_once(checker, benches)
    return [_check_one(checker, bench) for bench in benches]


def check_with_all(bench: Bench) -> dict[str, Report]:
    """Show a bench to every checker, two checkers at a time; one that fails does not take along what others say."""

    def report(checker: str) -> Report:
        try:
            return check(checker, [bench])[0]
        except CheckerFailed as error:
            return Report(checker, 0, [], failure=str(error))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(CHECKERS, pool.map(report, CHECKERS), strict=True))


def _check_one(checker: str, bench: Bench) -> Report:
    sources = [] if bench.installed else ["sources"]
    match checker:
        case "mypy":
            options = ["--config-file=typing-tests/mypy.ini", f"--python-executable={bench.python}"]
            # What one bench has taught it is of use on the next one.
            options += [f"--cache-dir={bench.directory.parent / '.mypy_cache'}"]
        case "pyrefly":
            options = ["--config=typing-tests/pyrefly.toml", f"--python-interpreter-path={bench.python}"]
            options += [f"--search-path={source}" for source in sources]
        case _:
            options = ["--project=.", "--config-file=typing-tests/ty.toml", f"--python={bench.python}"]
            options += [f"--extra-search-path={source}" for source in sources]
    environment = {"MYPYPATH": os.pathsep.join(sources)}
    return ask(checker, *options, *bench.files, directory=bench.directory, environment=environment)


def _check_at_once(checker: str, benches: Sequence[Bench]) -> list[Report]:
    """Of many benches, these two learn only once what they have in common."""
    folder, python = benches[0].directory.parent, benches[0].python
    settings = json.loads((benches[0].directory / "typing-tests" / "pyrightconfig.json").read_text("utf-8"))
    names = [bench.directory.name for bench in benches]
    settings["include"] = [f"{name}/typing-tests" for name in names]
    settings["extraPaths"] = []
    settings["executionEnvironments"] = [
        {"root": f"{bench.directory.name}/typing-tests"}
        | ({} if bench.installed else {"extraPaths": [f"{bench.directory.name}/sources"]})
        for bench in benches
    ]
    project = folder / f"{checker}.json"
    project.write_text(json.dumps(settings), "utf-8")
    whole = ask(checker, f"--project={project}", f"--pythonpath={python}", directory=folder)
    expected = sum(len(bench.files) for bench in benches)
    if whole.files != expected:
        raise CheckerFailed(f"{checker} has looked at {whole.files} files, not {expected}")
    return [
        Report(
            checker,
            len(bench.files),
            [
                replace(each, file=each.file.removeprefix(f"{name}/"))
                for each in whole.diagnostics
                if each.file.startswith(f"{name}/")
            ],
        )
        for name, bench in zip(names, benches, strict=True)
    ]
