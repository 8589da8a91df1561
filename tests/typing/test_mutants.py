"""The typing tests bite: mypy and pyright notice a signature that was loosened.

These are one mutant of each sort; `make mutants` shows all of them to every checker.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.repository import SOURCES
from tests.typing.benches import check, lay_out
from tests.typing.checkers import PATIENCE_SECONDS
from tests.typing.kinds import GATE
from tests.typing.loosening import INTERNAL, SPECIAL, loosened
from tests.typing.mutants import mutants
from tests.typing.mutation import DoesNotApply, Mutant, patched, survivors

ONE_OF_EACH_SORT = {
    "add loses the parameters",
    "add has lost the typed overload",
    "replace by name needs no key",
    "replace takes functions that are not async",
    "Docket.replace (2) calls when otherwise",
    "App.__init__ requires collect_errors",
    "handles are invariant",
    "Execution.get_result takes its options by position",
    "PlannedStep can be changed",
    "Docket.snapshot gives no coroutine",
    "Resolution.is_open can be set",
    "override takes None for factory",
    "Scope.__aexit__ gives None",
    "Dependency.bind_to_parameter gives anything",
    "CleanUpTimeoutError is no TimeoutError",
    "Depends does not check bindings of T",
    "marker gives the dependency",
    "dependencies are not abstract",
}


@pytest.mark.timeout(PATIENCE_SECONDS + 120)
@pytest.mark.parametrize("checker", GATE)
def test_one_mutant_of_each_sort_is_noticed(checker: str, tmp_path: Path) -> None:
    """Somebody who loosens a signature breaks a promise that a typing test has made."""
    chosen = [mutant for mutant in mutants() if mutant.name in ONE_OF_EACH_SORT]
    assert len(chosen) == len(ONE_OF_EACH_SORT)
    assert survivors(checker, chosen, tmp_path) == []


@pytest.mark.parametrize("checker", GATE)
def test_a_mutant_that_changes_nothing_is_not_noticed(checker: str, tmp_path: Path) -> None:
    """Otherwise any bench would do for a mutant, and being noticed would prove nothing."""
    harmless = patched("harmless", "docket/docket.py", "def clear(self)", "-> int", '-> "int"')
    assert survivors(checker, [harmless], tmp_path) == ["harmless"]


@pytest.mark.parametrize("checker", GATE)
def test_an_error_inside_of_the_packages_is_not_the_typing_tests_merit(checker: str, tmp_path: Path) -> None:
    """A mutant that only the packages themselves suffer from is one that no promise is about."""
    inside = patched("inside", "docket/_calls.py", "def checked_key(", "-> str", "-> int")
    assert survivors(checker, [inside], tmp_path) == ["inside"]


def test_every_mutant_could_be_released(tmp_path: Path) -> None:
    """Each applies, to one place, and is Python whose names are all known; and no two are called the same."""
    every = mutants()
    assert len({mutant.name for mutant in every}) == len(every) > 900
    for number, mutant in enumerate(every):
        mutant.write(tmp_path / f"mutant_{number}.py")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=E9,F821", tmp_path]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout


def test_a_mutant_changes_its_declaration_alone() -> None:
    """What is written elsewhere in the file stays as it is, even if it is written in the same way."""
    (before, after) = (patched("", "docket/docket.py", "def clear(", "int", new).source for new in ("INT", "Int"))
    lines = zip(before.splitlines(), after.splitlines(), strict=True)
    assert [pair for pair in lines if pair[0] != pair[1]] == [
        ("    async def clear(self) -> INT:", "    async def clear(self) -> Int:")
    ]


@pytest.mark.parametrize(
    ("declaration", "old", "new", "why"),
    [
        ("def remove(", "key", "name", "0 times"),
        ("def ", "key", "name", r"\d+ times"),
        ("def cancel(", "key: int", "name", "0 times"),
        ("def cancel(", "e", "name", r"\d times"),
        ("def cancel(", "key: str", "key: str", "changes nothing"),
    ],
)
def test_a_mutant_that_does_not_apply_is_noticed(declaration: str, old: str, new: str, why: str) -> None:
    """A signature that was rewritten takes its mutants along."""
    with pytest.raises(DoesNotApply, match=why):
        patched("a mutant", "docket/docket.py", declaration, old, new)


def changes(names: Sequence[str]) -> dict[str, list[str]]:
    """The lines that some of the mutants that are made by rule have in place of others."""
    chosen = [mutant for mutant in loosened() if mutant.name in names]
    return {
        mutant.name: [line.strip() for line in mutant.source.splitlines() if line not in lines_of(mutant)]
        for mutant in chosen
    }


def lines_of(mutant: Mutant) -> set[str]:
    """The lines of a mutant's file as they are."""
    return {*(SOURCES[mutant.file.partition("/")[0]].parent / mutant.file).read_text("utf-8").splitlines()}


