"""`Tenure`: a resource that is entered and left by one task, which does nothing else."""

import asyncio
from abc import ABC, abstractmethod
from contextvars import Context
from types import TracebackType
from typing import Any

from ._cancellation import Cancellation
from ._entering import enter
from ._factories import Kind
from ._leaving import leave_step, note_path
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
        has_ended: whether it could not be entered, or has come to an end although nobody told it to.
    """

    task: asyncio.Task[bool | None]

    def __init__(self, step: Step) -> None:
        loop = asyncio.get_running_loop()
        self.step = step
        self.entered: asyncio.Future[Any] = loop.create_future()
        self.is_unwanted: bool = False
        self._asked: asyncio.Future[BaseException | None] = loop.create_future()
        self._cancellation = Cancellation()
        self.has_ended: bool = False

    def start(self, context: Context) -> None:
        """Start the task, in `context`."""
        name = f"paramdeps: {self.step.name}"
        self.task = asyncio.get_running_loop().create_task(self._serve(), name=name, context=context)
        self.task.add_done_callback(self._done)

    def give_up(self) -> None:
        """Cancel the entry, once; should it succeed all the same, nobody gets the value."""
        if not self.is_unwanted:
            self.is_unwanted = True
            self._cancellation.pass_on(self.task)

    @abstractmethod
    async def make(self) -> Any:
        """Wait for what is needed, and return what the step's function returns."""

    async def enter(self, made: Any) -> tuple[Kind, Any, Any]:
        """Enter what was made; see `_entering.enter`."""
        return await enter(self.step, made)

    def failed(self, error: BaseException) -> None:
        """Called with what was raised instead of entering it, before anybody gets that."""
        note_path(error, self.step)

    def began(self) -> None:  # noqa: B027 - most need not know
        """Called when it has been entered, before anybody gets the value."""

    def ended(self) -> None:  # noqa: B027 - the same
        """Called when `has_ended` becomes true."""

    async def settled(self) -> None:  # noqa: B027 - the same
        """Called after that, before it is left: wait for those who use it."""

    def gone(self) -> None:  # noqa: B027 - the same
        """Called when the task is over."""

    @property
    def is_asked(self) -> bool:
        """Whether it has been told to leave."""
        return self._asked.done()

    @property
    def is_held(self) -> bool:
        """Whether it has been entered; it may be that nothing has to be left."""
        return self.entered.done() and self.entered.exception() is None

    async def _serve(self) -> bool | None:
        with self._cancellation.scope():
            return await self._hold()
        raise asyncio.CancelledError  # which the scope has taken for its own

    async def _hold(self) -> bool | None:
        try:
            kind, resource, value = await self.enter(await self.make())
        except BaseException as error:  # noqa: BLE001 - it is raised where the value is waited for
            self.failed(error)
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
            self._end()
            await self.settled()
            reason = error
        return await leave_step(kind, resource, reason, self.step)

    def _end(self) -> None:
        self.has_ended = True
        self.ended()

    def _fail(self, error: BaseException) -> None:
        self._end()
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
        if not self.entered.done():
            self.give_up()
        cancelled = await self._over()
        # Cancelling whoever waits cancels the task, as if it were one. That may be too late, or it need not obey; but
        # whoever waits has been told, and is not told again, unless by a scope. Errors of the task go before.
        if cancelled is not None and (
            self.task.cancelled() or not self.is_held or not (self._cancellation.lasts or self.task.exception())
        ):
            raise cancelled
        return False if self.task.cancelled() and self.has_ended else self.task.result()

    async def _over(self) -> asyncio.CancelledError | None:
        """Wait until the task is over, and pass on whatever cancels that; the result is the last cancellation."""
        cancelled = None
        while not self.task.done():
            try:
                with self._cancellation.once():
                    await asyncio.wait([self.task])
            except asyncio.CancelledError as error:
                cancelled = error
                self._cancellation.pass_on(self.task)
        return cancelled
