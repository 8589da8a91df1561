"""The wheels of both packages, and an environment that has nothing but them and what they need."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.repository import ROOT

# What would lead from the new environment back into this workspace.
LEADING_BACK = {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT", "UV_WORKING_DIR", "UV_PROJECT_ENVIRONMENT"}
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in LEADING_BACK}


def run(command: Sequence[str | Path], directory: Path) -> str:
    """Run a command that must succeed; returns what it prints."""
    process = subprocess.run(
        command, cwd=directory, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, f"{' '.join(map(str, command))}\n{process.stdout}\n{process.stderr}"
    return process.stdout


def uv(*arguments: str | Path, directory: Path) -> str:
    """Run uv: the one that runs these tests, or whichever there is."""
    found = os.environ.get("UV") or shutil.which("uv")
    return run([*([found] if found else [sys.executable, "-m", "uv"]), *arguments], directory)


@dataclass(frozen=True)
class Installation:
    """An environment far from the workspace, with both wheels installed."""

    directory: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.directory / "venv" / "bin" / "python"

    def run(self, *arguments: str | Path) -> str:
        """Run its interpreter, on its own and with warnings as errors; returns what that prints."""
        return run([self.python, "-I", "-W", "error", *arguments], self.directory)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each package, built as for a release."""
    directories = {name: tmp_path_factory.mktemp("wheels") for name in ("docket", "paramdeps")}

    def build(package: str) -> Path:
        source = ROOT / "packages" / package
        where = ("--python", sys.executable, "--out-dir", directories[package])
        uv("build", "--wheel", *where, source, directory=directories[package])
        (wheel,) = directories[package].glob("*.whl")
        return wheel

    with ThreadPoolExecutor() as pool:
        return dict(zip(directories, pool.map(build, directories), strict=True))


@pytest.fixture(scope="session")
def installation(wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheels with the embedded server, as an application would install them."""
    made = Installation(tmp_path_factory.mktemp("installation"))
    uv("venv", "--python", sys.executable, "venv", directory=made.directory)
    requirements = [f"paramdeps @ {wheels['paramdeps'].as_uri()}", f"pydocket[embedded] @ {wheels['docket'].as_uri()}"]
    uv("pip", "install", "--python", made.python, *requirements, directory=made.directory)
    return made
