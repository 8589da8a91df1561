"""How keys are spelled: each structure its own, whatever names hold."""

from itertools import combinations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from docket.storage.keys import STRUCTURES, Keys, decode, encode

NAMES = [
    *("", "a", "b", "a:", ":a", "a}", "{a", "{a}", "a}:run:{b", "a%7D", "a%257D", "%", "%25", "%7B", "}{", "a\n"),
    *("a\x00", "run", "run:", "ready", "worker:x", "x" * 10_000, "é", "e\u0301", "\U0001f600"),
    *("\ud83d\ude00", "\ud800", "\udcff", "ÿ", "?", "\ufffd", "*", " ", "a "),
]


@pytest.mark.parametrize("text", NAMES)
def test_every_string_has_bytes_and_comes_back(text: str) -> None:
    """Nothing is refused and nothing is replaced, lone surrogates included."""
    assert decode(encode(text)) == text


def test_different_strings_have_different_bytes() -> None:
    """No two names share a key: a pair of surrogates is not the character it would stand for."""
    assert len({encode(name) for name in NAMES}) == len(NAMES)


def test_different_dockets_have_different_prefixes() -> None:
    """And none is the beginning of another one, so that no key of one lies behind another's prefix."""
    prefixes = [Keys(name).prefix for name in NAMES]
    for one, other in combinations(prefixes, 2):
        assert not one.startswith(other)
        assert not other.startswith(one)


@pytest.mark.parametrize("name", [name for name in NAMES if name])
def test_a_cluster_keeps_a_docket_together(name: str) -> None:
    """What the server hashes, between the first brace and the first that closes it, is the same for all its keys."""
    keys = Keys(name)
    made = [make(text) for make in (keys.run, keys.profile, keys.event) for text in NAMES]
    made += [keys.ready, keys.later, keys.leases, keys.workers, keys.signals]
    tags = {key[key.index(b"{") + 1 : key.index(b"}")] for key in made}
    assert tags == {keys.prefix[1:-2]}
    assert b"{" not in keys.prefix[1:-2]
    assert tags != {b""}


def test_a_usual_name_is_spelled_as_it_is() -> None:
    """A person who looks at the server finds what the documentation says."""
    keys = Keys("orders")
    assert (keys.ready, keys.later, keys.leases) == (b"{orders}:ready", b"{orders}:later", b"{orders}:leases")
    assert (keys.workers, keys.signals) == (b"{orders}:workers", b"{orders}:signals")
    assert keys.run("a:b") == b"{orders}:run:a:b"
    assert keys.profile("w") == b"{orders}:worker:w"
    assert keys.event("k") == b"{orders}:events:k"


def test_no_key_of_a_task_is_the_key_of_another_structure() -> None:
    """Records, profiles, channels and structures of one docket never meet, whatever the names."""
    keys = Keys("docket")
    made = [make(text) for make, text in product((keys.run, keys.profile, keys.event), NAMES)]
    made += [keys.ready, keys.later, keys.leases, keys.workers, keys.signals]
    assert len(set(made)) == len(made)
    assert all(key.startswith(keys.prefix) for key in made)


def test_the_parts_that_scripts_put_together_are_the_same_keys() -> None:
    """A script spells a record's key as a prefix and a name; so does Python."""
    keys = Keys("docket")
    for name in NAMES:
        assert keys.run(name) == keys.runs + encode(name)
        assert keys.profile(name) == keys.profiles + encode(name)
        assert keys.event(name) == keys.events + encode(name)


# What names are made of: any character, lone surrogates too, and pieces of keys.
pieces = ["{", "}", ":", "%", "%25", "%7B", "%7D", "}:", "\n", "\x00", *(structure.suffix for structure in STRUCTURES)]
characters = st.characters(exclude_categories=()) | st.characters(categories=["Cs"])
texts = st.lists(st.sampled_from(pieces) | characters, max_size=6).map("".join)
names_of_dockets = texts.filter(bool)

quickly = settings(max_examples=300, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

type Place = tuple[str, str, str]

NAMED = {"run": Keys.run, "worker": Keys.profile, "event": Keys.event}
SINGLE = ["ready", "suspects", "later", "leases", "dead", "workers", "swept", "strikes", "signals"]
PREFIXES = ["runs", "profiles", "requests", "events"]

places = st.tuples(names_of_dockets, st.sampled_from([*NAMED]) | st.sampled_from(SINGLE), texts)


@st.composite
def two_places(draw: st.DrawFn) -> tuple[Place, Place]:
    """Two places that are much alike: the names of one are often those of the other, or those as they are escaped."""
    one, drawn = draw(places), draw(places)

    def near(mine: str, drawn: str) -> str:
        return draw(st.sampled_from([mine, drawn, mine.replace("{", "%7B"), mine.replace("}", "%7D")]))

    other = near(one[0], drawn[0]), draw(st.sampled_from([one[1], drawn[1]])), near(one[2], drawn[2])
    return one, other


def spelled(place: Place) -> bytes:
    """The key of a structure of a docket, for a name if it has one for each."""
    docket, structure, name = place
    keys = Keys(docket)
    key: bytes = NAMED[structure](keys, name) if structure in NAMED else getattr(keys, structure)
    return key


def tag(key: bytes) -> bytes:
    """What a cluster hashes of a key: what is between the first brace and the next one that closes, or all of it."""
    start = key.find(b"{")
    end = key.find(b"}", start + 1)
    return key[start + 1 : end] if start >= 0 and end > start + 1 else key


def test_the_properties_are_about_every_kind_of_key() -> None:
    """None is forgotten in the lists above."""
    spelled_out = {name for name, value in vars(Keys("a")).items() if isinstance(value, bytes)} - {"prefix"}
    assert spelled_out == {*SINGLE, *PREFIXES}
    assert len(STRUCTURES) == len(SINGLE) + len(PREFIXES)


@quickly
@given(two_places())
def test_no_two_places_share_a_key(two: tuple[Place, Place]) -> None:
    """Whatever docket, structure and name two keys are of: if these differ, so do the keys."""
    one, other = [(docket, structure, name if structure in NAMED else "") for docket, structure, name in two]
    assert (spelled(one) == spelled(other)) == (one == other)


@quickly
@given(two_places())
def test_no_key_lies_behind_the_prefix_of_another_docket(two: tuple[Place, Place]) -> None:
    """Who looks for a docket's keys by their beginning finds no other docket's."""
    one, (docket, _, _) = two
    assert spelled(one).startswith(Keys(docket).prefix) == (one[0] == docket)


@quickly
@given(places, texts)
def test_all_keys_of_a_docket_are_in_one_slot(place: Place, name: str) -> None:
    """A cluster hashes the same part of each, which is the docket's escaped name and nothing else."""
    keys = Keys(place[0])
    assert tag(spelled(place)) == tag(keys.requests + encode(name)) == keys.prefix[1:-2]


@quickly
@given(texts)
def test_every_text_comes_back(text: str) -> None:
    """Whatever is stored as a name is read as the same name."""
    assert decode(encode(text)) == text
