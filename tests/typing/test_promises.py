"""What type checkers must accept and must reject, as `typing-tests/` says it, in every checker."""

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.repository import ROOT, SOURCES, shown
from tests.typing.checkers import Report, mypy, pyright, run_together
from tests.typing.marks import Marks, marks_in, problems

FOLDER = ROOT / "typing-tests"
FILES = sorted(FOLDER.rglob("*.py"))


@pytest.fixture(scope="session")
def reports() -> dict[str, Report]:
    """What the checkers say of all typing tests."""
    return {report.checker: report for report in run_together(mypy(FILES), pyright(FOLDER / "pyrightconfig.json"))}


@pytest.fixture(scope="session")
def marks() -> Mapping[str, Marks]:
    """What the typing tests expect."""
    return {shown(path): marks_in(path.read_text("utf-8")) for path in FILES}


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_every_checker_accepts_what_is_right_and_rejects_what_is_marked(
    reports: dict[str, Report], marks: Mapping[str, Marks], checker: str
) -> None:
    """Each marked line is rejected for the reason it is marked with, and nothing else is."""
    found = problems(checker, marks, reports[checker].diagnostics)
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_every_checker_has_looked_at_every_file(reports: dict[str, Report], checker: str) -> None:
    """A file that a checker passes over keeps no promise."""
    assert reports[checker].files == len(FILES) > 0


@pytest.mark.parametrize("package", SOURCES)
def test_the_checkers_have_looked_at_this_workspaces_packages(reports: dict[str, Report], package: str) -> None:
    """Another docket, installed or lying about, must not keep this one's promises; `origin.py` asks pyright."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    here = SOURCES[package] / "__init__.py"
    assert Path(spec.origin or "") == here
    assert reports["mypy"].origins.get(package) == here


def test_the_files_have_names_of_their_own() -> None:
    """Mypy knows them as modules without a package, so two of one name, or one named like ours, would collide."""
    names = [path.stem for path in FILES]
    assert len({*names, *SOURCES, "__init__"}) == len(names) + len(SOURCES) + 1
