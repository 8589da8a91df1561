"""Identifiers that sort by time."""

import os
import time
from uuid import RFC_4122, UUID

import pytest

from docket._ids import uuid7


def test_version_and_variant_are_those_of_the_standard() -> None:
    """RFC 9562 fixes six bits; they hold for every random value."""
    for _ in range(1000):
        made = uuid7()
        assert (made.version, made.variant) == (7, RFC_4122)


def test_the_first_48_bits_are_the_milliseconds_of_its_making() -> None:
    """The time can be read back, and lies between before and after."""
    before = time.time_ns() // 1_000_000
    made = uuid7().int >> 80
    assert before <= made <= time.time_ns() // 1_000_000


def test_they_sort_by_the_millisecond_of_their_making(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also as text, and also if the random bits of the earlier one are all ones."""
    moments = [0, 1, 255, 256, 1_700_000_000_000, 1_700_000_000_001, 2**48 - 1]
    made: list[UUID] = []
    for index, moment in enumerate(moments):
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000 + 999_999)
        monkeypatch.setattr(os, "urandom", lambda size, index=index: (b"\xff", b"\x00")[index % 2] * size)
        made.append(uuid7())
    assert made == sorted(made)
    assert [str(one) for one in made] == sorted(str(one) for one in made)
    assert {one.version for one in made} == {7}


def test_the_other_bits_are_random() -> None:
    """Many of one millisecond are all different, and every free bit is both 0 and 1 among them."""
    made = [uuid7().int for _ in range(2000)]
    assert len(set(made)) == len(made)
    free = (1 << 80) - 1 - (0xF << 76) - (0b11 << 62)
    ones = zeros = 0
    for one in made:
        ones |= one
        zeros |= ~one
    assert ones & zeros & free == free
