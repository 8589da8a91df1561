"""One run of a worker, from the first claim to the last outcome."""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any

from ..docket import Docket
from ..model import payload
from ..model.printable import printable
from ..model.record import Record
from ..model.states import ExecutionState
from ..model.strikes import InForce
from ..storage.deliveries import Claim, Consumer, Finish, Outcome, Release
from ..strikes import blocking
from ._contact import Contact, Part
from ._decision import Ending, decide, postponed
from ._departure import Departure, Timetable, uninterrupted
from ._heartbeat import beat
from ._intake import Intake
from ._leases import Leases
from ._narration import narrate_end, narrate_start, narrate_strike, narrate_trouble
from ._outcomes import Outcomes
from ._runner import perform
from ._running import Running, Slots, StopReason
from ._sealing import sealed
from ._signals import obey

logger = logging.getLogger("docket.worker")


class Shift:
    """What a worker needs while it works: its slots, and the loops that fill, keep and empty them."""

    def __init__(
        self,
        docket: Docket,
        consumer: Consumer,
        *,
        concurrency: int,
        longest_wait: timedelta,
        reconnection_delay: timedelta,
        shutdown_timeout: timedelta,
        until_finished: bool,
        limits: Mapping[str, int],
    ) -> None:
        """A shift of `consumer`.

        Args:
            docket: Whose work is done.
            consumer: Who does it.
            concurrency: How many executions run at the same time.
            longest_wait: How long to go without looking for work.
            reconnection_delay: How long to wait before a lost server is tried again.
            shutdown_timeout: How long leaving may take.
            until_finished: End when the docket has no unfinished work.
            limits: How often the executions of some keys may run.
        """
        self._docket = docket
        self._consumer = consumer
        self._until_finished = until_finished
        self._limits = limits
        self._runs: Counter[str] = Counter()
        delay = reconnection_delay.total_seconds()
        self._deliveries = docket.storage.deliveries(longest_wait)
        self._slots = Slots(concurrency)
        self._timetable = Timetable(shutdown_timeout)
        self._told_to_leave = asyncio.Event()
        self._out_of_time: asyncio.TimerHandle | None = None
        self._run: asyncio.Task[None] | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._dismissed = False
        self._failed: list[BaseException] = []
        self._left = asyncio.Event()
        patience = docket.heartbeat_interval * docket.missed_heartbeats
        contact = self._contact = Contact(patience.total_seconds(), {Part.LISTENER: longest_wait.total_seconds()})
        self._outcomes = Outcomes(self._deliveries, self._on_settled, delay, contact)
        self._leases = Leases(self._deliveries, consumer, self._slots, self._outcomes.unrecorded, contact, delay)
        self._intake = Intake(
            self._deliveries,
            consumer,
            self._slots,
            self._leases,
            contact,
            self._start,
            longest_wait_ms=round(longest_wait / timedelta(milliseconds=1)),
            reconnection_delay_seconds=delay,
        )
        self._departure = Departure(
            docket.storage.roster,
            self._deliveries,
            consumer,
            self._slots,
            self._intake,
            self._outcomes,
            self._timetable,
        )

    def stop(self) -> None:
        """Take nothing more; the shift ends when what runs has ended, or has had its time."""
        self._dismiss()
        self._intake.stop()
        if self._out_of_time is None:
            self._out_of_time = asyncio.get_running_loop().call_at(self._timetable.finish_by, self._stop_late)

    def stop_running(self) -> None:
        """Take nothing more, and give back what runs."""
        self._dismiss()
        self._departure.stop_running(self._reason)
        self._told_to_leave.set()

    def troubles(self) -> list[str]:
        """What keeps it from working."""
        return [f"one of its loops has failed: {error}" for error in self._failed] + self._contact.troubles()

    async def left(self) -> None:
        """Wait until the shift is over."""
        await self._left.wait()

    async def work(self) -> None:
        """Work until there is no more to do. If this is cancelled, or one of its loops fails, it leaves in order."""
        self._run = asyncio.current_task()
        taking = self._begin(self._intake.run(self._is_done), "intake")
        self._loops = [
            taking,
            self._begin(beat(self._docket, self._consumer, self._contact), "heartbeat"),
            self._begin(self._leases.run(), "leases"),
            self._begin(obey(self._docket.storage.events, self._slots, self._leases), "signals"),
            self._begin(self._intake.listen(), "listener"),
            self._begin(self._outcomes.run(), "outcomes"),
        ]
        try:
            await self._told_to_leave.wait()
        finally:
            if self._out_of_time is not None:
                self._out_of_time.cancel()
            try:
                reason = self._reason
                if reason is StopReason.FELLED:
                    logger.error("the event loop closes, or all tasks were cancelled: what runs counts as lost")
                await uninterrupted(lambda: self._departure.run(taking, self._loops, reason))
            finally:
                self._left.set()
        if self._failed:
            raise self._failed[0]

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        loop = asyncio.create_task(work, name=f"docket {name}")
        loop.add_done_callback(self._on_end_of_loop)
        return loop

    def _on_end_of_loop(self, loop: asyncio.Task[None]) -> None:
        """However it has ended, by itself, by a failure or because somebody cancels all tasks: nothing goes on."""
        error = None if loop.cancelled() else loop.exception()
        if loop.cancelled() and not self._is_leaving():
            error = RuntimeError(f"the task {loop.get_name()!r} of a worker was cancelled, and not by the worker")
        if error is not None:
            logger.error("the task %r has failed, so this worker leaves", loop.get_name(), exc_info=error)
            self._failed.append(error)
        self._told_to_leave.set()

    def _stop_late(self) -> None:
        if self._slots.running:
            logger.warning("out of time: giving back the %d executions that still run", len(self._slots.running))
        self.stop_running()

    def _is_leaving(self) -> bool:
        return self._told_to_leave.is_set() or (self._run is not None and self._run.cancelling() > 0)

    def _dismiss(self) -> None:
        # An event loop that closes may unwind the worker's `async with` block first, which says so as well.
        self._dismissed = self._dismissed or self._reason is StopReason.SHUTDOWN

    @property
    def _reason(self) -> StopReason:
        """Why what runs is stopped: only an event loop that closes, or a task, cancels the loops while they work."""
        at_work = [loop for loop in self._loops if not loop.done()]
        cancelled = any(loop.cancelled() for loop in self._loops)
        # One alone may be in the middle of a timeout, which cancels it for a moment as well.
        cancelled = cancelled or (bool(at_work) and all(loop.cancelling() for loop in at_work))
        return StopReason.FELLED if cancelled and not self._dismissed else StopReason.SHUTDOWN

    def _swept(self) -> StopReason | None:
        return self._reason if self._is_leaving() else None

    def _is_done(self) -> bool:
        return (
            self._until_finished and not self._intake.unfinished and not self._slots.running and self._outcomes.settled
        )

    def _on_settled(self) -> None:
        if self._until_finished and not self._slots.running:
            self._intake.look()

    def _start(self, claim: Claim, record: Record, in_force: InForce) -> None:
        if self._slots.closed:
            # Its claim was on its way when the worker was told to take no more.
            self._outcomes.add(Release(claim))
            return
        if self._slots.is_warned_of(claim):
            self._outcomes.add(Finish(claim, ExecutionState.CANCELLED))
            return
        try:
            self._run_unless_struck(claim, record, in_force)
        except Exception:
            # Whatever is wrong with it, the others that were claimed together with it are to begin.
            logger.exception("cannot begin %s: given back", printable(record.key))
            self._outcomes.add(postponed(claim))

    def _run_unless_struck(self, claim: Claim, record: Record, in_force: InForce) -> None:
        execution = self._docket.execution(record, claim=claim.token.decode())
        if in_force and (strike := blocking(in_force, execution)) is not None:
            narrate_strike(execution, strike)
            self._outcomes.add(Finish(claim, ExecutionState.CANCELLED, strike.reason))
            return
        limit = self._limits.get(record.key)
        if limit is not None:
            if self._runs[record.key] >= limit:
                self._outcomes.add(Finish(claim, ExecutionState.CANCELLED, final=True))
                return
            self._runs[record.key] += 1
        running = Running(claim, execution, final=self._runs[record.key] == limit, swept=self._swept)
        self._slots.occupy(running)
        # Started eagerly, a task that never waits for anything costs no turn of the event loop.
        loop = asyncio.get_running_loop()
        running.begun(asyncio.Task(self._perform(running), loop=loop, eager_start=True, name=record.key))

    async def _perform(self, running: Running) -> None:
        narrate_start(running.execution)
        ending = None
        try:
            ending = await perform(running)
            outcome = self._outcome_of(running, ending)
        except BaseException as error:  # noqa: BLE001 - what is foreseen is an ending; whatever this is, the slot gets free
            narrate_trouble(running.execution, error)
            text = f"the worker could not see it to its end: {payload.describe(error)}"
            outcome = Finish(running.claim, ExecutionState.FAILED, text)
        self._slots.vacate(running)
        self._intake.wake()
        if outcome is not None:
            self._outcomes.add(outcome)
        if ending is not None:
            narrate_end(running.execution, ending, outcome)

    def _outcome_of(self, running: Running, ending: Ending) -> Outcome | None:
        borne = self._consumer.max_redeliveries
        outcome = decide(running.claim, ending, final=running.final, borne=borne)
        if outcome is not None and self._docket.seal:
            outcome = sealed(outcome, self._docket.seal, running.execution)
        return outcome
