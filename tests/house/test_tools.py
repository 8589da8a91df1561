"""The linters and type checkers have nothing to say, run with the settings of the root."""

import subprocess
import sys

import pytest

from tests.repository import ROOT, package_modules
from tests.typing.checkers import Report


def tool(*command: str) -> None:
    """Run a tool from the root; the test fails, showing what it prints, unless the tool is content."""
    process = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert process.returncode == 0, f"{' '.join(command)}\n{process.stdout}{process.stderr}"


def test_every_file_is_clean_under_ruff() -> None:
    """The rules of the root hold for packages, tests and benchmarks alike."""
    tool("ruff", "check", "--quiet", "--output-format=concise", ".")


def test_every_file_is_formatted() -> None:
    """Nobody argues about layout: `make format` does it."""
    tool("ruff", "format", "--check", "--quiet", ".")


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_the_packages_are_typed(type_reports: dict[str, Report], checker: str) -> None:
    """The strict mode of both type checkers finds no error in the packages, and they have looked at every module."""
    report = type_reports[checker]
    said = [f"{each.file}:{each.line}: {each.message} [{each.code}]" for each in report.diagnostics]
    assert not said, "\n".join(["", *said])
    assert report.files >= len(package_modules())
