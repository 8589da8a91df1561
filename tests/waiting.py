"""Waiting for what is expected, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Callable

_POLL_SECONDS = 0.01


def wait_until(predicate: Callable[[], object], what: str, timeout_seconds: float = 10) -> None:
    """Return as soon as `predicate` holds; fail, saying `what` was awaited, when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {timeout_seconds:g} s: {what}"
        time.sleep(_POLL_SECONDS)


async def eventually(predicate: Callable[[], object], what: str, timeout_seconds: float = 10) -> None:
    """Like `wait_until`, while the event loop goes on."""
    deadline = time.monotonic() + timeout_seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {timeout_seconds:g} s: {what}"
        await asyncio.sleep(_POLL_SECONDS)
