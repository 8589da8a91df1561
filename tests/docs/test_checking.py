"""What the page about checking one's own tasks says of linters is so."""

import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from paramdeps import Dependency
from tests.docs.checking_page import PAGE, blocks
from tests.repository import ROOT
from tests.typing.loosening import MODULES, public_names

PYTHON = "\n".join(blocks("python"))
(SETTINGS,) = (block for block in blocks("toml") if "ruff" in block)


def complaints(tmp_path: Path, settings: str, code: str) -> list[str]:
    """The rules of which ruff finds violations."""
    (tmp_path / "pyproject.toml").write_text(settings, "utf-8")
    command = [sys.executable, "-m", "ruff", "check", "--select=B008,DTZ", "--output-format=concise", "--no-cache", "-"]
    process = subprocess.run(command, cwd=tmp_path, input=code, capture_output=True, text=True, check=False)
    return re.findall(r"^\S+:\d+:\d+: (\w+)", process.stdout, re.MULTILINE)


def stands_in_defaults(name: str, value: object) -> bool:
    """Whether it is called in a default: a dependency's class, a function that is named like one, or `entered`."""
    if isinstance(value, type):
        return issubclass(value, Dependency) and not inspect.isabstract(value)
    return inspect.isfunction(value) and (name[0].isupper() or name == "entered")


def test_the_settings_let_dependencies_stand_in_defaults(tmp_path: Path) -> None:
    """With them, only the naive datetime of the page is left; without them, a dependency is complained of."""
    tasks = PYTHON.partition("from paramdeps")[0]
    assert complaints(tmp_path, SETTINGS, tasks) == ["DTZ001"]
    assert "B008" in complaints(tmp_path, "", tasks)


def test_the_settings_name_everything_that_stands_in_a_default() -> None:
    """Whatever the packages have for that is listed, under each name that it can be imported by."""
    listed = tomllib.loads(SETTINGS)["tool"]["ruff"]["lint"]["flake8-bugbear"]["extend-immutable-calls"]
    ours = [
        f"{module}.{name}"
        for module in MODULES
        for name in public_names(module)
        if stands_in_defaults(name, getattr(importlib.import_module(module), name))
    ]
    assert {"docket.Retry", "docket.dependencies.TaskArgument", "paramdeps.Shared", "paramdeps.Fresh"} <= {*ours}
    assert sorted(ours) == [name for name in listed if not name.startswith("shop.")]


def test_each_of_these_names_is_complained_of_without_the_settings(tmp_path: Path) -> None:
    """So none is on the list in vain, and the list is what silences the linter."""
    listed = tomllib.loads(SETTINGS)["tool"]["ruff"]["lint"]["flake8-bugbear"]["extend-immutable-calls"]
    modules = {name.rpartition(".")[0] for name in listed}
    code = "".join(f"import {module}\n" for module in sorted(modules))
    code += "".join(f"\n\ndef task_{number}(it={name}()): ...\n" for number, name in enumerate(listed))
    assert complaints(tmp_path, "", code) == ["B008"] * len(listed)
    assert complaints(tmp_path, SETTINGS, code) == []


def test_what_the_page_points_to_is_there() -> None:
    """The files that readers may take for an example have the names that it gives."""
    named = re.findall(r"`([\w/]+\.py)`", PAGE)
    assert len(named) > 4
    assert not [name for name in named if not any((ROOT / place / name).is_file() for place in ("", "tests/typing"))]
