"""A cancellation reaches what other tasks do for a call as if the call did it itself, and none is lost or invented."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import anyio
import pytest

from paramdeps import App, Depends, EntryCancelledError, Shared, call, stream

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


def in_a_moment(function: Any) -> None:
    """Call `function` when the current task next waits."""
    asyncio.get_running_loop().call_soon(function)


async def own(value: int = 1) -> AsyncIterator[int]:
    yield value


async def test_a_cancellation_while_a_value_of_a_call_is_left_is_not_lost() -> None:
    """It may come when the task that leaves the value is done already: who waits for that is cancelled all the same."""

    async def task(value: int = Depends(own)) -> None:
        in_a_moment(running.cancel)

    async def run() -> None:
        async with App(concurrent=True) as app:
            await app.call(task)
        pytest.fail("the cancellation is lost")

    running = asyncio.create_task(run())
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_cancellation_while_a_shared_value_is_left_is_not_lost() -> None:
    """The same, of the whole application."""

    async def task(value: int = Shared(own)) -> None: ...

    async def run() -> None:
        async with App() as app:
            await app.call(task)
            in_a_moment(running.cancel)
        pytest.fail("the cancellation is lost")

    running = asyncio.create_task(run())
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_timeout_that_passes_while_a_value_is_left_is_not_lost() -> None:
    """`asyncio.timeout` around an application holds for the moment of leaving it, too."""

    async def task(value: int = Shared(own)) -> None: ...

    async def run() -> None:
        async with asyncio.timeout(None) as timeout, App() as app:
            await app.call(task)
            timeout.reschedule(0)

    with pytest.raises(TimeoutError):
        await run()


async def test_an_error_of_a_clean_up_goes_before_the_cancellation_that_came_meanwhile() -> None:
    """As it would if the clean-up had been cancelled, and had failed then."""

    async def resource() -> AsyncIterator[None]:
        yield
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("no end")

    async def task(value: None = Depends(resource)) -> None:
        in_a_moment(lambda: in_a_moment(running.cancel))

    async def run() -> None:
        async with App(concurrent=True) as app:
            await app.call(task)

    running = asyncio.create_task(run())
    with pytest.raises(OSError, match="no end"):
        await running


async def test_a_scope_that_is_cancelled_while_a_shielded_clean_up_runs_hides_no_error() -> None:
    """The scope tells again at the next wait, so the error of the body goes on."""

    async def resource() -> AsyncIterator[None]:
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                in_a_moment(scope.cancel)
                for _ in range(3):
                    await asyncio.sleep(0)

    async def task(value: None = Shared(resource)) -> None:
        raise OSError("body")

    with pytest.raises(OSError, match="body"), anyio.CancelScope() as scope:
        async with App() as app:
            await app.call(task)


async def deadline() -> AsyncIterator[None]:
    with anyio.CancelScope() as scope:
        in_a_moment(scope.cancel)
        yield


async def forever() -> None:
    await asyncio.Event().wait()


async def limited(deadline: None = Depends(deadline), value: None = Depends(forever)) -> None: ...


async def limited_stream(
    deadline: None = Depends(deadline), value: None = Depends(forever)
) -> AsyncIterator[None]:  # pragma: no cover - it is never entered
    yield


async def run_as(kind: str) -> None:
    """Call `limited`, in one of the ways there are."""
    if kind == "call":
        await call(limited)
    elif kind == "stream":
        await anext(stream(limited_stream))
    else:
        async with App(collect_errors=True) as app:
            await app.call(limited)


@pytest.mark.parametrize("kind", ["call", "stream", "collected"])
async def test_a_dependency_that_cuts_the_entry_short_leaves_an_error_and_no_cancellation(kind: str) -> None:
    """A task that nobody has cancelled would count as cancelled, and its failure would vanish."""
    with pytest.raises(EntryCancelledError, match=r"\.value -> forever was cancelled.* suppressed") as caught:
        await run_as(kind)
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


@pytest.mark.parametrize("concurrent", [False, True])
async def test_a_cancellation_that_a_dependency_suppresses_is_an_error_of_the_entry(concurrent: bool) -> None:
    """It stays suppressed, but there is nothing to go on with."""
    waiting = asyncio.Event()

    async def swallow() -> AsyncIterator[None]:
        with suppress(asyncio.CancelledError):
            yield

    async def slow() -> None:
        waiting.set()
        await forever()

    async def task(swallow: None = Depends(swallow), value: None = Depends(slow)) -> None: ...

    async def run() -> None:
        async with App(concurrent=concurrent) as app:
            await app.call(task)

    running = asyncio.create_task(run())
    await waiting.wait()
    running.cancel()
    with pytest.raises(EntryCancelledError):
        await running
