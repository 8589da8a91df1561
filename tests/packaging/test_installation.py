"""What is installed from the wheels works, with no workspace around it."""

from importlib.metadata import version
from pathlib import Path

from tests.packaging.conftest import Installation
from tests.repository import SOURCES, package_modules

PROGRAM = """
import asyncio
from datetime import UTC, datetime, timedelta

from docket import Docket, TaskKey, Worker

async def greet(name: str, greeting: str = "Hello", *, key: str = TaskKey()) -> str:
    print(f"{greeting}, {name}! ({key})")
    return name

async def main() -> None:
    async with Docket("greetings", "memory://") as docket:
        soon = datetime.now(UTC) + timedelta(milliseconds=50)
        later = await docket.add(greet, when=soon, key="later")("John", greeting="Howdy")
        now = await docket.add(greet, key="now")("Jane")
        async with Worker(docket) as worker:
            await worker.run_until_finished()
        print(await now.result(), await later.result())

asyncio.run(main())
"""


def test_a_program_schedules_and_runs_tasks(installation: Installation) -> None:
    """The first ten minutes: schedule now and later, work, and get the results, on the embedded server."""
    program = installation.directory / "greetings.py"
    program.write_text(PROGRAM, "utf-8")
    assert installation.run(program).splitlines() == ["Hello, Jane! (now)", "Howdy, John! (later)", "Jane John"]


def test_the_program_used_the_installed_packages(installation: Installation) -> None:
    """Not those of the workspace."""
    printed = installation.run("-c", "import docket, paramdeps; print(docket.__file__); print(paramdeps.__file__)")
    assert all(Path(line).is_relative_to(installation.directory) for line in printed.splitlines())


def test_the_command_says_its_version(installation: Installation) -> None:
    """As a module, and as the script that the wheel installs."""
    assert installation.run("-m", "docket", "version").strip() == version("pydocket")
    assert installation.run(installation.python.parent / "docket", "version").strip() == version("pydocket")


def test_every_module_of_the_packages_can_be_imported(installation: Installation) -> None:
    """No module needs something that the wheel does not ask for."""
    names = [
        ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        for package, folder in SOURCES.items()
        for path in package_modules(package)
        if path.name != "__main__.py"
    ]
    installation.run("-c", f"import {', '.join(names)}")
    assert len(names) > len(SOURCES)
