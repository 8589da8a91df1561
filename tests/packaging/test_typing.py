"""Type checkers find in the wheels what the sources promise."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.conftest import ENVIRONMENT, Installation
from tests.repository import SOURCES
from tests.typing.benches import Bench, check, check_with_all, lay_out_installed
from tests.typing.checkers import PATIENCE_SECONDS, Report
from tests.typing.kinds import CHECKERS, GATE

LOST = ["docket/py.typed", "paramdeps/py.typed", "docket/execution.py", "paramdeps/_depends.py"]


@pytest.fixture(scope="module")
def installed(installation: Installation) -> dict[str, Path]:
    """Where the packages are, as they came from the wheels."""
    printed = installation.run("-c", "import docket, paramdeps; print(docket.__file__); print(paramdeps.__file__)")
    return {package: Path(file).parent for package, file in zip(SOURCES, printed.splitlines(), strict=True)}


@pytest.fixture(scope="module")
def bench(installation: Installation, installed: dict[str, Path]) -> Iterator[Bench]:
    """The typing tests beside the installed packages, with no sources in reach."""
    yield lay_out_installed(installation.directory / "bench", installation.python, installed)
    for package in installed.values():
        (package / "canary.py").unlink()


@pytest.fixture(scope="module")
def reports(bench: Bench) -> dict[str, Report]:
    """What every checker says of them."""
    return check_with_all(bench)


# The first of these waits for all five checkers.
@pytest.mark.timeout(PATIENCE_SECONDS + 120)
@pytest.mark.parametrize("checker", CHECKERS)
def test_the_wheels_keep_the_promises_of_the_sources(bench: Bench, reports: dict[str, Report], checker: str) -> None:
    """The typing tests pass against what is installed, in every checker."""
    found = bench.problems(reports[checker])
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("checker", GATE)
@pytest.mark.parametrize("lost", LOST)
def test_a_wheel_that_lacks_something_is_noticed(
    bench: Bench, reports: dict[str, Report], installed: dict[str, Path], checker: str, lost: str
) -> None:
    """The marker of a typed package, or a module: without it, checkers know less or nothing."""
    assert bench.problems(reports[checker]) == []
    path = installed[lost.partition("/")[0]].parent / lost
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        (report,) = check(checker, [bench])
    finally:
        hidden.rename(path)
    assert bench.problems(report)


@pytest.mark.parametrize("package", ["docket", "paramdeps"])
def test_every_public_type_is_written_down(installation: Installation, package: str) -> None:
    """No checker has to infer the type of anything public, which each of them does in its own way."""
    # Pyright looks for the package in the environment that is active.
    path = os.pathsep.join([str(installation.python.parent), ENVIRONMENT["PATH"]])
    environment = {**ENVIRONMENT, "PATH": path, "VIRTUAL_ENV": str(installation.directory / "venv")}
    command = [sys.executable, "-m", "pyright", "--verifytypes", package, "--ignoreexternal", "--outputjson"]
    process = subprocess.run(
        command, cwd=installation.directory, env=environment, capture_output=True, text=True, check=False
    )
    said = json.loads(process.stdout)["typeCompleteness"]
    counts = said["exportedSymbolCounts"]
    lacking = [each["name"] for each in said["symbols"] if not each["isTypeKnown"] or each["isTypeAmbiguous"]]
    assert counts["withKnownType"] > 0
    assert (process.returncode, lacking, said["completenessScore"]) == (0, [], 1.0)
