"""Taking work as soon as there is both some of it and a free slot, without ever asking in vain."""

import asyncio
import logging
from collections.abc import Callable
from itertools import count
from uuid import uuid4

from ..errors import ServerTrouble, ServerUnreachable
from ..model.printable import printable
from ..model.record import Record
from ..model.strikes import InForce
from ..storage.deliveries import Claim, Consumer, Deliveries, Taken
from ._contact import LEAVING_DELAY_SECONDS, Contact, Part
from ._leases import Leases
from ._running import Slots

logger = logging.getLogger("docket.worker")


class Intake:
    """The loop that claims executions and starts them.

    It asks the server when there is a reason to: something was delivered to the blocking read, a time has come for
    which something is scheduled, a slot is free and the queue was not empty when last seen, or nobody has looked for
    `longest_wait_ms`. In between it waits for one of these.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        consumer: Consumer,
        slots: Slots,
        leases: Leases,
        contact: Contact,
        start: Callable[[Claim, Record, InForce], None],
        *,
        longest_wait_ms: int,
        reconnection_delay_seconds: float,
    ) -> None:
        """An intake that hands what it has claimed to `start`, which puts it into a slot unless it is struck."""
        self._deliveries = deliveries
        self._consumer = consumer
        self._slots = slots
        self._leases = leases
        self._contact = contact
        self._start = start
        self._longest_wait_ms = longest_wait_ms
        self._reconnection_delay_seconds = reconnection_delay_seconds
        self._tokens = (f"{uuid4().hex}-{number}" for number in count())
        self._token = next(self._tokens)
        self._unanswered = False
        self._delivered: list[bytes] = []
        self._waiting_for_delivery = asyncio.Event()
        self._woken = asyncio.Event()
        self._more = True
        self._suspects_wait = False
        self._look = False
        self._stopping = False
        self._timer: asyncio.TimerHandle | None = None
        self.unfinished = 1
        """How many executions the docket held when last seen."""

    def wake(self) -> None:
        """A slot has become free."""
        self._woken.set()

    def look(self) -> None:
        """Ask the server again, for something may have changed there."""
        self._look = True
        self._woken.set()

    def stop(self) -> None:
        """Take nothing more, and put back what is still delivered, until what runs has ended."""
        self._stopping = True
        self._slots.close()
        self._woken.set()

    async def run(self, until: Callable[[], bool]) -> None:
        """Take work until stopped and nothing runs, or until a condition holds after a look at the queue."""
        while not self._is_over:
            self._look = False
            self._contact.asks(Part.INTAKE)
            try:
                await self._leases.renew_if_late()
                taken = await self._take()
            except ServerTrouble as error:
                delay = self._reconnection_delay_seconds
                self._contact.fails(Part.INTAKE, error, delay)
                await self._pause(delay)
                continue
            self._digest(taken)
            self._contact.has(Part.INTAKE)
            if until():
                return
            await self._until_worthwhile()

    async def give_back(self) -> None:
        """Have put back what a call whose answer never came may have claimed; tries until it is, or until cancelled."""
        while self._unanswered:
            try:
                await self._take()
            except ServerTrouble:
                await asyncio.sleep(LEAVING_DELAY_SECONDS)

    @property
    def _is_over(self) -> bool:
        return self._stopping and not self._slots.running

    async def _pause(self, seconds: float) -> None:
        deadline = asyncio.get_running_loop().call_later(seconds, self._woken.set)
        self._woken.clear()
        if not self._is_over:
            await self._woken.wait()
        deadline.cancel()

    async def listen(self) -> None:
        """Wait for deliveries whenever the queue was found empty, until cancelled."""
        missed = False
        while True:
            await self._waiting_for_delivery.wait()
            self._contact.asks(Part.LISTENER)
            try:
                entry = await self._deliveries.wait(self._consumer, self._longest_wait_ms, missed=missed)
            except ServerTrouble as error:
                self._contact.fails(Part.LISTENER, error, self._reconnection_delay_seconds)
                entry = None
                missed = True
                await asyncio.sleep(self._reconnection_delay_seconds)
            else:
                missed = missed and entry is not None
                self._contact.has(Part.LISTENER)
            self._waiting_for_delivery.clear()
            if entry is not None:
                self._delivered.append(entry)
            self.look()

    async def _take(self) -> Taken:
        delivered, self._delivered = self._delivered, []
        lost = self._token if self._unanswered else None
        try:
            taken = await self._deliveries.take(
                self._consumer, self._token, self._slots.free, delivered, lost, self._slots.free_for_suspects
            )
        except (ServerTrouble, asyncio.CancelledError) as error:
            # It may have claimed work under this token that nobody here knows of: the next call has it put back.
            self._unanswered = self._unanswered or not isinstance(error, ServerUnreachable)
            self._delivered = delivered + self._delivered
            raise
        self._unanswered = False
        self._token = next(self._tokens)
        return taken

    def _digest(self, taken: Taken) -> None:
        self._more = taken.more
        self._suspects_wait = taken.suspects_wait
        self._slots.expect(taken.suspects)
        self.unfinished = taken.unfinished
        for death in taken.died:
            where = "see docket.dead" if death.is_kept else "not kept: a successor follows, or no dead are kept"
            logger.error("%s has died: %s; %s", printable(death.key), printable(death.reason), where)
        for claim, record in taken.claimed:
            self._start(claim, record, taken.in_force)
        self._slots.forget_warnings()
        if not self._more:
            self._waiting_for_delivery.set()
        else:
            self._contact.has(Part.LISTENER)  # there is no room for what it would bring
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if taken.wait_ms is not None:
            self._timer = asyncio.get_running_loop().call_later(taken.wait_ms / 1000, self.look)

    @property
    def _may_bring_more(self) -> bool:
        return self._slots.free > 0 and (self._more or (self._suspects_wait and self._slots.free_for_suspects > 0))

    async def _until_worthwhile(self) -> None:
        while not (self._is_over or self._look or self._may_bring_more):
            self._woken.clear()
            await self._woken.wait()
