"""Recording what has become of executions, as many at a time as there are."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from ..errors import CommandTooLarge, ServerTrouble
from ..model.printable import printable
from ..model.states import ExecutionState
from ..storage.deliveries import MOST_TOGETHER, Claim, Deliveries, Finish, Outcome
from ._contact import LEAVING_DELAY_SECONDS, Contact, Part

logger = logging.getLogger("docket.worker")


class Outcomes:
    """A buffer of outcomes and the one loop that sends them.

    What is added while a batch is under way is the next batch: under load batches grow by themselves, and a single
    outcome never waits for company (group commit).
    """

    def __init__(
        self,
        deliveries: Deliveries,
        on_settled: Callable[[], None],
        reconnection_delay_seconds: float,
        contact: Contact,
    ) -> None:
        """A buffer of what goes to `deliveries`; `on_settled` is called each time that all of it has been recorded."""
        self._on_settled = on_settled
        self._contact = contact
        self._deliveries = deliveries
        self._reconnection_delay_seconds = reconnection_delay_seconds
        self._pending: list[Outcome] = []
        self._under_way: list[Outcome] = []
        self._added = asyncio.Event()
        self._sending = asyncio.Lock()
        self._hurried = asyncio.Event()

    def add(self, outcome: Outcome) -> None:
        """Have an outcome recorded soon."""
        self._pending.append(outcome)
        self._added.set()

    def hurry(self) -> None:
        """The worker leaves: try a lost server again without delay."""
        self._hurried.set()

    @property
    def settled(self) -> bool:
        """Whether everything that was added has been recorded."""
        return not (self._under_way or self._pending)

    def unrecorded(self) -> list[Claim]:
        """The claims on what was added and has not been recorded."""
        return [outcome.claim for outcome in (*self._under_way, *self._pending)]

    async def run(self) -> None:
        """Record what is added, until cancelled."""
        while True:
            await self._added.wait()
            await self.flush()

    async def flush(self) -> None:
        """Record everything that was added, and what a call that was broken off has left."""
        async with self._sending:
            self._added.clear()
            self._contact.asks(Part.OUTCOMES)
            while not self.settled:
                waiting = self._under_way + self._pending
                self._under_way, self._pending = waiting[:MOST_TOGETHER], waiting[MOST_TOGETHER:]
                for claim in await self._settle(self._under_way):
                    logger.warning("%s: another worker has it by now, or an earlier try has recorded it", _name(claim))
                self._under_way = []
            self._contact.has(Part.OUTCOMES)
            self._on_settled()

    async def _settle(self, batch: list[Outcome]) -> list[Claim]:
        while True:
            try:
                return await self._deliveries.settle(batch)
            except CommandTooLarge as error:
                return await self._settle_apart(batch, error)
            except ServerTrouble as error:
                # To send them again is safe: an outcome that did arrive has given up its claim.
                delay = LEAVING_DELAY_SECONDS if self._hurried.is_set() else self._reconnection_delay_seconds
                self._contact.fails(Part.OUTCOMES, error, delay)
                await self._pause(delay)

    async def _pause(self, seconds: float) -> None:
        if self._hurried.is_set():
            await asyncio.sleep(seconds)
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    async def _settle_apart(self, batch: list[Outcome], error: CommandTooLarge) -> list[Claim]:
        if len(batch) == 1:
            text = f"the task has ended, but what came of it cannot be recorded: {error}"
            logger.error("%s: %s", _name(batch[0].claim), printable(text))
            return await self._settle([Finish(batch[0].claim, ExecutionState.FAILED, text)])
        return [claim for outcome in batch for claim in await self._settle([outcome])]


def _name(claim: Claim) -> str:
    return printable(claim.key.decode("utf-8", "replace"))
