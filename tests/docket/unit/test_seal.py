"""What a seal vouches for, and what it refuses."""

from itertools import combinations, product

import pytest

from docket import Docket, StrikeList
from docket.errors import PayloadError, PayloadRefused
from docket.model import payload
from docket.model.seal import Kind, Seal, SigningKey

KEY = "k" * 32
OTHER = b"\xff" * 32
PLACE = (Kind.ARGUMENTS, "key", "function")


@pytest.mark.parametrize("data", [b"", b"data", b"\0" * 100, payload.dumps([1, 2])])
@pytest.mark.parametrize("key", [KEY, OTHER, [KEY], (OTHER, KEY)])
def test_what_was_sealed_comes_back(data: bytes, key: SigningKey) -> None:
    """The same bytes, for the same place; sealed they are others."""
    seal = Seal("docket", key)
    sealed = seal.close(data, *PLACE)
    assert sealed != data
    assert seal.open(sealed, *PLACE) == data
    assert Seal("docket", key).open(sealed, *PLACE) == data


def test_without_a_key_nothing_is_sealed() -> None:
    """Bytes are stored and read as they are."""
    seal = Seal("docket")
    assert not seal
    assert Seal("docket", KEY)
    assert seal.close(b"data", *PLACE) == b"data"
    assert seal.open(b"data", *PLACE) == b"data"


def test_a_seal_holds_at_its_place_alone() -> None:
    """The docket, what it is, the key and the function: with any of them another, it is refused."""
    places = [*product(("docket", "docket2"), Kind, ("key", "", "key2"), ("function", ""))]
    # Parts that run together to the same text are other parts all the same.
    places += [
        ("docket", Kind.RESULT, "ab", "c"),
        ("docket", Kind.RESULT, "a", "bc"),
        ("docket", Kind.RESULT, "abc", ""),
    ]
    for (one, *here), (other, *there) in combinations(places, 2):
        sealed = Seal(one, KEY).close(b"data", *here)
        with pytest.raises(PayloadRefused):
            Seal(other, KEY).open(sealed, *there)


@pytest.mark.parametrize("name", ["é", "\udcff", "nul\0", "x" * 10_000])
def test_a_place_may_have_any_name(name: str) -> None:
    """Whatever characters a docket, a key or a function holds."""
    seal = Seal(name, KEY)
    assert seal.open(seal.close(b"data", Kind.RESULT, name, name), Kind.RESULT, name, name) == b"data"


def test_bytes_that_were_changed_are_refused() -> None:
    """Any bit of them, of the seal or of what is sealed; and any that is missing or one too many."""
    seal = Seal("docket", KEY)
    sealed = seal.close(b"data", *PLACE)
    forged = [sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in range(len(sealed))]
    for data in [*forged, *(sealed[:end] for end in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(PayloadRefused):
            seal.open(data, *PLACE)


def test_bytes_without_a_seal_are_refused_where_there_is_a_key() -> None:
    """The error says what is missing, where, and who has left it out; it is a PayloadError."""
    with pytest.raises(PayloadError, match="there is no signature on the arguments of 'key', but the"):
        Seal("docket", KEY).open(b"data", *PLACE)


def test_sealed_bytes_are_refused_where_there_is_no_key() -> None:
    """They are not taken for a broken pickle: the error says that a key is missing."""
    sealed = Seal("docket", KEY).close(b"data", *PLACE)
    with pytest.raises(PayloadRefused, match="the docket 'docket' has no signing key here: give it the one that"):
        Seal("docket").open(sealed, *PLACE)


def test_bytes_of_another_key_are_refused() -> None:
    """The error says that no key fits."""
    sealed = Seal("docket", KEY).close(b"data", *PLACE)
    with pytest.raises(PayloadRefused, match="fits no signing key that the docket 'docket' has here"):
        Seal("docket", OTHER).open(sealed, *PLACE)


def test_keys_are_exchanged_one_after_the_other() -> None:
    """Of several keys the first one seals, and all are accepted."""
    old, both, new = Seal("docket", KEY), Seal("docket", [OTHER, KEY]), Seal("docket", [OTHER])
    assert both.open(old.close(b"data", *PLACE), *PLACE) == b"data"
    assert new.open(both.close(b"data", *PLACE), *PLACE) == b"data"
    with pytest.raises(PayloadRefused):
        old.open(both.close(b"data", *PLACE), *PLACE)


@pytest.mark.parametrize("make", [Docket, StrikeList])
@pytest.mark.parametrize(
    ("key", "kind", "reason"),
    [
        ("secret", ValueError, "a signing key has at least 32 bytes, not 6: make one with"),
        (b"", ValueError, "at least 32 bytes, not 0"),
        ([KEY, "secret"], ValueError, "at least 32 bytes, not 6"),
        ([], ValueError, "there is no signing key in the sequence of them"),
        (32, TypeError, "a signing key is a string or bytes"),
        ([None], TypeError, "a signing key is a string or bytes"),
    ],
)
def test_what_is_no_key_is_refused_at_once(
    make: type[Docket], key: SigningKey, kind: type[Exception], reason: str
) -> None:
    """The error says what a key is; the key itself, which is a secret, is not in it."""
    with pytest.raises(kind, match=reason) as caught:
        make("docket", signing_key=key)
    assert "secret'" not in str(caught.value)


def test_a_seal_does_not_show_its_keys() -> None:
    """Nobody prints a secret by mistake."""
    assert KEY not in repr(Seal("docket", KEY)) + str(vars(Docket("docket", signing_key=KEY)))
