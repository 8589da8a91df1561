"""The slow tools of the house, each run once, side by side."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.repository import ROOT, SOURCES
from tests.typing.checkers import Report, ask


@pytest.fixture(scope="session")
def type_reports() -> dict[str, Report]:
    """What the type checkers say of the packages, with the settings of the root."""
    paths = {"MYPYPATH": os.pathsep.join(str(source.parent) for source in SOURCES.values())}
    project = f"--project={ROOT / 'pyproject.toml'}"
    with ThreadPoolExecutor(2) as pool:
        mypy = pool.submit(ask, "mypy", "--strict", directory=ROOT, environment=paths)
        pyright = pool.submit(ask, "pyright", project, f"--pythonpath={sys.executable}", directory=ROOT)
        return {"mypy": mypy.result(), "pyright": pyright.result()}
