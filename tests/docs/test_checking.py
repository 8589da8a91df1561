"""What the page about checking one's own tasks says of linters is so."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import docket
from paramdeps import Dependency
from tests.repository import ROOT

PAGE = (ROOT / "docs" / "how-to" / "check-your-own-tasks.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    """What the page shows in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


PYTHON = "\n".join(blocks("python"))
(SETTINGS,) = (block for block in blocks("toml") if "ruff" in block)


def complaints(tmp_path: Path, settings: str, code: str) -> list[str]:
    """The rules of which ruff finds violations."""
    (tmp_path / "pyproject.toml").write_text(settings, "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--select=B008,DTZ", "--output-format=concise", "--no-cache", "-"]
    process = subprocess.run(command, cwd=tmp_path, input=code, capture_output=True, text=True, check=False)
    return re.findall(r"^\S+:\d+:\d+: (\w+)", process.stdout, re.MULTILINE)


def test_the_settings_let_dependencies_stand_in_defaults(tmp_path: Path) -> None:
    """With them, only the naive datetime of the page is left; without them, a dependency is complained of."""
    tasks = PYTHON.partition("from paramdeps")[0]
    assert complaints(tmp_path, SETTINGS, tasks) == ["DTZ001"]
    assert "B008" in complaints(tmp_path, "", tasks)


def test_the_settings_name_every_dependency() -> None:
    """Whatever docket has to stand in a default is listed."""
    listed = tomllib.loads(SETTINGS)["tool"]["ruff"]["lint"]["flake8-bugbear"]["extend-immutable-calls"]
    markers = {
        name
        for name in docket.__all__
        if getattr(getattr(docket, name), "__module__", "").startswith(("docket.dependencies", "paramdeps._depends"))
    }
    assert {f"docket.{name}" for name in markers} == {name for name in listed if name.startswith("docket.")}
    assert issubclass(docket.Retry, Dependency)
