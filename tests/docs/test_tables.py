"""The tables of the documentation say what the code says."""

import re
from pathlib import Path

from docket import ExecutionState
from docket.storage.keys import STRUCTURES

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "explanation" / "architecture.md"


def table(name: str) -> list[str]:
    """The rows of a marked table, without its head."""
    found = re.search(f"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", ARCHITECTURE.read_text("utf-8"), re.DOTALL)
    assert found, f"the page has no table {name!r}"
    return found[1].splitlines()[2:]


def test_the_table_of_keys_is_what_the_code_spells() -> None:
    """Each kind of key stands in the docs with its type, its contents and its lifetime."""
    ends = {"request:": "<request>", "run:": "<key>", "worker:": "<worker>", "events:": "<key>"}
    assert table("keys") == [
        f"| `{{name}}:{suffix}{ends.get(suffix, '')}` | {kind} | {holds} | {lifetime} |"
        for suffix, kind, holds, lifetime in STRUCTURES
    ]


def test_the_table_of_states_is_what_the_code_allows() -> None:
    """Each state stands in the docs with the states that may come next."""
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table("states")]
    assert {state.strip("`"): set(re.findall("`(.*?)`", following)) for state, _, following in rows} == {
        state.value: {other.value for other in ExecutionState if state.may_become(other)} for state in ExecutionState
    }
