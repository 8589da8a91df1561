"""Cancel scopes of anyio: they reach what other tasks do for a call as if the call did it itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from paramdeps import App, Depends, Shared

type Log = list[Any]


@pytest.fixture
def log() -> Log:
    return []


@pytest.mark.parametrize("concurrent", [False, True])
async def test_a_clean_up_that_is_shielded_is_not_cut_off(concurrent: bool, log: Log) -> None:
    """A cancelled scope of anyio around the application does not reach into it, whatever task runs it."""

    async def resource(name: str) -> AsyncIterator[str]:
        try:
            yield name
        finally:
            with anyio.CancelScope(shield=True):
                for _ in range(3):
                    await asyncio.sleep(0)
                log.append(name)

    async def task(a: str = Shared(resource, "shared"), b: str = Depends(resource, "own")) -> None:
        scope.cancel()
        await asyncio.Event().wait()

    with anyio.CancelScope() as scope:
        async with App(concurrent=concurrent) as app:
            await app.call(task)
    assert scope.cancelled_caught
    assert log == ["own", "shared"]


@pytest.mark.parametrize("concurrent", [False, True])
async def test_a_clean_up_that_is_not_shielded_is_cancelled_with_its_scope(concurrent: bool, log: Log) -> None:
    """Nothing waits for ever because it is cleaned up by another task."""

    async def resource(name: str) -> AsyncIterator[str]:
        try:
            yield name
        finally:
            try:
                await asyncio.Event().wait()
            finally:
                log.append(name)

    async def task(a: str = Shared(resource, "shared"), b: str = Depends(resource, "own")) -> None:
        scope.cancel()
        await asyncio.Event().wait()

    with anyio.CancelScope() as scope:
        async with App(concurrent=concurrent) as app:
            await app.call(task)
    assert log == ["own", "shared"]


async def test_an_entry_that_is_shielded_goes_on_in_a_cancelled_scope(log: Log) -> None:
    """A concurrent call is given up as a sequential one is: what is shielded is entered, and left."""
    begun = asyncio.Event()

    async def resource() -> AsyncIterator[None]:
        with anyio.CancelScope(shield=True):
            begun.set()
            for _ in range(5):
                await asyncio.sleep(0)
            log.append("+resource")
        yield
        log.append("-resource")

    async def task(resource: None = Depends(resource)) -> None: ...

    async def cancel() -> None:
        await begun.wait()
        scope.cancel()

    async with App(concurrent=True) as app:
        with anyio.CancelScope() as scope:
            cancelling = asyncio.create_task(cancel())
            await app.call(task)
        await cancelling
    assert log[:1] == ["+resource"]
