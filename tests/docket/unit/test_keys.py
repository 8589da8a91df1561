"""How keys are spelled: each structure its own, whatever names hold."""

from itertools import combinations, product

import pytest

from docket.storage.keys import Keys, decode, encode

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
