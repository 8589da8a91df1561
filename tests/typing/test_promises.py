"""What type checkers must accept and must reject, as `typing-tests/` says it, in every checker."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.repository import SOURCES, package_modules, shown
from tests.typing.benches import FOLDER, Bench, check, lay_out
from tests.typing.checkers import PATIENCE_SECONDS, Report
from tests.typing.kinds import CHECKERS
from tests.typing.loosening import MODULES, public_names


# The first of these waits for all five checkers.
@pytest.mark.timeout(PATIENCE_SECONDS + 120)
@pytest.mark.parametrize("checker", CHECKERS)
def test_every_checker_accepts_what_is_right_and_rejects_what_is_marked(
    bench: Bench, reports: dict[str, Report], checker: str
) -> None:
    """Each marked line is rejected for the reason it is marked with, nothing else is, and no file is passed over."""
    found = bench.problems(reports[checker])
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize("checker", CHECKERS)
def test_another_docket_is_noticed(tmp_path: Path, checker: str) -> None:
    """One that is installed or lying about must not keep the promises of this one."""
    bench = lay_out(tmp_path / "bench", only="no package")
    (bench.directory / "sources").rename(bench.directory / "elsewhere")
    (bench.directory / "sources").mkdir()
    (report,) = check(checker, [bench])
    assert {line.partition(":")[0] for line in bench.problems(report)} >= {
        f"typing-tests/calling_{package}.py" for package in SOURCES
    }


@pytest.mark.parametrize(
    ("checker", "settings", "lax"),
    [
        ("mypy", "mypy.ini", "[mypy]\nstrcit = true\n"),
        ("pyright", "pyrightconfig.json", '{"typeCheckingMode": "strcit"}'),
        ("basedpyright", "pyrightconfig.json", '{"typeCheckingMode": "standard"}'),
        ("pyrefly", "pyrefly.toml", 'preset = "basic"\ndisable-search-path-heuristics = true\n'),
        ("ty", "ty.toml", ""),
    ],
)
def test_settings_that_are_not_strict_are_noticed(tmp_path: Path, checker: str, settings: str, lax: str) -> None:
    """Mistyped ones, of which some checkers say little or nothing, are not strict either."""
    bench = lay_out(tmp_path / "bench", only="no package")
    (bench.directory / "typing-tests" / settings).write_text(lax, "utf-8")
    (report,) = check(checker, [bench])
    assert [problem for problem in bench.problems(report) if "no error of kind" in problem]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_a_typing_test(module: str) -> None:
    """One that checkers do not see, or see as something else, is noticed there."""
    tested = {
        alias.name
        for path in (FOLDER / module.partition(".")[0]).glob("*.py")
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }
    assert {*public_names(module)} - tested <= {"__version__"}


def test_checkers_see_what_is_run() -> None:
    """Only imports and aliases may be there for checkers alone, and nothing be hidden from them."""
    for path in package_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                harmless = all(isinstance(each, ast.Import | ast.ImportFrom | ast.TypeAlias) for each in node.body)
                assert ast.unparse(node.test) == "TYPE_CHECKING", shown(path)
                assert harmless, shown(path)
                assert not node.orelse, shown(path)


def test_the_files_have_names_of_their_own() -> None:
    """Mypy knows them as modules without a package, so two of one name, or one named like ours, would collide."""
    names = stems(FOLDER.rglob("*.py"))
    assert len({*names, *SOURCES, "__init__"}) == len(names) + len(SOURCES) + 1


def test_every_file_says_what_it_promises() -> None:
    """Its first line is a sentence that a reader finds it by."""
    silent = [path.name for path in FOLDER.rglob("*.py") if not path.read_text("utf-8").startswith('"""')]
    assert not silent


def stems(paths: Iterable[Path]) -> list[str]:
    """The names of some modules."""
    return [path.stem for path in paths]
