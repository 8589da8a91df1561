"""The scripts as they are packaged: whole, and each with the parts it uses."""

import hashlib
import re
from importlib.resources import files

import pytest

from docket.storage import scripts

FOLDER = files("docket.storage") / "lua"
VERBS = sorted(entry.name.removesuffix(".lua") for entry in FOLDER.iterdir() if entry.name.endswith(".lua"))
PARTS = sorted(entry.name.removesuffix(".lua") for entry in (FOLDER / "parts").iterdir())
_DEFINED = re.compile(rb"^local function (\w+)\(", re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS)
def test_the_digest_is_that_of_the_source(verb: str) -> None:
    """The server finds a script by the SHA-1 of exactly what it is sent."""
    script = scripts.load(verb)
    assert script.digest == hashlib.sha1(script.source).hexdigest().encode()
    assert scripts.load(verb) is script


@pytest.mark.parametrize("verb", VERBS)
def test_every_part_comes_once_and_before_it_is_used(verb: str) -> None:
    """A function that is called before its definition is a nil value, which shows only when that line is reached."""
    source = scripts.load(verb).source
    code = re.sub(rb"--[^\n]*", b"", source)
    defined = _DEFINED.findall(code)
    assert len(set(defined)) == len(defined)
    for name in defined:
        assert code.index(b"local function " + name) < re.search(rb"(?<!function )\b" + name + rb"\(", code).start()
    for part in PARTS:
        for name in _DEFINED.findall((FOLDER / "parts" / f"{part}.lua").read_bytes()):
            if re.search(rb"(?<!function )\b" + name + rb"\(", code):
                assert name in defined, f"{verb} uses {name} without its part"


@pytest.mark.parametrize("verb", VERBS)
def test_a_script_begins_with_its_contract(verb: str) -> None:
    """The first line says what it does, and its parts, if it has any, stand in a line of their own."""
    text = (FOLDER / f"{verb}.lua").read_text("utf-8")
    assert text.startswith("-- ")
    used = re.findall(r"^-- uses: (.+)$", text, re.MULTILINE)
    assert len(used) <= 1
    assert {part for line in used for part in line.split(", ")} <= set(PARTS)


def test_an_unknown_verb_is_an_error() -> None:
    """There is no script for it."""
    with pytest.raises(FileNotFoundError):
        scripts.load("no such verb")
