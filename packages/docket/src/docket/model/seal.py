"""Seals: what vouches that bytes were stored by somebody who knows a key, for the place where they are found.

A payload is a pickle, and to unpickle is to run whatever it says. A seal is looked at before that. It is an HMAC with
SHA-256 (RFC 2104) over the bytes and their place: the docket, the key and the function of the execution, and what they
are there, so that bytes that were sealed for one place are refused at any other.
"""

import hmac
from collections.abc import Sequence
from enum import StrEnum

from ..errors import PayloadRefused

SHORTEST_KEY = 32
"""A key shorter than what the hash puts out makes the seal weaker (RFC 2104, section 3). In bytes."""

_MARK = b"\0docket-seal-1\0"
"""What sealed bytes begin with; no pickle begins with a zero byte."""

_DIGEST_SIZE = 32

type SigningKey = str | bytes


class Kind(StrEnum):
    """What sealed bytes are."""

    ARGUMENTS = "arguments"
    RESULT = "result"
    EXCEPTION = "exception"
    STRIKE = "strike"


class Seal:
    """The keys of a docket, the first of which seals and all of which vouch; or none, and then nothing is sealed."""

    def __init__(self, docket: str, signing_key: SigningKey | Sequence[SigningKey] | None = None) -> None:
        """The seal of the docket called `docket`.

        Raises:
            TypeError: a key is neither a string nor bytes.
            ValueError: a key is too short, or there is none in the sequence.
        """
        self._docket = docket
        self._keys = _checked(signing_key)

    def __bool__(self) -> bool:
        return bool(self._keys)

    @staticmethod
    def is_on(data: bytes) -> bool:
        """Whether there is a signature on these bytes, whoever made it."""
        return data.startswith(_MARK)

    def close(self, data: bytes, kind: Kind, key: str, function: str) -> bytes:
        """Seal bytes for their place, if this docket has a key.

        Args:
            data: The bytes.
            kind: What they are.
            key: The key of the execution that they belong to.
            function: The name of its task.
        """
        if not self._keys:
            return data
        return _MARK + self._digest(self._keys[0], data, kind, key, function) + data

    def open(self, data: bytes, kind: Kind, key: str, function: str) -> bytes:
        """The bytes that were sealed for this place.

        Raises:
            PayloadRefused: they were not, or they are sealed and this docket has no key, or the other way round.
        """
        if not self.is_on(data):
            if not self._keys:
                return data
            raise PayloadRefused(
                f"there is no signature on the {kind} of {key!r}, but the docket {self._docket!r} has a signing key: "
                f"whoever stored that had none"
            )
        if not self._keys:
            raise PayloadRefused(
                f"there is a signature on the {kind} of {key!r}, but the docket {self._docket!r} has no signing key "
                f"here: give it the one that the others have"
            )
        begin = len(_MARK) + _DIGEST_SIZE
        digest, sealed = data[len(_MARK) : begin], data[begin:]
        for known in self._keys:
            if hmac.compare_digest(digest, self._digest(known, sealed, kind, key, function)):
                return sealed
        raise PayloadRefused(
            f"the signature on the {kind} of {key!r} fits no signing key that the docket {self._docket!r} has here: it "
            f"was made with another key or for another place, or something was changed since"
        )

    def _digest(self, known: bytes, data: bytes, kind: Kind, key: str, function: str) -> bytes:
        # Each part after its length, so that no other parts make the same bytes.
        parts = [text.encode("utf-8", "surrogatepass") for text in (kind.value, self._docket, key, function)]
        place = b"".join([len(part).to_bytes(8) + part for part in parts])
        return hmac.digest(known, place + data, "sha256")


def _checked(signing_key: SigningKey | Sequence[SigningKey] | None) -> tuple[bytes, ...]:
    if signing_key is None:
        return ()
    if isinstance(signing_key, str | bytes):
        return (_checked_key(signing_key),)
    try:
        keys = tuple(map(_checked_key, signing_key))
    except TypeError:
        # The key itself is in no message: it is a secret.
        raise TypeError("a signing key is a string or bytes, or there is a sequence of these") from None
    if not keys:
        raise ValueError("there is no signing key in the sequence of them: leave it out to sign nothing")
    return keys


def _checked_key(signing_key: SigningKey) -> bytes:
    data = signing_key.encode("utf-8", "surrogatepass") if isinstance(signing_key, str) else memoryview(signing_key)
    if len(data) < SHORTEST_KEY:
        raise ValueError(
            f"a signing key has at least {SHORTEST_KEY} bytes, not {len(data)}: make one with "
            f"python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return bytes(data)
