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
from tests.typing.checkers import PATIENCE_SECONDS, CheckerFailed
from tests.typing.kinds import GATE
from tests.typing.loosening import INTERNAL, SPECIAL, loosened
from tests.typing.mutants import mutants, show
from tests.typing.mutation import DoesNotApply, Mutant, patched, survivors

ONE_OF_EACH_SORT = {
    "add loses the parameters",
    "add has lost the typed overload",
    "Docket.replace (1) does without key",
    "Docket.replace (2) takes any options",
    "Docket.replace (2) calls when otherwise",
    "App.__init__ requires collect_errors",
    "handles are invariant",
    "Execution.get_result takes its options by position",
    "PlannedStep can be changed",
    "App.get gives no coroutine",
    "Resolution.is_open can be set",
    "override takes None for factory",
    "Scope.__aexit__ gives None",
    "Dependency.bind_to_parameter gives anything",
    "CleanUpTimeoutError is no TimeoutError",
    "Argument takes bytes for name",
    "Docket.add (1) takes no None for key",
    "Worker.run takes anything for the str in tasks",
    "Execution.get_argument gives an object",
    "Docket.tasks gives anything for str",
    "Fresh takes Iterable[T] for Iterator[T]",
    "Disposal is no StrEnum",
    "Disposal.STRUCK is lost",
    "Retry is no FailureHook",
    "Retry is a Dependency of anything",
    "Execution.get_result takes float for timeout",
    "Retry.at comes back",
    "current_docket is of anything",
    "Scope.__aenter__ gives a Scope",
    "Depends does not check bindings of T",
    "marker takes dependency by its name too",
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
    """Each applies, to one place, and is Python whose names are all known; no two are, or are called, the same."""
    every = mutants()
    assert len({mutant.name for mutant in every}) == len(every) > 1400
    assert len({(mutant.file, mutant.source) for mutant in every}) == len(every)
    for number, mutant in enumerate(every):
        mutant.write(tmp_path / f"mutant_{number}.py")
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=E9,F821", tmp_path]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout


def test_a_checker_that_fails_does_not_take_along_what_the_others_notice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half an hour's answers are not lost; but not all is well."""

    def shown(checker: str, chosen: Sequence[Mutant], folder: Path) -> list[str]:
        if checker in failing:
            raise CheckerFailed(f"{checker} ended with 3")
        return []

    monkeypatch.setattr("tests.typing.mutants.survivors", shown)
    for failing in ({"mypy"}, {"ty"}, set[str]()):
        assert show([], ["mypy", "ty", "pyright"]) is not bool(failing)
        printed = capsys.readouterr().out
        assert [f"{checker}: {checker} ended with 3\n" in printed for checker in failing] == [True] * len(failing)
        assert "pyright: 0 of 0" in printed


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
    """A parameter's type, name, default and whether it is named; what else is taken, comes back, and can be set."""
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
        "Docket.cancel does without key": ["async def cancel(self, key: str = cast(Any, ...)) -> Cancellation:"],
        "Docket.cancel takes any options": ["async def cancel(self, key: str, **options: Any) -> Cancellation:"],
        "Docket.clear takes any options": ["async def clear(self, **options: Any) -> int:"],
        "TaskKey takes any options": ["def TaskKey(**options: Any) -> str:"],
        "plan takes any options": ["def plan[R](function: Callable[..., R], /, **options: Any) -> Plan[R]:"],
        "plan takes function by its name too": ["def plan[R](function: Callable[..., R]) -> Plan[R]:"],
        "Docket.cancel takes bytes for key": ["async def cancel(self, key: str | bytes) -> Cancellation:"],
        "Worker.run takes float for concurrency": ["concurrency: int | float = 10,"],
        "Docket.add (1) takes no None for key": ["self, function: str, when: datetime | None = None, key: str = None"],
        "Worker.run takes anything for the str in tasks": ["tasks: Iterable[Any] = (),"],
        "Execution.get_argument gives an object": ["def get_argument(self, name: str) -> object:"],
        "Docket.cancel_many gives anything for Cancellation": [
            "async def cancel_many(self, keys: Iterable[str]) -> dict[str, Any]:"
        ],
        "Disposal is no StrEnum": ["class Disposal(Enum):"],
        "Disposal.STRUCK is lost": ["pass"],
        "Retry is no FailureHook": ["class Retry(Dependency['Retry']):"],
        "Retry is a Dependency of anything": ["class Retry(FailureHook, Dependency[Any]):"],
        "Retry.after comes back": ["def after(self, delay: timedelta) -> None:"],
        "Retry.at takes timedelta for when": ["def at(self, when: datetime | timedelta) -> NoReturn:"],
        "Docket.__aenter__ gives a Docket": ['async def __aenter__(self) -> "Docket":'],
    }
    assert changes([*expected]) == expected


def test_what_would_be_no_loosening_is_left_out() -> None:
    """None for what may be None already or is of any type, and `Awaitable` for what only `async with` awaits.

    So are options for what nobody calls by name, the base of a class that cannot be derived from, a base that only the
    class itself knows of, and the only type that is taken.
    """
    names = {mutant.name for mutant in loosened()}
    assert not names & {
        "FailureHook is no ABC",
        "Execution is a Generic of anything",
        "Execution.get_argument gives anything",
        "Docket.register takes anything for the Any in function",
        "Docket.cancel takes no str for key",
        "Docket.register takes None for names",
        "Docket.strike takes None for value",
        "App.get takes None for declared",
        "Docket.__aenter__ gives no coroutine",
        "Docket.__aenter__ takes any options",
        "Docket.tasks takes any options",
        "Resolution.__aenter__ gives a Resolution",
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
