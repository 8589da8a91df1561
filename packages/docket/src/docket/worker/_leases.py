"""Keeping hold of what runs: a lease that is not renewed passes the execution to another worker."""

import asyncio
import logging

from ..errors import ConnectionLost
from ..storage.deliveries import Consumer, Deliveries
from ._running import Slots, StopReason

logger = logging.getLogger("docket.worker")


class Leases:
    """The leases of what is in a worker's slots."""

    def __init__(self, deliveries: Deliveries, consumer: Consumer, slots: Slots) -> None:
        """The leases that `consumer` holds on what is in `slots`."""
        self._deliveries = deliveries
        self._consumer = consumer
        self._slots = slots
        self._interval_seconds = consumer.lease_ms / 3000
        self._renewed_at = asyncio.get_running_loop().time()

    async def run(self) -> None:
        """Renew at three times the pace that is needed, until cancelled."""
        while True:
            await asyncio.sleep(self._interval_seconds)
            await self.renew()

    async def renew_if_late(self) -> None:
        """Renew now if the event loop was held up, before anybody, this worker included, takes what ran out."""
        if asyncio.get_running_loop().time() - self._renewed_at > 1.5 * self._interval_seconds:
            await self.renew()

    async def renew(self) -> None:
        """Renew all leases, and stop what was lost or cancelled."""
        self._renewed_at = asyncio.get_running_loop().time()
        held = list(self._slots.running)
        if not held:
            return
        try:
            renewals = await self._deliveries.renew(self._consumer, [running.claim for running in held])
        except ConnectionLost as error:
            logger.warning("could not renew the leases of %d executions: %s", len(held), error)
            return
        for running, renewal in zip(held, renewals, strict=True):
            if renewal == b"cancelled":
                running.stop(StopReason.CANCELLED)
            elif renewal == b"lost" and self._slots.find(running.claim) is running:
                logger.warning("lost the lease of %s; stopping this copy", running.execution.call_repr())
                running.stop(StopReason.LOST)
