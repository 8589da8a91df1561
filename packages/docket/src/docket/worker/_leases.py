"""Keeping hold of what runs: a lease that is not renewed passes the execution to another worker."""

import asyncio
import logging
from collections.abc import Callable, Collection

from ..errors import ServerTrouble
from ..storage.deliveries import Claim, Consumer, Deliveries
from ._contact import Contact, Part
from ._running import Slots, StopReason

logger = logging.getLogger("docket.worker")


class Leases:
    """The leases of what is in a worker's slots."""

    def __init__(
        self,
        deliveries: Deliveries,
        consumer: Consumer,
        slots: Slots,
        unrecorded: Callable[[], Collection[Claim]],
        contact: Contact,
        reconnection_delay_seconds: float,
    ) -> None:
        """The leases that `consumer` holds, on what is in `slots` and on what has ended and is `unrecorded`."""
        self._reconnection_delay_seconds = reconnection_delay_seconds
        self._unrecorded = unrecorded
        self._contact = contact
        self._deliveries = deliveries
        self._consumer = consumer
        self._slots = slots
        self._interval_seconds = consumer.lease_ms / 3000
        self._renewed_at = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Renew at three times the pace that is needed, until cancelled."""
        delay = self._interval_seconds
        while True:
            await asyncio.sleep(delay)
            try:
                await self.renew()
            except ServerTrouble as error:
                delay = min(self._interval_seconds, self._reconnection_delay_seconds)
                self._contact.fails(Part.LEASES, error, delay)
            else:
                delay = self._interval_seconds

    async def renew_if_late(self) -> None:
        """Renew now if that is overdue, before anybody, this worker included, takes what has run out.

        It is overdue when the event loop was held up, or the server could not be reached.

        Raises:
            ServerTrouble: the server does not answer, or refuses.
        """
        if asyncio.get_running_loop().time() - self._renewed_at > 1.5 * self._interval_seconds:
            await self.renew()

    async def renew(self) -> None:
        """Renew all leases, and stop what was lost or cancelled.

        Raises:
            ServerTrouble: the server does not answer, or refuses; they are as they were.
        """
        begun = asyncio.get_running_loop().time()
        self._contact.asks(Part.LEASES)
        held = list(self._slots.running)
        claims = [running.claim for running in held]
        # What has ended is held until that is recorded: else it would be run again while its outcome is on its way.
        claims += self._unrecorded()
        renewals = await self._deliveries.renew(self._consumer, claims) if claims else []
        self._renewed_at = begun
        self._contact.has(Part.LEASES)
        for running, renewal in zip(held, renewals, strict=False):
            if renewal == b"cancelled":
                running.stop(StopReason.CANCELLED)
            elif renewal == b"lost" and self._slots.find(running.claim) is running:
                logger.warning("lost the lease of %s; stopping this copy", running.execution.call_repr())
                running.stop(StopReason.LOST)
