"""Every Lua script begins with its contract, and names exactly the parts that it needs."""

import re
from itertools import takewhile
from pathlib import Path

import pytest

from tests.repository import SOURCES, package_modules

FOLDER = SOURCES["docket"] / "storage" / "lua"
VERBS = {path.stem: path for path in sorted(FOLDER.glob("*.lua"))}
PARTS = {path.stem: path for path in sorted(FOLDER.glob("parts/*.lua"))}

_USES = re.compile(r"-- uses: (\w+(?:, \w+)*)")
_DEFINED = re.compile(r"^local function (\w+)", re.MULTILINE)


def head(path: Path) -> list[str]:
    """The comment that a script begins with, without its dashes."""
    lines = takewhile(lambda line: line.startswith("--"), path.read_text("utf-8").splitlines())
    return [line.removeprefix("--").strip() for line in lines]


def uses(path: Path) -> list[str]:
    """The parts that a script names, in their order."""
    named = [match[1].split(", ") for line in head(path) if (match := _USES.fullmatch(f"-- {line}"))]
    return named[0] if named else []


def code(path: Path) -> str:
    """A script without its comments."""
    return re.sub(r"--.*", "", path.read_text("utf-8"))


def defined(path: Path) -> list[str]:
    """The functions that a part consists of."""
    return _DEFINED.findall(code(path))


def needs(path: Path, part: str) -> bool:
    """Whether a script calls a function of a part."""
    return any(re.search(rf"\b{function}\(", code(path)) for function in defined(PARTS[part]))


def test_there_are_scripts() -> None:
    """The other claims are not about nothing."""
    assert VERBS
    assert PARTS


@pytest.mark.parametrize("path", [*VERBS.values(), *PARTS.values()], ids=lambda path: path.stem)
def test_a_script_begins_with_its_contract(path: Path) -> None:
    """What it does, in sentences, is the first thing to read."""
    said = " ".join(line for line in head(path) if not line.startswith("uses:"))
    assert re.match(r"[A-Z].*\.$", said), f"{path.name} begins with {said!r}"


@pytest.mark.parametrize("verb", VERBS)
def test_a_scripts_answer_is_in_its_contract(verb: str) -> None:
    """Whoever calls a script that returns something learns there what it is."""
    answers = re.search(r"^return (?!1$)", code(VERBS[verb]), re.MULTILINE)
    assert not answers or any(line.startswith("Returns ") for line in head(VERBS[verb]))


@pytest.mark.parametrize("verb", VERBS)
def test_a_script_names_its_keys_first(verb: str) -> None:
    """The first statement gives every key a name."""
    first = next(line for line in code(VERBS[verb]).splitlines() if line.strip())
    assert re.fullmatch(r"local \w+(, \w+)* = KEYS\[1\](, KEYS\[\d\])*\s*", first), first


@pytest.mark.parametrize("verb", VERBS)
def test_a_script_uses_exactly_the_parts_that_it_names(verb: str) -> None:
    """They all exist, each is needed by the script or by a part after it, and none is needed that comes too late."""
    named = uses(VERBS[verb])
    assert {*named} <= {*PARTS}
    assert len({*named}) == len(named)
    for place, part in enumerate(named):
        later = [PARTS[name] for name in named[place + 1 :]] + [VERBS[verb]]
        assert any(needs(path, part) for path in later), f"{verb} does not need {part}"
    for place, path in enumerate([*(PARTS[name] for name in named), VERBS[verb]]):
        needed = {part for part in PARTS if path != PARTS[part] and needs(path, part)}
        assert needed <= {*named[:place]}, f"{path.stem}, as {verb} uses it, comes before what it needs"


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_used(part: str) -> None:
    """What no script names is dead."""
    assert any(part in uses(path) for path in VERBS.values())
    assert defined(PARTS[part])


@pytest.mark.parametrize("verb", VERBS)
def test_every_script_is_called(verb: str) -> None:
    """What no module of verbs names, as text or as the class of an outcome, is dead."""
    modules = [path.read_text("utf-8") for path in package_modules("docket") if "storage" in path.parts]
    assert any(f'"{verb}"' in source or f"class {verb.capitalize()}(" in source for source in modules)
