"""What the page about checking one's own tasks says of type checkers is so, with the settings that it shows."""

import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.docs.checking_page import blocks
from tests.typing.checkers import ask
from tests.typing.kinds import CHECKERS, KINDS
from tests.typing.marks import Diagnostic, marks_in, problems

UNSAID = """

async def careless(customer_id) -> None: ...  # E: annotation [ty: nothing]


async def forgetful(docket: Docket) -> None:
    docket.add(greet)("Hello")  # E: await [ty: nothing]
    docket.cancel("a key")  # E: await
"""
OPTIONS = {
    "mypy": ["--python-executable={python}", "page.py"],
    "pyright": ["--pythonpath={python}"],
    "basedpyright": ["--pythonpath={python}"],
    "pyrefly": ["--python-interpreter-path={python}"],
    "ty": ["--python={python}"],
}


def in_a_module(block: str) -> str:
    """A piece as it stands, or in a function if it awaits something."""
    try:
        compile(block, "page", "exec")
    except SyntaxError:
        return "async def main() -> None:\n" + textwrap.indent(block, "    ")
    return block


MODULE = "\n\n".join(map(in_a_module, blocks("python")))


# How each checker that looks for comments in vain wants to be told to ignore what, and what it says of those.
OWN_COMMENTS = {
    "mypy": ("type", {"arg-type": "arg-type", "assignment": "assignment"}, "unused-ignore"),
    "ty": ("ty", {"arg-type": "invalid-argument-type", "assignment": "invalid-assignment"}, "unused-ignore-comment"),
    **dict.fromkeys(
        ("pyright", "basedpyright"),
        (
            "pyright",
            {"arg-type": "reportArgumentType", "assignment": "reportAssignmentType"},
            "reportUnnecessaryTypeIgnoreComment",
        ),
    ),
}
IN_VAIN = "\nprint(Customer())  # type: ignore[arg-type]\n"


def said(checker: str, directory: Path, source: str, *, more: str = "") -> Sequence[Diagnostic]:
    """What a checker says of a module, with the page's settings, and perhaps one more of pyright's."""
    strict = 'typeCheckingMode = "strict"\n'
    (directory / "pyproject.toml").write_text(blocks("toml")[0].replace(strict, strict + more), "utf-8")
    (directory / "page.py").write_text(source, "utf-8")
    options = [option.format(python=sys.executable) for option in OPTIONS[checker]]
    return ask(checker, *options, directory=directory).diagnostics


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_checker_refuses_what_the_page_says_and_nothing_else(checker: str, tmp_path: Path) -> None:
    """The lines that it tells mypy to ignore, a parameter without a type, and a forgotten `await`."""
    marked = re.sub(r"# type: ignore\[(.+)\]", lambda comment: f"# E: {KINDS['mypy'][comment[1]]}", MODULE)
    assert marked.count("# E: ") == MODULE.count("# type: ignore[") > 0
    source = marked + UNSAID
    assert problems(checker, {"page.py": marks_in(source)}, said(checker, tmp_path, source)) == []


@pytest.mark.parametrize("checker", OWN_COMMENTS)
def test_a_checker_reports_a_line_that_is_no_longer_refused(tmp_path: Path, checker: str) -> None:
    """With comments of its own, it is content with the page as it is, and not with one more that is in vain."""
    tool, codes, unused = OWN_COMMENTS[checker]
    source = re.sub(
        r"# type: ignore\[(.+)\]", lambda comment: f"# {tool}: ignore[{codes[comment[1]]}]", MODULE + IN_VAIN
    )
    (diagnostic,) = said(checker, tmp_path, source, more="reportUnnecessaryTypeIgnoreComment = true\n")
    assert (diagnostic.code, diagnostic.line) == (unused, len(source.splitlines()))


@pytest.mark.parametrize("checker", ["pyright", "basedpyright", "pyrefly"])
def test_other_checkers_heed_mypys_comments_and_do_not_check_them(tmp_path: Path, checker: str) -> None:
    """What mypy is told to ignore they ignore as well, and a comment in vain they let be."""
    assert said(checker, tmp_path, MODULE + IN_VAIN) == []


def test_ty_refuses_what_mypy_is_told_to_ignore(tmp_path: Path) -> None:
    """It knows nothing of mypy's codes."""
    commented = [number for number, line in enumerate(MODULE.splitlines(), 1) if "# type: ignore[" in line]
    assert [diagnostic.line for diagnostic in said("ty", tmp_path, MODULE)] == commented
