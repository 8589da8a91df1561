"""The examples of the documentation run, all of them."""

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for pattern in ("README.md", "docs/**/*.md", "packages/*/README.md")
    for path in ROOT.glob(pattern)
    if "```python" in path.read_text("utf-8")
)
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[str]:
    """The pieces of Python on a page, each where it stands, so that an error names the right line."""
    text = page.read_text("utf-8")
    return ["\n" * text[: found.start(1)].count("\n") + found[1] for found in _BLOCK.finditer(text)]


def is_program(block: str) -> bool:
    """Whether a piece is a program of its own, rather than a continuation of the pieces before it."""
    return "asyncio.run(" in block


def continued(page: Path) -> list[str]:
    return [block for block in blocks(page) if not is_program(block)]


def programs() -> list[Any]:
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}:{block.count(chr(10)) + 1}")
        for page in PAGES
        for block in blocks(page)
        if is_program(block)
    ]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if continued(page)], ids=lambda page: str(page.relative_to(ROOT))
)
async def test_the_pieces_of_a_page_run_one_after_the_other(page: Path) -> None:
    """What continues one another on a page runs in that order, in one namespace, as at an asyncio prompt."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in continued(page):
        code = compile(block, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        outcome = eval(code, namespace)
        if inspect.isawaitable(outcome):
            await outcome


@pytest.mark.parametrize("program", programs())
def test_the_programs_of_a_page_run(program: str, tmp_path: Path) -> None:
    """A program that stands on a page runs to its end without a warning."""
    script = tmp_path / "program.py"
    script.write_text(program)
    run = subprocess.run(
        [sys.executable, "-W", "error", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert not run.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_examples_run(example: Path) -> None:
    """A file of the examples runs to its end without a warning."""
    run = subprocess.run(
        [sys.executable, "-W", "error", example], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert not run.stderr


def test_the_program_of_the_first_screen_is_the_example() -> None:
    """The README shows the very program that its first command runs."""
    shown = blocks(ROOT / "README.md")[0].strip()
    example = (ROOT / "examples" / "at_a_glance.py").read_text("utf-8")
    assert shown == example.partition('"""\n\n')[2].strip()


def test_ci_runs_the_command_of_the_readme() -> None:
    """Whoever follows the README sees what CI sees."""
    command = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()[-1].rpartition("&& ")[2]
    assert command.endswith("pytest -n auto")
    assert f"&& {command} " in (ROOT / "README.md").read_text("utf-8")


def test_the_example_greets_at_once_and_three_seconds_later() -> None:
    """Jane is greeted at once and John three seconds later, and the times that are printed say so."""
    run = subprocess.run([sys.executable, EXAMPLES[0]], capture_output=True, text=True, timeout=60, check=True)
    scheduling, jane, john = run.stdout.splitlines()
    assert jane.endswith(" Hello, Jane!")
    assert john.endswith(" Howdy, John!")

    def seconds(line: str) -> int:
        hours, minutes, rest = line.split(maxsplit=1)[0].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(rest)

    day = 24 * 3600
    assert (seconds(jane) - seconds(scheduling)) % day <= 1
    assert 2 <= (seconds(john) - seconds(jane)) % day <= 4
