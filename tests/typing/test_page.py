"""What the page about checking one's own tasks says of type checkers is so, with the settings that it shows."""

import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.repository import ROOT
from tests.typing.checkers import ask
from tests.typing.kinds import CHECKERS, KINDS
from tests.typing.marks import Diagnostic, marks_in, problems

PAGE = (ROOT / "docs" / "how-to" / "check-your-own-tasks.md").read_text("utf-8")
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


def blocks(language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def in_a_module(block: str) -> str:
    """A piece as it stands, or in a function if it awaits something."""
    try:
        compile(block, "page", "exec")
    except SyntaxError:
        return "async def main() -> None:\n" + textwrap.indent(block, "    ")
    return block


MODULE = "\n\n".join(map(in_a_module, blocks("python")))


def said(checker: str, directory: Path, source: str) -> Sequence[Diagnostic]:
    """What a checker says of a module, with the page's settings."""
    (directory / "pyproject.toml").write_text(blocks("toml")[0], "utf-8")
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


def test_mypy_reports_a_line_that_is_no_longer_refused(tmp_path: Path) -> None:
    """With the settings of the page, it is content with the page as it is, and not with another `ignore`."""
    (diagnostic,) = said("mypy", tmp_path, f"{MODULE}\nprint(Customer())  # type: ignore[arg-type]\n")
    assert diagnostic.code == "unused-ignore"
