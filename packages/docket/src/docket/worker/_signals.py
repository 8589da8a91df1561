"""Hearing of executions that somebody cancels while they run here."""

from contextlib import suppress

from ..errors import ServerTrouble
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
                with suppress(ServerTrouble):
                    await leases.renew()
                continue
            token, _, key = message.partition(b" ")
            claim = Claim(key, token)
            running = slots.find(claim)
            if running is None:
                slots.warn(claim)
            else:
                running.stop(StopReason.CANCELLED)
