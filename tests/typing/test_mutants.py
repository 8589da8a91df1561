"""The typing tests bite: mypy and pyright notice a signature that was loosened.

These are one mutant of each sort; `make mutants` shows all of them to every checker.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.typing.benches import check, lay_out
from tests.typing.kinds import GATE
from tests.typing.mutants import mutants
from tests.typing.mutation import DoesNotApply, Mutant, survivors

ONE_OF_EACH_SORT = {
    "add loses the parameters",
    "add has lost the typed overload",
    "add by name gives no coroutine",
    "replace loses the result",
    "replace by name needs no key",
    "replace takes functions that are not async",
    "register takes anything",
    "handles are invariant",
    "handles need a parameter",
    "get_result gives anything",
    "TaskKey is anything",
    "Depends has lost AsyncIterator[T]",
    "Depends does not check bindings of T",
    "marker gives the dependency",
    "call takes any arguments",
    "dependencies are not abstract",
}
SIMPLE = Mutant("simple", "docket/docket.py", "def add(", "key: str", "key: Any")
SOURCE = "def add(self, key: str) -> None:\n    key: str\n\n\ndef replace(key: str) -> None: ...\n"


@pytest.mark.parametrize("checker", GATE)
def test_one_mutant_of_each_sort_is_noticed(checker: str, tmp_path: Path) -> None:
    """Somebody who loosens a signature breaks a promise that a typing test has made."""
    chosen = [mutant for mutant in mutants() if mutant.name in ONE_OF_EACH_SORT]
    assert len(chosen) == len(ONE_OF_EACH_SORT)
    assert survivors(checker, chosen, tmp_path) == []


@pytest.mark.parametrize("checker", GATE)
def test_a_mutant_that_changes_nothing_is_not_noticed(checker: str, tmp_path: Path) -> None:
    """Otherwise any bench would do for a mutant, and being noticed would prove nothing."""
    harmless = replace(SIMPLE, declaration="def clear(self)", old="-> int", new='-> "int"')
    assert survivors(checker, [harmless], tmp_path) == ["simple"]


@pytest.mark.parametrize("checker", GATE)
def test_an_error_inside_of_the_packages_is_not_the_typing_tests_merit(checker: str, tmp_path: Path) -> None:
    """A mutant that only the packages themselves suffer from is one that no promise is about."""
    inside = replace(SIMPLE, declaration="def _checked_key(", old="-> str", new="-> int")
    assert survivors(checker, [inside], tmp_path) == ["simple"]


def test_every_mutant_applies() -> None:
    """To one place of one declaration, and no two are called the same."""
    every = mutants()
    for mutant in every:
        mutant.check_that_it_applies()
    assert len({mutant.name for mutant in every}) == len(every) > 100


def test_a_mutant_changes_its_declaration_alone() -> None:
    """Not the body, and nothing after it."""
    assert SIMPLE.applied(SOURCE) == SOURCE.replace("key: str", "key: Any", 1)


@pytest.mark.parametrize(
    ("mutant", "why"),
    [
        (replace(SIMPLE, declaration="def remove("), "0 times"),
        (replace(SIMPLE, declaration="def "), "2 times"),
        (replace(SIMPLE, old="key: int"), "0 times"),
        (replace(SIMPLE, old="e"), r"\d times"),
        (replace(SIMPLE, new="key: str"), "changes nothing"),
    ],
)
def test_a_mutant_that_does_not_apply_is_noticed(mutant: Mutant, why: str) -> None:
    """A signature that was rewritten takes its mutants along."""
    with pytest.raises(DoesNotApply, match=why):
        mutant.applied(SOURCE)


@pytest.mark.parametrize("checker", ["pyright", "basedpyright"])
def test_benches_that_are_checked_at_once_do_not_mix(checker: str, tmp_path: Path) -> None:
    """Each bench's typing tests see its own packages."""
    broken = replace(SIMPLE, declaration="async def result(", old="-> R_co", new="-> Any", file="docket/execution.py")
    benches = [lay_out(tmp_path / "first"), broken.lay_out(tmp_path / "second"), lay_out(tmp_path / "third")]
    found = [bench.problems(report) for bench, report in zip(benches, check(checker, benches), strict=True)]
    assert [bool(problems) for problems in found] == [False, True, False]
    assert json.loads((tmp_path / f"{checker}.json").read_text("utf-8"))["typeCheckingMode"] == "strict"
