"""Hearing of executions that somebody cancels while they run here."""

from ..storage.deliveries import Claim
from ..storage.events import Events
from ._leases import Leases
from ._running import Slots, StopReason


async def obey(events: Events, slots: Slots, leases: Leases) -> None:
    """Stop what is cancelled, until cancelled."""
    async with events.listen(events.signals) as messages:
        while True:
            message = await messages.get()
            if message is None:
                # A signal may have been missed while nobody listened; a cancellation is also written to the record.
                await leases.renew()
                continue
            token, _, key = message.partition(b" ")
            running = slots.find(Claim(key, token))
            if running is not None:
                running.stop(StopReason.CANCELLED)
