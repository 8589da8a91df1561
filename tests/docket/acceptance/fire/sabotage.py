"""Builds that are broken on purpose, to see that the harness notices.

Only the harness' own processes break themselves like this, from outside; nothing in docket knows of it.
"""

import hashlib
from collections.abc import Callable
from functools import cache

from docket.storage import scripts

_FENCE = "if held[1] ~= claim then"


def sabotage(how: str) -> None:
    """Break this process in one of the ways of `WAYS`; the empty one breaks nothing."""
    if how:
        WAYS[how]()


def _finish_without_a_fence() -> None:
    _rewrite("finish", _FENCE, "if not held[1] then")


def _renew_that_steals() -> None:
    _rewrite("renew", _FENCE, "redis.call('HSET', runs .. key, 'claim', claim)\n  if false then")


WAYS: dict[str, Callable[[], None]] = {
    "a finish without a fence": _finish_without_a_fence,
    "a renew that steals": _renew_that_steals,
}


def _rewrite(verb: str, old: str, new: str) -> None:
    load = scripts.load

    @cache
    def broken(name: str) -> scripts.Script:
        script = load(name)
        if name != verb:
            return script
        source = script.source.decode()
        assert source.count(old) == 1, f"{verb}.lua does not hold {old!r} once: the sabotage must be written anew"
        rewritten = source.replace(old, new).encode()
        return scripts.Script(rewritten, hashlib.sha1(rewritten, usedforsecurity=False).hexdigest().encode())

    scripts.load = broken  # type: ignore[assignment]
