"""`Tenure`: a resource that is entered and left by one task, which does nothing else."""

import asyncio
from abc import ABC, abstractmethod
from contextvars import Context
from types import TracebackType
from typing import Any

from ._entering import enter
from ._factories import Kind, leave
from ._leaving import note_path
from ._program import Step


class Tenure(ABC):
    """One task that enters a resource, holds it until it is told to leave it, and leaves it.

    A cancel scope or a task group that is entered in one task must not be left in another, and those of one task
    must be left in reverse order; so a resource that outlives what asked for it first, or that is entered beside
    others, has a task of its own.

    As an async context manager that has been entered, it is left: what is raised is what leaving the resource raised.

    Parameters:
        step: what is entered.

    Attributes:
        step: the same.
        entered: is done with the value when that is there, or with what was raised.
        task: the task, once it has been started.
        is_unwanted: whether its entry has been given up.
    """

    task: asyncio.Task[bool | None]

    def __init__(self, step: Step) -> None:
        loop = asyncio.get_running_loop()
        self.step = step
        self.entered: asyncio.Future[Any] = loop.create_future()
        self.is_unwanted: bool = False
        self._asked: asyncio.Future[BaseException | None] = loop.create_future()

    def start(self, context: Context) -> None:
        """Start the task, in `context`."""
        name = f"paramdeps: {self.step.name}"
        self.task = asyncio.get_running_loop().create_task(self._serve(), name=name, context=context)
        self.task.add_done_callback(self._done)

    def give_up(self) -> None:
        """Cancel the entry, once; should it succeed all the same, nobody gets the value."""
        if not self.is_unwanted:
            self.is_unwanted = True
            self.task.cancel()

    @abstractmethod
    async def make(self) -> Any:
        """Wait for what is needed, and return what the step's function returns."""

    async def enter(self, made: Any) -> tuple[Kind, Any, Any]:
        """Enter what was made; see `_entering.enter`."""
        return await enter(self.step, made)

    def began(self) -> None:  # noqa: B027 - most need not know
        """Called when it has been entered, before anybody gets the value."""

    def ended(self) -> None:  # noqa: B027 - the same
        """Called when it could not be entered, or comes to an end although nobody told it to."""

    def gone(self) -> None:  # noqa: B027 - the same
        """Called when the task is over."""

    @property
    def is_held(self) -> bool:
        """Whether it has been entered; it may be that nothing has to be left."""
        return self.entered.done() and self.entered.exception() is None

    async def _serve(self) -> bool | None:
        try:
            kind, resource, value = await self.enter(await self.make())
        except BaseException as error:  # noqa: BLE001 - it is raised where the value is waited for
            note_path(error, self.step)
            self._fail(error)
            return False
        if self.is_unwanted:
            self._fail(asyncio.CancelledError())
        else:
            self.began()
            self.entered.set_result(value)
        if resource is None:
            return False
        reason: BaseException | None
        try:
            reason = await self._asked
        except asyncio.CancelledError as error:
            # A task group that the resource holds has failed, and cancels the task that has entered it.
            self.ended()
            reason = error
        return await leave(kind, resource, reason)

    def _fail(self, error: BaseException) -> None:
        self.ended()
        self.entered.set_exception(error)
        self.entered.exception()  # somebody may have waited for it, and been cancelled

    def _done(self, _: asyncio.Task[bool | None]) -> None:
        if not self.entered.done():  # it was cancelled before it began
            self._fail(asyncio.CancelledError())
        self.gone()

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        if not self._asked.done():
            self._asked.set_result(exc)
        if not self.is_held:
            return await self._abandon()
        # Cancelling whoever waits here cancels the task, as if it were one.
        return await self.task

    async def _abandon(self) -> bool | None:
        """Give up an entry, and wait until it has cleaned up after itself, however often that is cancelled."""
        cancelled = None
        if not self.entered.done():
            self.give_up()
        while not self.task.done():
            try:
                await asyncio.wait([self.task])
            except asyncio.CancelledError as error:
                cancelled = error
                self.task.cancel()
        if cancelled is not None:
            raise cancelled
        # It has been entered, and left, if it would not be cancelled.
        return False if self.task.cancelled() else self.task.result()
