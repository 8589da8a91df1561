"""Lower floors know nothing of higher ones, and what a floor keeps to itself stays there."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import paramdeps
from tests.repository import ROOT, SOURCES, package_modules, shown

# Which modules alone may import a library, as prefixes of their paths in `packages/`.
AT_HOME = {
    "redis": "docket/src/docket/storage/",
    "cloudpickle": "docket/src/docket/model/payload.py",
    "opentelemetry": "docket/src/docket/instrumentation/",
    "typer": "docket/src/docket/cli/",
}


def imports(path: Path) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """The imports of a file: line, module, and the names taken from it, () where that is the module itself."""
    place = path.relative_to(path.parents[[parent.name for parent in path.parents].index("src")]).parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = (
                ".".join([*place[: -node.level], *filter(None, [node.module])]) if node.level else node.module or ""
            )
            yield node.lineno, module, tuple(alias.name for alias in node.names)


def test_no_floor_imports_a_higher_one() -> None:
    """The contracts in the root's settings hold, also where an import is there for type checkers alone."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    process = subprocess.run(
        [*command, "--no-cache"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert process.returncode == 0, process.stdout
    assert "0 broken" in process.stdout


@pytest.mark.parametrize("package", SOURCES)
def test_no_module_comes_in_by_the_front_door(package: str) -> None:
    """The package's root imports every floor, so going through it would lead from any floor to any other."""
    doors = [
        f"{shown(path)}:{line}"
        for path in package_modules(package)
        for line, module, names in imports(path)
        if module == package and not all((SOURCES[package] / f"{name}.py").is_file() for name in names or ("",))
    ]
    assert not doors


def test_docket_uses_only_what_paramdeps_makes_public() -> None:
    """What docket needs of paramdeps, any other host can have as well."""
    private = [
        f"{shown(path)}:{line}: {module} {', '.join(names)}"
        for path in package_modules("docket")
        for line, module, names in imports(path)
        if module.split(".")[0] == "paramdeps"
        and (module != "paramdeps" or not names or not {*names} <= {*paramdeps.__all__})
    ]
    assert not private


@pytest.mark.parametrize("library", AT_HOME)
def test_a_library_is_imported_only_where_it_is_at_home(library: str) -> None:
    """What depends on a library that could change or be exchanged is in one place."""
    strays = [
        f"{shown(path)}:{line}"
        for path in package_modules()
        for line, module, _ in imports(path)
        if module.split(".")[0] == library and not shown(path).startswith(f"packages/{AT_HOME[library]}")
    ]
    assert not strays
