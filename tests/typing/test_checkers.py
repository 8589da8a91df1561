"""The answers of the checkers are read for what they are, and no silence is taken for consent."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.typing.benches import Bench, check_with_all
from tests.typing.checkers import CheckerFailed, Report, ask, read
from tests.typing.kinds import CHECKERS
from tests.typing.marks import Diagnostic

HERE = Path("/here")
PYRIGHTS = ["pyright", "basedpyright"]


def answered(checker: str, returncode: int, stdout: str = "", stderr: str = "") -> Report:
    """A checker has ended."""
    return read(checker, subprocess.CompletedProcess([], returncode, stdout, stderr), HERE)


def answer(checker: str, files: int, severities: tuple[str, ...] = ()) -> tuple[str, str]:
    """What a checker prints, on both channels, if it has an error of each severity in the fifth line."""
    match checker:
        case "mypy":
            common: dict[str, Any] = {"file": "f.py", "line": 5, "code": "r", "message": "m"}
            said = "\n".join(json.dumps({**common, "severity": severity}) for severity in severities)
            return said, "LOG:  Found source:  BuildSource(path='f.py')\n" * files
        case "pyrefly":
            common = {"path": "f.py", "line": 5, "name": "r", "description": "m"}
            errors = [{**common, "severity": severity} for severity in severities]
            return json.dumps({"errors": errors}), f" INFO 1 diagnostic\n INFO {files:,} modules (8 dependent)\n"
        case "ty":
            where = {"path": "f.py", "positions": {"begin": {"line": 5}}}
            errors = [{"check_name": "r", "description": "m", "location": where} for _ in severities]
            return json.dumps(errors), f"INFO Python version: 3\nINFO Indexed {files} file(s) in 0.002s\n"
        case _:
            common = {"file": "/here/f.py", "message": "m", "rule": "r", "range": {"start": {"line": 4}}}
            errors = [{**common, "severity": severity} for severity in severities]
            return json.dumps({"summary": {"filesAnalyzed": files}, "generalDiagnostics": errors}), ""


@pytest.mark.parametrize("checker", CHECKERS)
def test_an_answer_is_read(checker: str) -> None:
    """Errors come with file, line and code; and how many files there were."""
    report = answered(checker, 1, *answer(checker, 1200, ("error",)))
    assert (report.checker, report.files) == (checker, 1200)
    assert report.diagnostics == [Diagnostic("f.py", 5, "r", "m")]


@pytest.mark.parametrize("checker", PYRIGHTS)
def test_warnings_count_and_information_does_not(checker: str) -> None:
    """What pyright only has to say is not an error."""
    report = answered(checker, 1, *answer(checker, 1, ("error", "warning", "information")))
    assert len(report.diagnostics) == 2


def test_mypys_notes_are_left_out() -> None:
    """They explain the error before them."""
    assert len(answered("mypy", 1, *answer("mypy", 1, ("error", "note"))).diagnostics) == 1


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("returncode", [2, 3, 101, -11])
def test_a_checker_that_crashed_is_noticed(checker: str, returncode: int) -> None:
    """A crash is no answer, even if something was printed before."""
    with pytest.raises(CheckerFailed, match="ended with"):
        answered(checker, returncode, *answer(checker, 1))


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_that_fails_without_an_error_is_noticed(checker: str) -> None:
    """An exit code without a reason is as good as a crash."""
    with pytest.raises(CheckerFailed, match="does not say why"):
        answered(checker, 1, *answer(checker, 1))


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_that_analysed_nothing_is_noticed(checker: str) -> None:
    """No errors in no files is what a mistyped setting looks like."""
    with pytest.raises(CheckerFailed, match="analysed nothing"):
        answered(checker, 0, *answer(checker, 0))


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_checker_that_says_nothing_is_noticed(checker: str) -> None:
    """Neither answer nor log: it has not even begun."""
    with pytest.raises(CheckerFailed, match=r"analysed nothing|did not answer"):
        answered(checker, 0)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("said", ["Traceback", '{"another": 1}'])
def test_an_answer_that_is_not_understood_is_noticed(checker: str, said: str) -> None:
    """A traceback with a harmless exit code is a crash too, and a newer version may answer in another way."""
    with pytest.raises(CheckerFailed, match="did not answer in JSON"):
        answered(checker, 1, said, answer(checker, 1)[1])


def test_a_checker_that_hangs_is_noticed(tmp_path: Path) -> None:
    """It is given up after some time, like one that has crashed."""
    (tmp_path / "mypy.py").write_text("import threading\n\nthreading.Event().wait()\n", "utf-8")
    with pytest.raises(CheckerFailed, match=r"mypy has not answered within 0\.5 s"):
        ask("mypy", directory=tmp_path, patience_seconds=0.5)


def test_a_checker_that_fails_does_not_take_along_what_the_others_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the others is judged by its own report, and the one that failed by why it did."""

    def check(checker: str, benches: Sequence[Bench]) -> list[Report]:
        if checker == "mypy":
            raise CheckerFailed("mypy ended with 3")
        return [Report(checker, len(bench.files), []) for bench in benches]

    bench = Bench(tmp_path)
    monkeypatch.setattr("tests.typing.benches.check", check)
    found = {checker: bench.problems(report) for checker, report in check_with_all(bench).items()}
    assert found == {checker: ["mypy ended with 3"] if checker == "mypy" else [] for checker in CHECKERS}
