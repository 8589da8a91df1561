"""The comparison of marks and checkers notices all that can go wrong with it."""

import pytest

from tests.typing.marks import Diagnostic, marks_in, problems

MARKED = "add(1)  # E: argument\n"


def found(source: str, *said: tuple[int, str], checker: str = "mypy") -> list[str]:
    """What is wrong when a checker says this of a file."""
    diagnostics = [Diagnostic("f.py", line, code, "message") for line, code in said]
    return problems(checker, {"f.py": marks_in(source)}, diagnostics)


@pytest.mark.parametrize(
    ("checker", "code"),
    [
        ("mypy", "arg-type"),
        ("mypy", "call-arg"),
        ("pyright", "reportCallIssue"),
        ("basedpyright", "reportCallIssue"),
        ("pyrefly", "bad-argument-type"),
        ("ty", "invalid-argument-type"),
    ],
)
def test_an_error_of_the_marked_kind_is_right(checker: str, code: str) -> None:
    """Each checker's own codes count as the kind that they are of."""
    assert found(MARKED, (1, code), checker=checker) == []


def test_a_file_without_marks_and_errors_is_right() -> None:
    """Remarks on lines of their own, and strings that look like marks, are neither."""
    assert found("# Everything is fine, e.g. this\ny = '# E: argument'\n# Error handling is elsewhere\n") == []


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


@pytest.mark.parametrize(
    ("checker", "code", "message"),
    [
        ("mypy", "misc", 'Property "key" defined in "Execution" is read-only'),
        ("pyright", "reportAttributeAccessIssue", 'Attribute "key" is read-only'),
        ("pyright", "reportAttributeAccessIssue", '"str" is not assignable to "property"'),
        ("ty", "invalid-assignment", "Cannot assign to read-only property `key`"),
    ],
)
def test_a_code_of_several_kinds_is_told_apart_by_the_message(checker: str, code: str, message: str) -> None:
    """What a checker says in other words under the same code is an error of another kind."""
    source = "execution.key = 3  # E: readonly\n"
    assert problems(checker, {"f.py": marks_in(source)}, [Diagnostic("f.py", 1, code, message)]) == []
    assert problems(checker, {"f.py": marks_in(source)}, [Diagnostic("f.py", 1, code, "something else")]) != []


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
        "# E: argument []",
        "# E: argument [ty]",
        "# E: argument [not ty: argument]",
        "# E: argument [tie: nothing]",
        "# E: argument [ty: argumnt]",
        "# E: argument [ty: argument]",
        "# E: argument [ty: argument, nothing]",
        "# E: argument [ty: nothing, pyrefly: nothing]",
        "# E: nothing",
        "# E; argument",
        "# error argument",
        "# e argument",
        "# Errors: argument",
        "# expected: argument",
        "# Everything is fine",
    ],
)
def test_a_malformed_mark_is_noticed(comment: str) -> None:
    """What might have been meant as a mark must not pass for a remark, even where the error is there."""
    assert any("malformed mark" in problem for problem in found(f"add(1)  {comment}\n"))


@pytest.mark.parametrize(
    "source",
    [
        "add(1)  # type: ignore",
        "add(1)  # type: ignore[arg-type]  # E: argument",
        "add(1)  #type:ignore",
        "# mypy: ignore-errors",
        "# pyright: basic",
        "add(1)  # pyright: ignore",
        "add(1)  # pyrefly: ignore",
        "add(1)  # ty: ignore[invalid-argument-type]",
        "if not TYPE_CHECKING:\n    add('1')",
        "if sys.version_info < (3, 12):\n    add('1')",
        "if sys.platform == 'win32':\n    add('1')",
        "@typing.no_type_check\ndef add(): ...",
        "add(cast('str', 1))",
    ],
)
def test_what_hides_a_line_from_checkers_is_noticed(source: str) -> None:
    """A checker that was told to look away finds no fault, and that would pass for a promise kept."""
    assert any("hides something from checkers" in problem for problem in found(f"{source}\n"))


def test_a_mark_on_a_line_of_its_own_is_noticed() -> None:
    """It was meant for a neighbour, and would wait in vain."""
    assert any("line of its own" in problem for problem in found("# E: argument\nadd(1)\n"))


def test_a_checker_that_differs_is_held_to_its_own_mark() -> None:
    """It must find exactly what the line says of it, and the others what they are marked with."""
    source = "call(1)  # E: await [ty: nothing; pyrefly: argument]\n"
    assert found(source, (1, "unused-coroutine")) == []
    assert found(source, checker="ty") == []
    assert found(source, (1, "bad-argument-type"), checker="pyrefly") == []
    assert found(source) == ["f.py:1: mypy: no error of kind 'await'"]
    assert len(found(source, (1, "unused-awaitable"), checker="ty")) == 1
    assert len(found(source, (1, "unused-coroutine"), checker="pyrefly")) == 2


def test_a_checker_can_be_the_only_one() -> None:
    """What one of them alone complains about is written on the line as well."""
    source = "call(1)  # E: nothing [ty: type]\n"
    assert found(source) == []
    assert found(source, (1, "type-assertion-failure"), checker="ty") == []
    assert found(source, checker="ty") == ["f.py:1: ty: no error of kind 'type'"]
    assert len(found(source, (1, "assert-type"))) == 1
