"""The handle of a scheduled call: what it is, how it fares, and what comes of it."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Generic

from typing_extensions import TypeVar

from .errors import (
    ExecutionCancelled,
    PayloadError,
    PayloadRefused,
    ResultTimeout,
    ResultUnavailable,
    ServerTrouble,
    TaskDied,
    TaskFailed,
)
from .model import payload
from .model.printable import printable
from .model.record import Record, aware, from_ms
from .model.seal import Kind, Seal
from .model.states import Disposition, ExecutionState
from .storage.events import Events, Messages
from .storage.executions import Executions

_LOOK_SECONDS = 5.0
"""After what silence whoever waits for a result looks for himself."""

_OUTAGE_SECONDS = 30.0
"""For how long the server may be away before he gives up."""

R_co = TypeVar("R_co", covariant=True, default=Any)

type TaskFunction = Callable[..., Awaitable[Any]]


class Execution(Generic[R_co]):
    """One scheduled call of a task, known by its key.

    A handle shows the execution as it was when the handle was made; `sync` brings it up to date.
    """

    def __init__(
        self,
        record: Record,
        executions: Executions,
        events: Events,
        seal: Seal,
        *,
        function: TaskFunction | None = None,
        claim: str | None = None,
        disposition: Disposition = Disposition.LOADED,
    ) -> None:
        """A handle over a record. Application code gets its handles from a `Docket`."""
        self._record = record
        self._executions = executions
        self._events = events
        self._seal = seal
        self.function = function
        """The task's function, where it is known here."""
        self.claim = claim
        """The token under which a worker runs this execution; None for everybody else."""
        self.disposition = disposition
        """How this handle came about."""
        self._made_at = time.monotonic()

    @property
    def key(self) -> str:
        """What the execution is known by."""
        return self._record.key

    @property
    def function_name(self) -> str:
        """The name of the task."""
        return self._record.function

    @property
    def when(self) -> datetime:
        """When it is, or was, due; for a retry, when that is due."""
        return from_ms(self._record.when_ms)

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        return self._record.attempt

    @property
    def generation(self) -> int:
        """How often its key has been scheduled, this time included."""
        return self._record.generation

    @property
    def deliveries(self) -> int:
        """How often this attempt was handed to a worker."""
        return self._record.deliveries

    @property
    def redelivered(self) -> bool:
        """Whether this attempt was handed to a worker before, which may have done part of it."""
        return self._record.deliveries > 1

    @property
    def state(self) -> ExecutionState:
        """Where it was in its life when this handle was last brought up to date."""
        return self._record.state

    @property
    def worker(self) -> str | None:
        """The name of the worker that runs it, or has run it."""
        return self._record.worker

    @property
    def scheduled_at(self) -> datetime | None:
        """When it was scheduled, by the server's clock; None in the handle of whoever has just scheduled it."""
        return from_ms(self._record.scheduled_at_ms) if self._record.scheduled_at_ms else None

    @property
    def started_at(self) -> datetime | None:
        """When the worker began with it, by the server's clock."""
        return from_ms(self._record.started_at_ms) if self._record.started_at_ms else None

    def now(self) -> datetime:
        """The time by the server's clock, as far as the worker that runs this execution knows it.

        It goes by when the execution was begun and how long ago that is here, so it does not matter if this machine's
        clock is wrong. Everybody else gets the time by his own clock.
        """
        if self.claim is None or self.started_at is None:
            return datetime.now(UTC)
        return self.started_at + timedelta(seconds=time.monotonic() - self._made_at)

    @property
    def completed_at(self) -> datetime | None:
        """When it ended, by the server's clock."""
        return from_ms(self._record.finished_at_ms) if self._record.finished_at_ms else None

    @property
    def error(self) -> str | None:
        """What went wrong with it, in a line; after a retry, what went wrong the last time."""
        return self._record.error

    @cached_property
    def _arguments(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return payload.loads_arguments(self._unsealed(self._record.payload, Kind.ARGUMENTS))

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments of the call.

        Raises:
            PayloadError: they cannot be unpickled here, or are not vouched for by a signing key.
        """
        return self._arguments[0]

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The keyword arguments of the call.

        Raises:
            PayloadError: they cannot be unpickled here, or are not vouched for by a signing key.
        """
        return self._arguments[1]

    def get_argument(self, name: str) -> Any:
        """The argument that the call gives to a parameter, its default included.

        Raises:
            LookupError: the task has no such parameter, or nothing is given to it; or the function is not known here.
        """
        if name in self.kwargs:
            return self.kwargs[name]
        if self.function is None:
            raise LookupError(f"{self.function_name!r} is not registered here, so its parameters are not known")
        bound = inspect.signature(self.function).bind_partial(*self.args, **self.kwargs)
        bound.apply_defaults()
        if name not in bound.arguments:
            raise LookupError(f"{self.function_name!r} is given no argument {name!r}")
        return bound.arguments[name]

    def call_repr(self) -> str:
        """The call without its arguments' values, which may be secret, and the key: for logs, so in one line."""
        try:
            names = ["..." for _ in self.args] + [f"{name}=..." for name in self.kwargs]
        except BaseException:  # noqa: BLE001 - unreadable, or names with code of their own: a log ends nothing
            names = ["?"]
        return printable(f"{self.function_name}({', '.join(names)}){{{self.key}}}")

    def __repr__(self) -> str:
        return f"<Execution {self.call_repr()} {self.state.value}>"

    async def sync(self) -> None:
        """Bring the handle up to date.

        Raises:
            ResultUnavailable: the server knows nothing of the execution any more, or its key was scheduled anew.
        """
        if self.disposition is Disposition.STRUCK:
            return  # whatever there is under its key is not this call
        record = await self._executions.load(self.key)
        if record is None:
            raise ResultUnavailable(f"nothing is known of {self.key!r} any more: ended executions expire")
        if record.generation > self.generation:
            raise ResultUnavailable(f"{self.key!r} has been scheduled anew, as generation {record.generation}")
        if record.generation == self.generation:
            self._record = record
        elif record.state.is_terminal:
            # This handle is of a successor, and its predecessor has ended without leaving one.
            self._record.state = ExecutionState.CANCELLED

    async def get_result(self, *, timeout: timedelta | None = None, deadline: datetime | None = None) -> R_co:  # noqa: ASYNC109
        """Wait until the execution has ended, and return what the task has returned or raise what it has raised.

        Args:
            timeout: How long to wait; without limit if None.
            deadline: Until when to wait, an aware datetime; the earlier one counts.

        Raises:
            ResultTimeout: it has not ended in that time.
            ExecutionCancelled: it was cancelled, or is struck.
            TaskFailed: the task's exception cannot be carried; this says what it was.
            TaskDied: it has died, for the reason that this gives.
            PayloadError: the result cannot be unpickled here.
            PayloadRefused: the result or the exception is not vouched for by a signing key of the docket.
            ResultUnavailable: the result has expired, or the key was scheduled anew.
            ConnectionLost: the server has been away for 30 s, or the docket has been closed. A shorter outage is waited
                out.
            ServerRefusal: the server has refused to tell for 30 s.
            ValueError: the deadline has no time zone.
        """
        limits = [] if timeout is None else [timeout.total_seconds()]
        if deadline is not None:
            limits.append((aware(deadline) - datetime.now(UTC)).total_seconds())
        waiting = asyncio.timeout(min(limits, default=None))
        try:
            async with waiting:
                await self._ended()
        except TimeoutError as error:
            if not waiting.expired():
                raise
            limit = f"by {deadline}" if timeout is None else f"within {timeout}"
            raise ResultTimeout(f"{self.key!r} has not ended {limit}: it was {self.state.value}") from error
        return self._outcome()

    async def result(self) -> R_co:
        """Wait until the execution has ended, as `get_result` without a limit does."""
        return await self.get_result()

    async def _ended(self) -> None:
        if self.state.is_terminal:
            return
        async with self._events.listen(self._events.execution(self.key)) as messages:
            loop = asyncio.get_running_loop()
            answered_at = loop.time()
            while not self.state.is_terminal:
                message = await _heard(messages)
                # Changes on the way are not worth a look; a beginning or a silence, which are no messages, are.
                if message is not None and not ExecutionState(message.rpartition(b" ")[2].decode()).is_terminal:
                    continue
                try:
                    await self.sync()
                except ServerTrouble:
                    if self._events.is_closed or loop.time() - answered_at > _OUTAGE_SECONDS:
                        raise
                else:
                    answered_at = loop.time()

    def _outcome(self) -> R_co:
        match self.state:
            case ExecutionState.COMPLETED:
                result: R_co = payload.loads_result(self._unsealed(self._record.result, Kind.RESULT))
                return result
            case ExecutionState.CANCELLED:
                reason = f": {self.error}" if self.error else ""
                raise ExecutionCancelled(f"{self.key!r} was cancelled{reason}")
            case ExecutionState.DEAD:
                raise TaskDied(f"{self.key!r} has died: {self.error}")
            case _:
                raise self._failure()

    def _unsealed(self, data: bytes, kind: Kind) -> bytes:
        return self._seal.open(data, kind, self.key, self.function_name)

    def _failure(self) -> Exception:
        failure = TaskFailed(self.error or "the reason was not recorded")
        if not self._record.result:
            return failure
        try:
            error = payload.loads(self._unsealed(self._record.result, Kind.EXCEPTION))
        except PayloadRefused:
            raise
        except PayloadError as unreadable:
            failure.__cause__ = unreadable
            return failure
        if isinstance(error, Exception):
            return error
        # SystemExit, KeyboardInterrupt and CancelledError were the task's affair, and would end the caller.
        failure.__cause__ = error
        return failure


async def _heard(messages: Messages) -> bytes | None:
    """The next message; None for a beginning, and after some silence: what was to be heard may be lost for good."""
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            return await messages.get()
    except TimeoutError:
        return None


current_execution: ContextVar[Execution] = ContextVar("docket.current_execution")
"""The execution that the calling code is part of."""
