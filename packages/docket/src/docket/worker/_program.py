"""A worker that is a program of its own: signals tell it to leave."""

import asyncio
import logging
import signal
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

logger = logging.getLogger("docket.worker")

_ONE_SIGNAL_SECONDS = 0.5
"""Signals closer than that are one: what wraps a program passes on a signal that its whole process group has got."""


class Stoppable(Protocol):
    """What signals stop."""

    shutdown_timeout: timedelta

    def stop(self) -> None: ...
    def stop_now(self) -> None: ...


@contextmanager
def heeding_signals(worker: Stoppable) -> Generator[None]:
    """The first SIGTERM or SIGINT has the worker leave when what runs has ended, the second one at once."""
    loop = asyncio.get_running_loop()
    first: float | None = None

    def heed(number: signal.Signals) -> None:
        nonlocal first
        if first is None:
            first = loop.time()
            seconds = worker.shutdown_timeout.total_seconds()
            logger.info(
                "%s: taking no more work, and leaving when what runs has ended, within %g s", number.name, seconds
            )
            worker.stop()
        elif loop.time() - first > _ONE_SIGNAL_SECONDS:
            logger.warning("%s again: giving back what runs", number.name)
            worker.stop_now()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, heed, number)
    try:
        yield
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
