"""One run of a worker, from the first claim to the last outcome."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from ..docket import Docket
from ..errors import ServerTrouble
from ..model.record import Record
from ..model.states import ExecutionState
from ..model.strikes import InForce
from ..storage.deliveries import Claim, Consumer, Finish
from ..strikes import blocking
from ._decision import decide
from ._heartbeat import beat
from ._intake import Intake
from ._leases import Leases
from ._narration import narrate_end, narrate_start, narrate_strike
from ._outcomes import Outcomes
from ._runner import perform
from ._running import Running, Slots, StopReason
from ._signals import obey

logger = logging.getLogger("docket.worker")

_GRACE_SECONDS = 5.0
"""How long a worker that leaves tries to record its last outcomes on a server that does not answer."""


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
        self._vacated = asyncio.Event()
        self._outcomes = Outcomes(self._deliveries, self._on_settled, delay)
        self._leases = Leases(self._deliveries, consumer, self._slots, self._outcomes.unrecorded)
        self._intake = Intake(
            self._deliveries,
            consumer,
            self._slots,
            self._leases,
            self._start,
            longest_wait_ms=round(longest_wait / timedelta(milliseconds=1)),
            reconnection_delay_seconds=delay,
        )

    def stop(self) -> None:
        """Take nothing more; the shift ends when what runs has ended."""
        self._intake.stop()

    def stop_running(self) -> None:
        """Take nothing more, and give back what runs."""
        self._intake.stop()
        for running in list(self._slots.running):
            running.stop(StopReason.SHUTDOWN)

    async def work(self) -> None:
        """Work until there is no more to do. If this is cancelled, what runs is given back first."""
        try:
            async with asyncio.TaskGroup() as loops:
                background = [
                    loops.create_task(beat(self._docket, self._consumer), name="docket heartbeat"),
                    loops.create_task(self._leases.run(), name="docket leases"),
                    loops.create_task(
                        obey(self._docket.storage.events, self._slots, self._leases), name="docket signals"
                    ),
                    loops.create_task(self._intake.listen(), name="docket listener"),
                    loops.create_task(self._outcomes.run(), name="docket outcomes"),
                ]
                try:
                    await self._intake.run(self._is_done)
                    await self._emptied()
                finally:
                    self.stop_running()
                    await self._emptied()
                    await self._drained()
                    for loop in background:
                        loop.cancel()
        finally:
            await self._leave()

    async def _drained(self) -> None:
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._outcomes.drained()
        except TimeoutError:
            logger.warning("left without recording what became of some executions: they will be delivered again")

    async def _leave(self) -> None:
        await self._deliveries.close()
        try:
            await self._docket.storage.roster.leave(self._consumer)
        except ServerTrouble as error:
            logger.warning("could not sign off, so this worker will seem alive for a while: %s", error)

    def _is_done(self) -> bool:
        return (
            self._until_finished and not self._intake.unfinished and not self._slots.running and self._outcomes.settled
        )

    def _on_settled(self) -> None:
        if self._until_finished and not self._slots.running:
            self._intake.look()

    async def _emptied(self) -> None:
        while self._slots.running:
            self._vacated.clear()
            await self._vacated.wait()

    def _start(self, claim: Claim, record: Record, in_force: InForce) -> None:
        if self._slots.is_warned_of(claim):
            self._outcomes.add(Finish(claim, ExecutionState.CANCELLED))
            return
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
        running = Running(claim, execution, final=self._runs[record.key] == limit)
        self._slots.occupy(running)
        # Started eagerly, a task that never waits for anything costs no turn of the event loop.
        loop = asyncio.get_running_loop()
        running.begun(asyncio.Task(self._perform(running), loop=loop, eager_start=True, name=record.key))

    async def _perform(self, running: Running) -> None:
        narrate_start(running.execution)
        ending = await perform(running)
        outcome = decide(running.claim, ending, final=running.final)
        self._slots.vacate(running)
        self._vacated.set()
        self._intake.wake()
        if outcome is not None:
            self._outcomes.add(outcome)
        narrate_end(running.execution, ending, outcome)
