"""Saying that this worker is alive."""

import asyncio
import logging

from ..docket import Docket
from ..errors import ServerTrouble
from ..storage.deliveries import Consumer

logger = logging.getLogger("docket.worker")


async def beat(docket: Docket, consumer: Consumer) -> None:
    """Put a worker on the roster, and keep it there until cancelled."""
    while True:
        try:
            removed = await docket.storage.roster.beat(consumer, docket.tasks)
        except ServerTrouble as error:
            logger.warning("missed a heartbeat: %s", error)
        else:
            if removed:
                logger.warning("removed %d workers that have missed their heartbeats", removed)
        await asyncio.sleep(docket.heartbeat_interval.total_seconds())