def test_public_signatures_are_loosened_by_rule() -> None:
    """A parameter's type, its name, its default and whether it has to be named; what comes back; what can be set."""
    expected = {
        "Docket.cancel takes anything for key": ["async def cancel(self, key: Any) -> Cancellation:"],
        "Docket.cancel calls key otherwise": [
            "async def cancel(self, renamed: str) -> Cancellation:",
            "return await self.storage.executions.cancel(checked_key(renamed))",
        ],
        "Docket.cancel takes key by its name alone": ["async def cancel(self, *, key: str) -> Cancellation:"],
        "Docket.cancel takes None for key": ["async def cancel(self, key: str | None) -> Cancellation:"],
        "Docket.cancel gives no coroutine": [
            "def cancel(self, key: str) -> Awaitable[Cancellation]:",
            "raise NotImplementedError",
        ],
        "Docket.tasks can be set": ["@tasks.setter", "def tasks(self, value: Any) -> None: ..."],
        "Docket.dead_ttl is anything": ["self.dead_ttl: Any = dead_ttl"],
        "WorkerInfo can be changed": ["@dataclass(frozen=False, slots=True)"],
        "App can be derived from": [],
        "Scope.__aexit__ gives None": [") -> None:"],
        "ServerRefusal is no RuntimeError": ["class ServerRefusal(ServerTrouble):"],
        "ServerTrouble is no DocketError": ["class ServerTrouble(Exception):"],
        "CleanUpTimeoutError.seconds is anything": ["self.seconds: Any = seconds"],
        "Docket.cancel gives anything": ["async def cancel(self, key: str) -> Any:"],
        "Docket.find_task never gives None": ["def find_task(self, name: str) -> TaskFunction:"],
        "Retry.forever requires delay": ["def forever(cls, delay: timedelta) -> Self:"],
        "WorkerInfo.name is anything": ["name: Any"],
    }
    assert changes([*expected]) == expected


def test_what_would_be_no_loosening_is_left_out() -> None:
    """None for what may be None already or is of any type, and `Awaitable` for what only `async with` awaits."""
    names = {mutant.name for mutant in loosened()}
    assert not names & {
        "Docket.register takes None for names",
        "Docket.strike takes None for value",
        "App.get takes None for declared",
        "Docket.__aenter__ gives no coroutine",
        "Docket.__init__ gives anything",
    }


def test_what_is_internal_is_left_alone() -> None:
    """Nobody is promised what begins with an underscore, or belongs to the parts of a package itself."""
    names = {mutant.name.partition(" ")[0] for mutant in loosened()}
    assert "Docket.__init__" in names
    assert not {name for name in names if "._" in name} - {
        f"{name.partition('.')[0]}.{special}" for name in names for special in SPECIAL
    }
    assert not names & INTERNAL


@pytest.mark.parametrize("checker", ["pyright", "basedpyright"])
def test_benches_that_are_checked_at_once_do_not_mix(checker: str, tmp_path: Path) -> None:
    """Each bench's typing tests see its own packages."""
    broken = patched("broken", "docket/execution.py", "async def result(", "-> R_co", "-> Any")
    first, third = (lay_out(tmp_path / name, only="docket") for name in ("first", "third"))
    benches = [first, broken.lay_out(tmp_path / "second"), third]
    found = [bench.problems(report) for bench, report in zip(benches, check(checker, benches), strict=True)]
    assert [bool(problems) for problems in found] == [False, True, False]
    assert json.loads((tmp_path / f"{checker}.json").read_text("utf-8"))["typeCheckingMode"] == "strict"
