"""The docket: what application code schedules its work on."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Self, overload

from ._calls import Call, binding, checked_key
from ._ids import uuid7
from .dead_letters import DeadLetters
from .errors import ConnectionLost
from .execution import Execution, TaskFunction, current_execution
from .model.record import Record, aware, from_ms, to_ms
from .model.seal import Seal, SigningKey
from .model.states import Cancellation, Disposition, ExecutionState
from .model.strikes import Operator, OperatorName, Strike, UnreadableStrike
from .model.workers import WorkerInfo
from .registry import Registry
from .snapshot import DocketSnapshot
from .storage.connections.urls import without_password
from .storage.executions import Scheduling
from .storage.storage import Storage

_SNAPSHOT_LIMIT = 1000


class Docket:
    """A named, shared collection of work.

    Its name and its URL identify it everywhere: who schedules and who works need only agree on these. Use it as an
    async context manager::

        async with Docket("orders", "redis://localhost:6379/0") as docket:
            await docket.add(send_confirmation)(order_id=42)
    """

    def __init__(
        self,
        name: str = "docket",
        url: str = "redis://localhost:6379/0",
        heartbeat_interval: timedelta = timedelta(seconds=2),
        missed_heartbeats: int = 5,
        execution_ttl: timedelta = timedelta(minutes=15),
        dead_ttl: timedelta = timedelta(days=14),
        signing_key: SigningKey | Sequence[SigningKey] | None = None,
    ) -> None:
        """A docket; nothing is connected before its `async with` block.

        Args:
            name: What it is called. Dockets of different names on one server have nothing to do with each other.
            url: Its server: `redis://`, `rediss://`, `unix://`, or an embedded one: `memory://` for this process
                alone, `file://DIR` for all processes of this machine, with its data on disk.
            heartbeat_interval: How often a worker says that it is alive.
            missed_heartbeats: After how many missed heartbeats it counts as dead.
            execution_ttl: How long what is known of an ended execution is kept, its result included.
            dead_ttl: How long one that has died is kept, to be looked at and requeued.
            signing_key: A secret of at least 32 bytes that all who schedule and work have in common. Every payload is
                signed with it, and refused before it is unpickled if it is not. Of several keys the first one signs,
                and all are accepted.

        Raises:
            ValueError: the name is empty, a duration or number makes no sense, or a signing key is too short.
        """
        if not name:
            raise ValueError("a docket's name is a string of at least one character")
        if heartbeat_interval <= timedelta(0) or missed_heartbeats < 1 or min(execution_ttl, dead_ttl) < timedelta(0):
            raise ValueError(
                f"a docket's heartbeats are some time apart, and some may be missed, and records are not kept for less "
                f"than no time: {heartbeat_interval=}, {missed_heartbeats=}, {execution_ttl=}, {dead_ttl=}"
            )
        self.name = name
        self.url = url
        self.heartbeat_interval = heartbeat_interval
        self.missed_heartbeats = missed_heartbeats
        self.execution_ttl = execution_ttl
        self.dead_ttl = dead_ttl
        self.seal: Seal = Seal(name, signing_key)
        """What signs and verifies payloads, for the parts of docket itself."""
        self._registry = Registry()
        self._storage: Storage | None = None

    async def __aenter__(self) -> Self:
        if self._storage is not None:
            raise RuntimeError(f"the docket {self.name!r} is open already: use one `async with` block, or two dockets")
        patience = self.heartbeat_interval * self.missed_heartbeats
        storage = Storage.at(self.url, self.name, self.seal, self.execution_ttl, self.dead_ttl, patience)
        try:
            await storage.ping()
        except BaseException as error:
            await storage.close()
            if isinstance(error, ConnectionLost):
                raise ConnectionLost(f"cannot open the docket {self.name!r} at {self.location}: {error}") from error
            raise
        self._storage = storage
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        storage, self._storage = self.storage, None
        await storage.close()

    @property
    def storage(self) -> Storage:
        """The connection to the server, for the parts of docket itself.

        Raises:
            RuntimeError: the docket is not open.
        """
        if self._storage is None:
            raise RuntimeError(
                f"the docket {self.name!r} is not open: use it inside `async with Docket(...) as docket:`"
            )
        return self._storage

    @property
    def location(self) -> str:
        """The URL without its password: for logs."""
        return without_password(self.url)

    # What this docket knows ------------------------------------------------------------------------------------------

    def register(self, function: TaskFunction, names: Sequence[str] | None = None) -> None:
        """Make a task known to this docket's workers, under its own name or under others.

        Raises:
            NotAsync: the function is not async.
            NameTaken: another function has that name.
        """
        self._registry.register(function, names)

    def register_collection(self, path: str) -> None:
        """Make all tasks of a list known.

        Args:
            path: `module:attribute`, where the attribute is an iterable of async functions.

        Raises:
            NotACollection: it cannot be imported, or is not iterable.
        """
        self._registry.register_collection(path)

    @property
    def tasks(self) -> Collection[str]:
        """The names of the tasks that this docket knows."""
        return self._registry.names()

    def find_task(self, name: str) -> TaskFunction | None:
        """The function of a task that this docket knows."""
        return self._registry.find(name)

    # Scheduling ------------------------------------------------------------------------------------------------------

    @overload
    def add(
        self, function: str, when: datetime | None = None, key: str | None = None
    ) -> Callable[..., Coroutine[Any, Any, Execution]]: ...
    @overload
    def add[**P, R](
        self, function: Callable[P, Awaitable[R]], when: datetime | None = None, key: str | None = None
    ) -> Callable[P, Coroutine[Any, Any, Execution[R]]]: ...
    def add(
        self, function: str | TaskFunction, when: datetime | None = None, key: str | None = None
    ) -> Callable[..., Coroutine[Any, Any, Execution]]:
        """Schedule a task: `await docket.add(greet)("Jane")` now, `await docket.add(greet, when=...)("Jane")` later.

        Nothing changes if an execution of that key is scheduled, queued or running: the handle's `disposition` says
        so. Only a running task that adds its own key schedules its successor, which begins when it has ended. Nothing
        changes either if the call is struck.

        Args:
            function: The task, or its name. A name need not be known here: the work waits for a worker that knows it.
            when: When it is due, an aware datetime; at once if None.
            key: What the execution is known by; a fresh UUIDv7 if None.

        Returns:
            What to call with the task's arguments. The call raises TypeError if the task does not take these, and
            PayloadError if they cannot be pickled.

        Raises:
            NotAsync: the function is not async.
            ValueError: `when` has no time zone, or the key is empty.
        """
        name, known = self._resolve(function)
        when_ms = None if when is None else to_ms(aware(when))
        given = None if key is None else checked_key(key)

        async def schedule(call: Call) -> Execution:
            chosen = given or str(uuid7())
            call = call.sealed(self.seal, chosen)
            running = current_execution.get(None)
            claim = running.claim if running is not None and running.key == chosen else None
            place = partial(self.storage.executions.schedule, chosen, name, call.payload, when_ms, claim)
            return await self._place(chosen, call, when_ms, place)

        return binding(name, known, schedule)

    @overload
    def replace(self, function: str, when: datetime, key: str) -> Callable[..., Coroutine[Any, Any, Execution]]: ...
    @overload
    def replace[**P, R](
        self, function: Callable[P, Awaitable[R]], when: datetime, key: str
    ) -> Callable[P, Coroutine[Any, Any, Execution[R]]]: ...
    def replace(
        self, function: str | TaskFunction, when: datetime, key: str
    ) -> Callable[..., Coroutine[Any, Any, Execution]]:
        """Schedule a task in place of what is pending under its key: another time, other arguments, another task.

        If there is nothing, it is scheduled as by `add`. If the key is running, the call is recorded as its successor,
        which begins when the running copy has ended, in place of any retry of that. If the call is struck, nothing
        changes: what is pending under the key stays.

        Args and errors are those of `add`, but `when` and `key` are required.
        """
        name, known = self._resolve(function)
        when_ms = to_ms(aware(when))
        chosen = checked_key(key)

        async def schedule(call: Call) -> Execution:
            call = call.sealed(self.seal, chosen)
            place = partial(self.storage.executions.replace, chosen, name, call.payload, when_ms)
            return await self._place(chosen, call, when_ms, place)

        return binding(name, known, schedule)

    async def cancel(self, key: str) -> Cancellation:
        """Cancel the execution of a key, and say what that did.

        Pending work will not run. Running work is told to stop, by a CancelledError where it next awaits; no retry and
        no successor follows it, and its key is free when it has stopped.
        """
        return await self.storage.executions.cancel(checked_key(key))

    async def cancel_many(self, keys: Iterable[str]) -> dict[str, Cancellation]:
        """Cancel the executions of many keys, as `cancel` does, a hundred in each round trip.

        Returns:
            What became of each key, in their order. If the server is lost on the way, some may have been cancelled: to
            call this again is safe, and says so.
        """
        if isinstance(keys, str):
            raise TypeError(f"cancel_many takes keys, and {keys!r} is one: use cancel for that")
        return await self.storage.executions.cancel_many([checked_key(key) for key in keys])

    async def clear(self) -> int:
        """Cancel all pending work and leave running work alone; returns how many executions were cancelled."""
        return await self.storage.executions.clear()

    # Striking --------------------------------------------------------------------------------------------------------

    async def strike(
        self,
        function: TaskFunction | str | None = None,
        parameter: str | None = None,
        operator: Operator | OperatorName = "==",
        value: object = None,
    ) -> bool:
        """Block matching calls: once this has returned nobody adds them, and no worker begins with one.

        A call that is added gets a handle whose `disposition` is `struck`. What is pending stays, and is cancelled if
        its time comes before `restore`. What is running goes on.

        Args:
            function: The task, or its name; None for every task.
            parameter: The parameter whose argument decides; None for every call of the task.
            operator: How the argument is compared with the value. An argument that cannot be is not struck.
            value: What it is compared with; for `between` a pair of bounds, which are struck as well.

        Returns:
            Whether anything has changed: False if that was struck before.

        Raises:
            InvalidStrike: it makes no sense; the error says why.
            NotAsync: the function is not async.
            PayloadError: the value cannot be pickled.
            PayloadRefused: the strikes in force were signed with another key, so this one might block nothing.
        """
        return await self.storage.strikes.strike(self._strike(function, parameter, operator, value))

    async def restore(
        self,
        function: TaskFunction | str | UnreadableStrike | None = None,
        parameter: str | None = None,
        operator: Operator | OperatorName = "==",
        value: object = None,
    ) -> bool:
        """Take back the strike of the same task, parameter, operator and value; any other one stays.

        Args and errors are those of `strike`. One of `unreadable_strikes` is named by itself.

        Returns:
            Whether anything has changed: False if that was not struck.
        """
        if isinstance(function, UnreadableStrike):
            return await self.storage.strikes.restore(function)
        return await self.storage.strikes.restore(self._strike(function, parameter, operator, value))

    async def strikes(self) -> list[Strike]:
        """The strikes that are in force."""
        return [*await self.storage.strikes.load()]

    async def unreadable_strikes(self) -> list[UnreadableStrike]:
        """The strikes that cannot be read here, with the reasons: they block nothing here until `restore`."""
        return [*(await self.storage.strikes.load()).unreadable.values()]

    # Looking ---------------------------------------------------------------------------------------------------------

    @property
    def dead(self) -> DeadLetters:
        """The executions that have died: to list them, look at them, requeue and drop them."""
        return DeadLetters(self.storage.dead, self.storage.strikes, self.get_execution, self.execution)

    async def get_execution(self, key: str) -> Execution | None:
        """Look up the execution of a key, live or ended; None if nothing is known of it."""
        record = await self.storage.executions.load(checked_key(key))
        return None if record is None else self.execution(record)

    async def snapshot(self) -> DocketSnapshot:
        """Look at everything that is scheduled, queued and running, and at the workers."""
        taken_ms = await self.storage.now_ms()
        total, records = await self.storage.executions.unfinished(_SNAPSHOT_LIMIT)
        running = [self.execution(record) for record in records if record.state is ExecutionState.RUNNING]
        pending = [self.execution(record) for record in records if record.state is not ExecutionState.RUNNING]
        return DocketSnapshot(
            taken=from_ms(taken_ms),
            total_tasks=total,
            future=sorted(pending, key=lambda execution: execution.when),
            running=sorted(running, key=lambda execution: execution.when),
            workers=await self.workers(),
        )

    async def workers(self) -> list[WorkerInfo]:
        """The workers of this docket that are alive."""
        return await self.storage.roster.workers()

    async def task_workers(self, name: str) -> list[WorkerInfo]:
        """The workers that are alive and know a task."""
        return [worker for worker in await self.workers() if name in worker.tasks]

    def execution(
        self, record: Record, *, claim: str | None = None, disposition: Disposition = Disposition.LOADED
    ) -> Execution:
        """A handle over a record, for the parts of docket itself."""
        storage = self.storage
        known = self._registry.find(record.function)
        return Execution(
            record, storage.executions, storage.events, self.seal, function=known, claim=claim, disposition=disposition
        )

    def _resolve(self, function: str | TaskFunction) -> tuple[str, TaskFunction | None]:
        if isinstance(function, str):
            return function, self._registry.find(function)
        return self._registry.register(function), function

    def _strike(
        self, function: TaskFunction | str | None, parameter: str | None, operator: str, value: object
    ) -> Strike:
        name = function if function is None or isinstance(function, str) else self._registry.name_of(function)
        return Strike.of(name, parameter, operator, value)

    async def _place(
        self, key: str, call: Call, when_ms: int | None, place: Callable[[], Awaitable[Scheduling | None]]
    ) -> Execution:
        while (strike := await self.storage.strikes.find(call.match)) is None:
            scheduling = await place()
            if scheduling is not None:
                return self._handle(key, call, scheduling)
        when_ms = to_ms(datetime.now(UTC)) if when_ms is None else when_ms
        nothing = Scheduling(Disposition.STRUCK, 0, ExecutionState.CANCELLED, when_ms)
        return self._handle(key, call, nothing, strike.reason)

    def _handle(self, key: str, call: Call, scheduling: Scheduling, error: str | None = None) -> Execution:
        storage = self.storage
        record = Record(
            key=key,
            function=call.name,
            payload=call.payload,
            state=scheduling.state,
            generation=scheduling.generation,
            attempt=1,
            deliveries=0,
            when_ms=scheduling.when_ms,
            error=error,
        )
        return Execution(
            record,
            storage.executions,
            storage.events,
            self.seal,
            function=call.function,
            disposition=scheduling.disposition,
        )


current_docket: ContextVar[Docket] = ContextVar("docket.current_docket")
"""The docket whose worker runs the calling code."""
