"""Builds that are broken on purpose, to see that the harness notices.

Only the harness' own processes break themselves like this, from outside; nothing in docket knows of it.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from docket.storage import scripts
from docket.storage.deliveries import Claim, Consumer, Deliveries, Renewal
from docket.worker import _runner
from docket.worker._decision import Ending, Returned
from docket.worker._running import Running
from paramdeps import Plan

from .part import Part

_FENCE = "if held[1] ~= claim then"
_background: set[asyncio.Task[Any]] = set()


def sabotage(part: Part) -> None:
    """Break this process in the way that its part names; none breaks nothing."""
    if part.sabotage:
        WAYS[part.sabotage](part)


def _finish_without_a_fence(_part: Part) -> None:
    _rewrite("finish", _FENCE, "if not held[1] then")


def _renew_that_steals(_part: Part) -> None:
    _rewrite("renew", _FENCE, "redis.call('HSET', runs .. key, 'claim', claim)\n  if false then")


def _cancel_that_frees_the_key(_part: Part) -> None:
    ends = "conclude(record, events, key, generation, 'cancelled', '', '', ttl, now)"
    _rewrite("cancel", "redis.call('HSET', record, 'cancelled', 1)", ends)


def _request_that_is_forgotten(_part: Part) -> None:
    for verb in ("schedule", "replace", "cancel"):
        _rewrite(verb, "local kept = redis.call('GET', requests .. request)", "local kept = nil")
    _rewrite("schedule", "if held[4] == request then", "if false then")


def _take_that_knows_no_strikes(_part: Part) -> None:
    _rewrite("take", "if newer then", "if false then")


def _lease_that_ends_the_work(_part: Part) -> None:
    queue = "line_up(ready, suspects, key, held[2], losses)\n  announce"
    _rewrite("take", queue, "announce")


def _lease_by_the_clock_of_the_worker(part: Part) -> None:
    renew = Deliveries.renew

    async def skewed(self: Deliveries, consumer: Consumer, claims: list[Claim]) -> list[Renewal]:
        # By an hour, leases would run out before anything could be done, or never.
        shift_ms = max(-0.7 * consumer.lease_ms, min(part.skew_seconds * 1000, consumer.lease_ms))
        return await renew(self, replace(consumer, lease_ms=consumer.lease_ms + round(shift_ms)), claims)

    Deliveries.renew = skewed  # type: ignore[method-assign, assignment]


def _outcome_before_the_clean_up(_part: Part) -> None:
    async def hasty(running: Running, compiled: Plan[Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Ending:
        resolution = compiled.resolve(args, kwargs)
        await resolution.__aenter__()
        value = await compiled.function(*resolution.args, **resolution.kwargs)
        cleaning = asyncio.ensure_future(resolution.__aexit__(None, None, None))
        _background.add(cleaning)
        cleaning.add_done_callback(lambda cleaned: (_background.discard(cleaned), cleaned.exception()))
        return Returned(value)

    _runner._perform_with_dependencies = hasty  # type: ignore[assignment]


WAYS: dict[str, Callable[[Part], None]] = {
    "a finish without a fence": _finish_without_a_fence,
    "a renew that steals": _renew_that_steals,
    "an outcome before the clean-up": _outcome_before_the_clean_up,
    "a cancel that frees the key at once": _cancel_that_frees_the_key,
    "a request that is forgotten": _request_that_is_forgotten,
    "a take that knows no strikes": _take_that_knows_no_strikes,
    "a lost lease that ends the work": _lease_that_ends_the_work,
    "a lease by the worker's own clock": _lease_by_the_clock_of_the_worker,
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

    broken(verb)
    scripts.load = broken  # type: ignore[assignment]
