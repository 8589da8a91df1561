"""Leaving: in bounded time, whatever happens, and with everything given back that the worker has not finished."""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from datetime import timedelta
from typing import Any

from ..errors import ServerTrouble
from ..model.printable import printable
from ..storage.deliveries import Consumer, Deliveries, Release
from ..storage.roster import Roster
from ._contact import LEAVING_DELAY_SECONDS
from ._intake import Intake
from ._outcomes import Outcomes
from ._running import Running, Slots, StopReason

logger = logging.getLogger("docket.worker")

_CLEAN_UP_SHARE = 0.2
_RECORD_SHARE = 0.1
_SIGN_OFF_SHARE = 0.1
_SIGN_OFF_SECONDS = 1.0
"""How long to try to sign off in any case, if there is as much time: that takes a few round trips."""

abandoned: set[asyncio.Task[None]] = set()
"""What runs on although it was cancelled and its worker has left. The event loop alone would let go of it."""


class Timetable:
    """What a worker that leaves has how much time for, from when it is first told to."""

    def __init__(self, timeout: timedelta) -> None:
        """A worker that has left when `timeout` is over."""
        self._seconds = timeout.total_seconds()
        self._end: float | None = None

    @property
    def end(self) -> float:
        """When it has left, by the event loop's clock; the first one to ask is the first to tell it to."""
        if self._end is None:
            self._end = asyncio.get_running_loop().time() + self._seconds
        return self._end

    @property
    def finish_by(self) -> float:
        """When what still runs is cancelled."""
        return self.end - self._seconds * _CLEAN_UP_SHARE

    @property
    def clean_up_by(self) -> float:
        """When what has been cancelled and still runs is given up."""
        return self.end - self._seconds * _RECORD_SHARE

    def sign_off_by(self) -> float:
        """Until when to try to sign off, from now on; it is not worth more, for others see to whoever has not."""
        seconds = max(self._seconds * _SIGN_OFF_SHARE, _SIGN_OFF_SECONDS)
        return min(self.end, asyncio.get_running_loop().time() + seconds)


class Departure:
    """The end of a shift. Each step may be taken again, so that it can begin anew when the event loop cancels it."""

    def __init__(
        self,
        roster: Roster,
        deliveries: Deliveries,
        consumer: Consumer,
        slots: Slots,
        intake: Intake,
        outcomes: Outcomes,
        timetable: Timetable,
    ) -> None:
        """The departure of `consumer`."""
        self._roster = roster
        self._deliveries = deliveries
        self._consumer = consumer
        self._slots = slots
        self._intake = intake
        self._outcomes = outcomes
        self._timetable = timetable
        self._signed_off = False

    def stop_running(self, reason: StopReason) -> None:
        """Take nothing more, and cancel what runs."""
        self._intake.stop()
        for running in list(self._slots.running):
            running.stop(reason)

    async def run(self, taking: asyncio.Task[None], loops: Collection[asyncio.Task[None]], reason: StopReason) -> None:
        """Give back what runs, record what has ended, and sign off; `loops`, `taking` among them, have ended then."""
        end = self._timetable.end
        self.stop_running(reason)
        self._outcomes.hurry()
        await self._until_empty(self._timetable.clean_up_by)
        await self._give_up_stubborn()
        await asyncio.wait([taking], timeout=_left(end))
        try:
            async with asyncio.timeout_at(end):
                await self._intake.give_back()
                await self._outcomes.flush()
        except TimeoutError:
            logger.warning("left without recording what became of some executions: they will be delivered again")
        except Exception:
            logger.exception("cannot record what became of some executions: they will be delivered again")
        for loop in loops:
            loop.cancel()
        await asyncio.wait(loops)
        await self._sign_off(self._timetable.sign_off_by())

    async def _until_empty(self, when: float) -> None:
        while (tasks := self._unended()) and _left(when) > 0:
            await asyncio.wait(tasks, timeout=_left(when))

    def _unended(self) -> list[asyncio.Task[None]]:
        tasks = [running.task for running in self._slots.running if running.task is not None]
        return [task for task in tasks if not task.done()]

    async def _give_up_stubborn(self) -> None:
        """Release what still runs although it was cancelled.

        To let go of it only when it ends is to have it run on with nobody to renew its lease, and to have all others
        wait for that to run out before they begin the same. So it is fenced now: whatever it still does with its claim
        changes nothing.
        """
        for running in self._slots.running:
            _cancel_again(running)
        await self._until_empty(asyncio.get_running_loop().time() + _left(self._timetable.end) / 5)
        for running in list(self._slots.running):
            logger.error(
                "%s still runs although it was cancelled; given back, so another worker may begin it while it runs on",
                running.execution.call_repr(),
            )
            borne = self._consumer.max_redeliveries if running.stopped is StopReason.FELLED else None
            running.stopped = StopReason.ABANDONED
            if running.task is not None:
                abandoned.add(running.task)
                running.task.add_done_callback(abandoned.discard)
            self._slots.vacate(running)
            self._outcomes.add(Release(running.claim, borne=borne))
        self._intake.wake()

    async def _sign_off(self, end: float) -> None:
        reason = "the server does not answer"
        try:
            async with asyncio.timeout_at(end):
                while not self._signed_off:
                    try:
                        await self._deliveries.stop_waiting()
                        await self._roster.leave(self._consumer)
                        self._signed_off = True
                    except ServerTrouble as error:
                        reason = printable(str(error))
                        if self._roster.is_closed:
                            raise
                        await asyncio.sleep(LEAVING_DELAY_SECONDS)
        except (ServerTrouble, TimeoutError):
            logger.warning("could not sign off, so this worker will seem alive for a while: %s", reason)
        finally:
            await self._deliveries.close()


async def uninterrupted(step: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Take a step to its end, though whoever waits for it is cancelled, and be cancelled then.

    An event loop that is about to close cancels the step itself as well: it is taken again.
    """
    cancelled = False
    while True:
        task = asyncio.create_task(step(), name="docket departure")
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                cancelled = True
        if not task.cancelled():
            break
    task.result()
    if cancelled:
        raise asyncio.CancelledError


def _cancel_again(running: Running) -> None:
    if running.task is not None:
        running.task.cancel("the worker leaves")


def _left(when: float) -> float:
    return max(0.0, when - asyncio.get_running_loop().time())
