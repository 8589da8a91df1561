"""The comparison of marks and checkers notices all that can go wrong with it."""

import json
import subprocess

import pytest

from tests.typing.checkers import CheckerFailed, read_mypy, read_pyright
from tests.typing.marks import Diagnostic, marks_in, problems

MARKED = "add(1)  # E: argument\n"


def found(source: str, *said: tuple[int, str], checker: str = "mypy") -> list[str]:
    """What is wrong when a checker says this of a file."""
    diagnostics = [Diagnostic("f.py", line, code, "message") for line, code in said]
    return problems(checker, {"f.py": marks_in(source)}, diagnostics)


def answered(returncode: int, stdout: str = "", stderr: str = "") -> "subprocess.CompletedProcess[str]":
    """A checker that has ended."""
    return subprocess.CompletedProcess([], returncode, stdout, stderr)


def pyright_answer(files: int, *said: str) -> str:
    """What pyright prints."""
    where = {"start": {"line": 4}}
    diagnostics = [
        {"file": "/f.py", "severity": severity, "message": "m", "rule": "r", "range": where} for severity in said
    ]
    return json.dumps({"summary": {"filesAnalyzed": files}, "generalDiagnostics": diagnostics})


@pytest.mark.parametrize(
    ("checker", "code"), [("mypy", "arg-type"), ("mypy", "call-arg"), ("pyright", "reportCallIssue")]
)
def test_an_error_of_the_marked_kind_is_right(checker: str, code: str) -> None:
    """Each checker's own codes count as the kind that they are of."""
    assert found(MARKED, (1, code), checker=checker) == []


def test_a_file_without_marks_and_errors_is_right() -> None:
    """Ordinary comments, and strings that look like marks, are neither."""
    assert found("x = 1  # Everything is fine, e.g. this\ny = '# E: argument'\n# Error handling is elsewhere\n") == []


def test_a_missing_error_is_noticed() -> None:
    """What a checker must reject and accepts is a broken promise."""
    assert found(MARKED) == ["f.py:1: mypy: no error of kind 'argument'"]


def test_an_error_on_another_line_is_missing_and_unmarked() -> None:
    """An error counts for its own line alone."""
    assert [problem.partition(":")[2] for problem in found(MARKED + "x\n", (2, "arg-type"))] == [
        "1: mypy: no error of kind 'argument'",
        "2: mypy: an error nobody marked, 'argument': message [arg-type]",
    ]


def test_a_wrong_kind_is_noticed() -> None:
    """A line that is rejected for another reason proves nothing."""
    assert found(MARKED, (1, "return-value")) == [
        "f.py:1: mypy: no error of kind 'argument'",
        "f.py:1: mypy: an error nobody marked, 'return': message [return-value]",
    ]


def test_one_of_two_marked_kinds_is_not_enough() -> None:
    """Every kind of a mark has to be found."""
    source = "call(1)  # E: argument, await\n"
    assert found(source, (1, "arg-type")) == ["f.py:1: mypy: no error of kind 'await'"]
    assert found(source, (1, "arg-type"), (1, "unused-coroutine")) == []


@pytest.mark.parametrize("code", ["arg-type", "something-new", "syntax"])
def test_an_error_that_nobody_marked_is_noticed(code: str) -> None:
    """What must be accepted and is rejected is a broken promise, whatever the checker calls it."""
    assert len(found("add(1)\n", (1, code))) == 1


def test_an_error_in_a_file_without_marks_is_noticed() -> None:
    """A checker may complain about a file that nobody has read for marks."""
    assert len(problems("mypy", {}, [Diagnostic("other.py", 1, "arg-type", "message")])) == 1


def test_what_follows_from_a_marked_error_is_not_another_one() -> None:
    """Pyright also says which types an error has left unknown; without that error it is one of its own."""
    assert found(MARKED, (1, "reportCallIssue"), (1, "reportUnknownMemberType"), checker="pyright") == []
    assert len(found(MARKED, (1, "reportUnknownMemberType"), checker="pyright")) == 1
    assert len(found("add(1)\n", (1, "reportUnknownMemberType"), checker="pyright")) == 1


@pytest.mark.parametrize(
    "comment",
    [
        "# E:argument",
        "#E: argument",
        "# E argument",
        "# e: argument",
        "# error: argument",
        "# E:",
        "# E",
        "# E: argumnt",
        "# E: argument,await",
        "# E: argument # because",
        "# E: unknown",
        "# E[argument]",
        "# E: argument.",
    ],
)
def test_a_malformed_mark_is_noticed(comment: str) -> None:
    """What might have been meant as a mark must not pass for a remark, even where the error is there."""
    assert any("malformed mark" in problem for problem in found(f"add(1)  {comment}\n"))


def test_a_mark_on_a_line_of_its_own_is_noticed() -> None:
    """It was meant for a neighbour, and would wait in vain."""
    assert any("line of its own" in problem for problem in found("# E: argument\nadd(1)\n"))


def test_mypys_answer_is_read() -> None:
    """Errors come with file, line and code, notes are left out, and the log says what was looked at."""
    said = [{"file": "f.py", "line": 3, "code": "misc", "severity": kind, "message": "m"} for kind in ("error", "note")]
    log = "LOG:  Found source:  BuildSource(path='f.py')\nLOG:  Metadata fresh for docket: file /there/docket.py\n"
    report = read_mypy(answered(1, "\n".join(map(json.dumps, said)), log))
    assert (report.files, report.diagnostics) == (1, [Diagnostic("f.py", 3, "misc", "m")])
    assert report.origins["docket"].as_posix() == "/there/docket.py"


def test_pyrights_answer_is_read() -> None:
    """Lines count from 1, and warnings count as well."""
    report = read_pyright(answered(1, pyright_answer(1, "error", "warning", "information")))
    assert report.diagnostics == [Diagnostic("/f.py", 5, "r", "m")] * 2


@pytest.mark.parametrize("returncode", [2, 3, -11])
def test_a_checker_that_crashed_is_noticed(returncode: int) -> None:
    """A crash is no answer, even if something was printed before."""
    with pytest.raises(CheckerFailed, match="ended with"):
        read_mypy(answered(returncode, "", "LOG:  Found source: x\n"))
    with pytest.raises(CheckerFailed, match="ended with"):
        read_pyright(answered(returncode, pyright_answer(1)))


def test_a_checker_that_fails_without_an_error_is_noticed() -> None:
    """An exit code without a reason is as good as a crash."""
    with pytest.raises(CheckerFailed, match="does not say why"):
        read_pyright(answered(1, pyright_answer(1)))


def test_a_checker_that_analysed_nothing_is_noticed() -> None:
    """No errors in no files is what a mistyped setting looks like."""
    with pytest.raises(CheckerFailed, match="analysed nothing"):
        read_mypy(answered(0))
    with pytest.raises(CheckerFailed, match="analysed nothing"):
        read_pyright(answered(0, pyright_answer(0)))


def test_an_answer_that_is_no_json_is_noticed() -> None:
    """A traceback with a harmless exit code is a crash too."""
    with pytest.raises(CheckerFailed, match="did not answer in JSON"):
        read_pyright(answered(0, "Traceback"))
    with pytest.raises(CheckerFailed, match="did not answer in JSON"):
        read_mypy(answered(1, "Traceback"))
