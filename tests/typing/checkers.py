"""The type checkers, run as everybody runs them, and what they answer."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.typing.marks import Diagnostic

_GIVEN = re.compile(r"^LOG:\s+Found source:", re.MULTILINE)
_MODULES = re.compile(r"INFO ([\d,]+) modules? ")
_INDEXED = re.compile(r"INFO Indexed (\d+) file")

PATIENCE_SECONDS = 600.0
"""What takes longer hangs: the most that a checker is given at once, fifty benches, takes it two minutes."""


class CheckerFailed(Exception):
    """A checker has crashed, or hangs, or has not looked at what it was given; its silence means nothing."""


@dataclass(frozen=True)
class Report:
    """What a checker has said."""

    checker: str
    files: int
    """How many files it has checked."""
    diagnostics: Sequence[Diagnostic]
    failure: str = ""
    """Why it has said nothing, if it has failed."""


def ask(
    checker: str,
    *arguments: str,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Report:
    """Run a checker in a directory, to which the files of its answer are relative.

    Raises:
        CheckerFailed: it has not done its work.
    """
    # Pyright would tell on every run that there is a newer one.
    surroundings = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **(environment or {})}
    command = [sys.executable, "-m", checker, *_IN_JSON[checker], *arguments]
    try:
        process = subprocess.run(
            command,
            cwd=directory,
            env=surroundings,
            capture_output=True,
            text=True,
            check=False,
            timeout=patience_seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise CheckerFailed(f"{checker} has not answered within {patience_seconds:g} s") from error
    return read(checker, process, directory)


def read(checker: str, process: "subprocess.CompletedProcess[str]", directory: Path) -> Report:
    """Read a checker's answer.

    Raises:
        CheckerFailed: it is no answer.
    """
    # 0 is no error, 1 is errors found; anything else means that it could not go on.
    if process.returncode not in {0, 1}:
        complaints = [line for line in process.stderr.splitlines() if not line.startswith("LOG:")]
        raise CheckerFailed(f"{checker} ended with {process.returncode}: {process.stdout}\n{'\n'.join(complaints)}")
    try:
        files, diagnostics = _READERS[checker](process.stdout, process.stderr)
    except (ValueError, KeyError, TypeError) as error:
        raise CheckerFailed(f"{checker} did not answer in JSON: {process.stdout[:2000]}") from error
    if not files:
        raise CheckerFailed(f"{checker} has analysed nothing")
    if process.returncode and not diagnostics:
        raise CheckerFailed(f"{checker} ended with {process.returncode}, and does not say why")
    return Report(checker, files, [replace(each, file=_relative(each.file, directory)) for each in diagnostics])


def _relative(file: str, directory: Path) -> str:
    path = Path(file)
    return path.relative_to(directory).as_posix() if path.is_relative_to(directory) else path.as_posix()


def _read_mypy(stdout: str, log: str) -> tuple[int, list[Diagnostic]]:
    said: list[dict[str, Any]] = json.loads(f"[{','.join(stdout.splitlines())}]")
    return len(_GIVEN.findall(log)), [
        Diagnostic(each["file"], each["line"], each["code"] or "syntax", each["message"])
        for each in said
        if each["severity"] != "note"
    ]


def _read_pyright(stdout: str, _: str) -> tuple[int, list[Diagnostic]]:
    said: dict[str, Any] = json.loads(stdout)
    return said["summary"]["filesAnalyzed"], [
        Diagnostic(each["file"], each["range"]["start"]["line"] + 1, each.get("rule", "syntax"), each["message"])
        for each in said["generalDiagnostics"]
        if each["severity"] in {"error", "warning"}
    ]


def _read_pyrefly(stdout: str, log: str) -> tuple[int, list[Diagnostic]]:
    said: list[dict[str, Any]] = json.loads(stdout)["errors"]
    counted = _MODULES.search(log)
    return int(counted[1].replace(",", "")) if counted else 0, [
        Diagnostic(each["path"], each["line"], each["name"], each["description"]) for each in said
    ]


def _read_ty(stdout: str, log: str) -> tuple[int, list[Diagnostic]]:
    said: list[dict[str, Any]] = json.loads(stdout)
    counted = _INDEXED.search(log)
    return int(counted[1]) if counted else 0, [
        Diagnostic(
            each["location"]["path"],
            each["location"]["positions"]["begin"]["line"],
            each["check_name"],
            each["description"],
        )
        for each in said
    ]


# What makes each say it all: its errors for a program to read, and how many files it has looked at.
_IN_JSON: Mapping[str, Sequence[str]] = {
    "mypy": ["--output=json", "--verbose"],
    "pyright": ["--outputjson"],
    "basedpyright": ["--outputjson"],
    "pyrefly": ["check", "--output-format=json", "--min-severity=warn", "--summary=full", "--progress-bar=no"],
    "ty": ["check", "--output-format=gitlab", "--verbose", "--no-progress"],
}
_READERS: Mapping[str, Callable[[str, str], tuple[int, list[Diagnostic]]]] = {
    "mypy": _read_mypy,
    "pyright": _read_pyright,
    "basedpyright": _read_pyright,
    "pyrefly": _read_pyrefly,
    "ty": _read_ty,
}
