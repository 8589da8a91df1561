"""The tasks of the harness: ordinary ones, slow ones, failing ones, and poison.

Each writes its beginning, its end and its clean-up into its process' history, and returns the claim under which it ran,
so that a result says whose it is. The first argument is the id of the call that has scheduled it.
"""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, NoReturn

from docket import CurrentDocket, CurrentExecution, Depends, Docket, Execution, Retry, TaskArgument
from docket.errors import ServerTrouble

from .history import Journal
from .part import LEASE_SECONDS

journal = Journal()
"""Where to write; opened by the program that runs the tasks."""


class Trouble(Exception):
    """What a task raises that is meant to fail."""


async def _witness(call: str = TaskArgument(), execution: Execution = CurrentExecution()) -> AsyncIterator[str]:
    run = {"key": execution.key, "claim": execution.claim}
    journal.note("start", **run, call=call, task=execution.function_name)
    how = "returned"
    try:
        yield execution.claim or ""
    except BaseException as error:
        how = type(error).__name__
        raise
    finally:
        journal.note("end", **run, how=how)
        try:
            # Time for somebody to see the execution as completed, if that should be so too early.
            await asyncio.sleep(0.002)
        finally:
            journal.note("cleaned", **run)


async def quick(call: str, claim: str = Depends(_witness)) -> str:
    """Return at once."""
    return claim


async def struck(call: str, claim: str = Depends(_witness)) -> str:
    """Return at once; but now and then somebody strikes this task."""
    return claim


async def nap(call: str, seconds: float, claim: str = Depends(_witness)) -> str:
    """Take some time."""
    await asyncio.sleep(seconds)
    return claim


async def stubborn(call: str, seconds: float, claim: str = Depends(_witness)) -> str:
    """Take some time, and some more to stop."""
    try:
        await asyncio.sleep(seconds)
    finally:
        await asyncio.sleep(0.3)
    return claim


_RETRY = Retry(attempts=3, delay=timedelta(milliseconds=100))


async def flaky(call: str, failures: int, claim: str = Depends(_witness), retry: Retry = _RETRY) -> str:
    """Fail so many times, and then return."""
    await asyncio.sleep(0.01)
    if retry.attempt <= failures:
        raise Trouble(f"attempt {retry.attempt}")
    return claim


async def chain(
    call: str,
    left: int,
    claim: str = Depends(_witness),
    docket: Docket = CurrentDocket(),
    execution: Execution = CurrentExecution(),
) -> str:
    """Schedule the own key anew, so many times."""
    if left:
        # Each copy of a run makes a call of its own.
        successor = f"{call.partition('+')[0]}+{left}.{claim[:8]}.{claim.partition('-')[2]}"
        journal.note("invoke", call=successor, verb="add", key=execution.key, task="chain")
        try:
            added = await docket.add(chain, key=execution.key)(successor, left - 1)
        except ServerTrouble as error:
            journal.note("unknown", call=successor, error=type(error).__name__)
        else:
            journal.note("answer", call=successor, disposition=added.disposition.value, generation=added.generation)
    return claim


async def _messy(claim: str = Depends(_witness)) -> AsyncIterator[str]:
    yield claim
    raise Trouble("in the clean-up")


async def messy(call: str, claim: str = Depends(_messy)) -> str:
    """Return, but fail to clean up."""
    return claim


# Poison --------------------------------------------------------------------------------------------------------------


async def unpicklable_result(call: str, claim: str = Depends(_witness)) -> Iterator[int]:
    """Return what nobody can pickle."""
    return (number for number in range(3))


class _Unpicklable(Exception):
    def __reduce__(self) -> NoReturn:
        raise Trouble("not to be pickled")


class _Unreadable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one + two)


async def unpicklable_error(call: str, claim: str = Depends(_witness)) -> str:
    """Raise what nobody can pickle."""
    raise _Unpicklable


async def unreadable_error(call: str, claim: str = Depends(_witness)) -> str:
    """Raise what can be pickled, but not unpickled."""
    raise _Unreadable(1, 2)


async def leaves(call: str, claim: str = Depends(_witness)) -> str:
    """Try to end the worker."""
    raise SystemExit(3)


async def interrupts(call: str, claim: str = Depends(_witness)) -> str:
    """Behave as if somebody had pressed Ctrl-C."""
    raise KeyboardInterrupt


async def kills(call: str, claim: str = Depends(_witness), execution: Execution = CurrentExecution()) -> str:
    """End the worker as a crash would, the first time."""
    if not execution.redelivered:
        os.kill(os.getpid(), signal.SIGKILL)
    return claim


async def deadly(call: str, claim: str = Depends(_witness)) -> str:
    """End every worker that runs it."""
    os.kill(os.getpid(), signal.SIGKILL)
    return claim


async def blocks(call: str, claim: str = Depends(_witness), execution: Execution = CurrentExecution()) -> str:
    """Hold up the event loop for longer than a lease, the first time."""
    if not execution.redelivered:
        time.sleep(1.3 * LEASE_SECONDS)  # noqa: ASYNC251 - that is what it is about
    return claim


def _explode() -> NoReturn:
    raise Trouble("not to be unpickled")


class Bomb:
    """An argument that a worker cannot unpickle."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _explode, ()


POISON = (unpicklable_result, unpicklable_error, unreadable_error, leaves, interrupts, kills, deadly, blocks)
TASKS = (quick, struck, nap, stubborn, flaky, chain, messy, *POISON)
KNOWN_TO_SOME = "shy"
"""The name of a task, `quick` in fact, that the first worker does not know."""
