"""Saying that this worker is alive."""

import asyncio
import logging

from ..docket import Docket
from ..errors import ServerTrouble
from ..storage.deliveries import Consumer
from ._contact import Contact, Part

logger = logging.getLogger("docket.worker")


async def beat(docket: Docket, consumer: Consumer, contact: Contact) -> None:
    """Put a worker on the roster, and keep it there until cancelled."""
    delay = docket.heartbeat_interval.total_seconds()
    while True:
        contact.asks(Part.HEARTBEAT)
        try:
            removed = await docket.storage.roster.beat(consumer, docket.tasks)
        except ServerTrouble as error:
            contact.fails(Part.HEARTBEAT, error, delay)
        else:
            contact.has(Part.HEARTBEAT)
            if removed:
                logger.warning("removed %d workers that have missed their heartbeats", removed)
        await asyncio.sleep(delay)
