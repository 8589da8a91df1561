"""The type checkers, run as everybody runs them, and what they answer."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.repository import ROOT, SOURCES
from tests.typing.marks import Diagnostic

# Of mypy's log: the files it was given, and where it found the packages.
_GIVEN = re.compile(r"^LOG:\s+Found source:", re.MULTILINE)
_FOUND = r"^LOG:.* for {package}: file (\S+?),?(?: |$)|^LOG:\s+Parsing (\S+) \({package}\)"


class CheckerFailed(Exception):
    """A checker has crashed, or has not looked at what it was given; its silence means nothing."""


@dataclass(frozen=True)
class Report:
    """What a checker has said."""

    checker: str
    files: int
    """How many files it has checked."""
    diagnostics: Sequence[Diagnostic]
    origins: dict[str, Path] = field(default_factory=dict[str, Path])
    """Where it has found our packages, if it says so."""


@dataclass(frozen=True)
class Check:
    """A checker's command line, and how its answer is read."""

    command: Sequence[str]
    read: Callable[["subprocess.CompletedProcess[str]"], Report]


def mypy(files: Sequence[Path] = (), *options: str) -> Check:
    """Mypy over some files, or over those that its settings name."""
    command = [sys.executable, "-m", "mypy", "--strict", "--output=json", "--verbose", *options, *map(str, files)]
    return Check(command, read_mypy)


def pyright(project: Path) -> Check:
    """Pyright over what a project file names."""
    command = [sys.executable, "-m", "pyright", f"--project={project}", f"--pythonpath={sys.executable}"]
    return Check([*command, "--outputjson"], read_pyright)


def run_together(*checks: Check) -> list[Report]:
    """Run checkers side by side, from the root.

    Raises:
        CheckerFailed: one of them has not done its work.
    """
    with ThreadPoolExecutor(len(checks)) as pool:
        return list(pool.map(_run, checks))


def _run(check: Check) -> Report:
    paths = os.pathsep.join(str(source.parent) for source in SOURCES.values())
    environment = {**os.environ, "MYPYPATH": paths, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    return check.read(
        subprocess.run(check.command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    )


def read_mypy(process: "subprocess.CompletedProcess[str]") -> Report:
    """Read mypy's answer: errors as JSON, a line each, and its log."""
    # 0 is no error, 1 is errors found; anything else means that it could not go on.
    if process.returncode not in {0, 1}:
        raise CheckerFailed(f"mypy ended with {process.returncode}: {process.stdout}\n{_tail(process.stderr)}")
    said: list[dict[str, Any]] = _parsed("mypy", f"[{','.join(process.stdout.splitlines())}]")
    diagnostics = [
        Diagnostic(_from_root(each["file"]), each["line"], each["code"] or "syntax", each["message"])
        for each in said
        if each["severity"] != "note"
    ]
    origins = {
        package: Path(found[1] or found[2]) for package in SOURCES if (found := _origin(package, process.stderr))
    }
    return _trusted(Report("mypy", len(_GIVEN.findall(process.stderr)), diagnostics, origins), process.returncode)


def read_pyright(process: "subprocess.CompletedProcess[str]") -> Report:
    """Read pyright's answer, one JSON document."""
    if process.returncode not in {0, 1}:
        raise CheckerFailed(f"pyright ended with {process.returncode}: {process.stdout}\n{_tail(process.stderr)}")
    said: dict[str, Any] = _parsed("pyright", process.stdout)
    diagnostics = [
        Diagnostic(
            _from_root(each["file"]), each["range"]["start"]["line"] + 1, each.get("rule", "syntax"), each["message"]
        )
        for each in said["generalDiagnostics"]
        if each["severity"] in {"error", "warning"}
    ]
    return _trusted(Report("pyright", said["summary"]["filesAnalyzed"], diagnostics), process.returncode)


def _trusted(report: Report, returncode: int) -> Report:
    if not report.files:
        raise CheckerFailed(f"{report.checker} has analysed nothing")
    if returncode and not report.diagnostics:
        raise CheckerFailed(f"{report.checker} ended with {returncode}, and does not say why")
    return report


def _parsed(checker: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise CheckerFailed(f"{checker} did not answer in JSON: {text[:2000]}") from error


def _origin(package: str, log: str) -> re.Match[str] | None:
    return re.search(_FOUND.format(package=package), log, re.MULTILINE)


def _from_root(file: str) -> str:
    path = Path(file)
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.as_posix()


def _tail(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("LOG:"))[-2000:]
