"""The worker: claims what is due, runs it, and records what became of it."""

import logging
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from contextvars import ContextVar
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from ..docket import Docket, current_docket
from ..model.printable import printable
from ..model.seal import SigningKey
from ..storage.deliveries import Consumer
from ._health import serving_health
from ._program import heeding_signals
from ._shift import Shift

logger: logging.Logger = logging.getLogger("docket.worker")


class Worker:
    """Runs the tasks of a docket, many at a time, in one event loop.

    Use it as an async context manager, and let it run::

        async with Docket("orders") as docket:
            docket.register(send_confirmation)
            async with Worker(docket) as worker:
                await worker.run_forever()
    """

    def __init__(  # noqa: PLR0913, PLR0917 - settings, each of its own
        self,
        docket: Docket,
        name: str | None = None,
        concurrency: int = 10,
        redelivery_timeout: timedelta = timedelta(minutes=5),
        reconnection_delay: timedelta = timedelta(seconds=5),
        minimum_check_interval: timedelta = timedelta(seconds=2),
        scheduling_resolution: timedelta = timedelta(seconds=2),
        max_redeliveries: int = 5,
        shutdown_timeout: timedelta = timedelta(seconds=25),
    ) -> None:
        """A worker of a docket that is open.

        Args:
            docket: Whose tasks it runs. It runs those that the docket knows by then, and gives others back.
            name: What it is called in logs and lists; `host#pid` if None.
            concurrency: How many executions it runs at the same time.
            redelivery_timeout: After what silence of this worker its executions are handed to another one. It keeps
                hold of what it runs for as long as it lives, so this need not exceed the longest task.
            reconnection_delay: How long it waits before it tries a lost server again.
            minimum_check_interval: How long it goes without looking for work while it is idle. It is told of new work
                and wakes when something is due, so this is for the case that such a message was lost.
            scheduling_resolution: The same for scheduled work; the shorter of both counts.
            max_redeliveries: How often an attempt is handed out again because its lease has run out, on any worker.
                After that the execution has died, for it may be what ends its workers. What a worker gives back of
                its own accord, because it stops or does not know the task, does not count.
            shutdown_timeout: Within what time of being told to leave it has left, whatever happens. What still runs
                after four fifths of it is cancelled, and given back for other workers. Less than the grace period of
                what supervises the program, which is 30 s in Kubernetes and 10 s in Docker.

        Raises:
            ValueError: the concurrency is below 1, a duration below a millisecond, or a number below zero.
        """
        if concurrency < 1:
            raise ValueError(f"a worker needs a concurrency of at least 1, not {concurrency}")
        if max_redeliveries < 0:
            raise ValueError(f"a worker hands out again what was lost some times, or never (0), not {max_redeliveries}")
        for duration in (redelivery_timeout, minimum_check_interval, scheduling_resolution, shutdown_timeout):
            if duration < timedelta(milliseconds=1):
                raise ValueError(f"a worker's timeouts and intervals are at least a millisecond, not {duration}")
        self.docket = docket
        self.name: str = name or f"{socket.gethostname()}#{os.getpid()}"
        self.concurrency = concurrency
        self.redelivery_timeout = redelivery_timeout
        self.reconnection_delay = reconnection_delay
        self.max_redeliveries = max_redeliveries
        self.shutdown_timeout = shutdown_timeout
        self._longest_wait = min(minimum_check_interval, scheduling_resolution)
        self._shift: Shift | None = None
        self._begun = False
        self._stopped_early = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End a run that goes on in another task, as `stop_now` does, and wait until it has left."""
        if self._shift is not None:
            self._shift.stop_running()
            await self._shift.left()

    async def run_forever(self) -> None:
        """Run what is due until `stop` is called. If this is cancelled, it leaves as after `stop_now`."""
        await self._run()

    async def run_until_finished(self) -> None:
        """Run until the docket has no unfinished work: nothing scheduled, queued, or running anywhere."""
        await self._run(until_finished=True)

    async def run_at_most(self, iterations_by_key: Mapping[str, int]) -> None:
        """Run until the docket has no unfinished work, but the executions of some keys only so many times.

        Args:
            iterations_by_key: How often a key's execution is run; after that neither a retry nor a successor of it is.
        """
        await self._run(until_finished=True, limits=iterations_by_key)

    def stop(self) -> None:
        """Take no more work, and end the run when what is running has ended; one that is yet to begin ends at once.

        What has not ended when four fifths of the shutdown timeout are over is cancelled, and given back.
        """
        if self._shift is not None:
            self._shift.stop()
        else:
            self._stopped_early = not self._begun

    def stop_now(self) -> None:
        """Take no more work, cancel what is running, and give it back for other workers.

        A task that goes on although it was cancelled is given back as well, at the end of the shutdown timeout: another
        worker may then run it while it runs on here, but what this copy still does changes nothing of the execution.
        """
        if self._shift is not None:
            self._shift.stop_running()
        else:
            self._stopped_early = not self._begun

    @property
    def healthy(self) -> bool:
        """Whether it runs, and nothing keeps it from working."""
        return not self.troubles()

    def troubles(self) -> list[str]:
        """What keeps it from working, each in a line; none if it is healthy.

        It is in trouble when it does not run, when one of its loops has failed, and when something that it needs of the
        server has not succeeded for as long as it takes to be taken for dead: the docket's `heartbeat_interval` times
        its `missed_heartbeats`. A worker that is told to leave is healthy until it has left.
        """
        return ["it does not run"] if self._shift is None else self._shift.troubles()

    async def _run(self, *, until_finished: bool = False, limits: Mapping[str, int] | None = None) -> None:
        if self._shift is not None:
            raise RuntimeError(f"the worker {self.name!r} is running already")
        # Workers of one name, in one process or after a restart, are still different ones to the queue.
        identity = f"{self.name}#{uuid4().hex}"
        lease_ms = round(self.redelivery_timeout / timedelta(milliseconds=1))
        docket_token, worker_token = current_docket.set(self.docket), current_worker.set(self)
        self._shift = Shift(
            self.docket,
            Consumer(identity, self.name, lease_ms, self.max_redeliveries),
            concurrency=self.concurrency,
            longest_wait=self._longest_wait,
            reconnection_delay=self.reconnection_delay,
            shutdown_timeout=self.shutdown_timeout,
            until_finished=until_finished,
            limits=limits or {},
        )
        tasks = printable(", ".join(self.docket.tasks)) or "none"
        logger.info(
            "worker %s on docket %r at %s, %d at a time; tasks: %s",
            *(printable(self.name), self.docket.name, printable(self.docket.location), self.concurrency, tasks),
        )
        self._begun = True
        if self._stopped_early:
            self._shift.stop()
        try:
            await self._shift.work()
        finally:
            self._stopped_early = False
            self._shift = None
            current_docket.reset(docket_token)
            current_worker.reset(worker_token)
            logger.info("worker %s has left", printable(self.name))

    @classmethod
    async def run(  # noqa: PLR0913 - the options of the command line
        cls,
        docket_name: str = "docket",
        url: str = "redis://localhost:6379/0",
        *,
        name: str | None = None,
        concurrency: int = 10,
        redelivery_timeout: timedelta = timedelta(minutes=5),
        reconnection_delay: timedelta = timedelta(seconds=5),
        minimum_check_interval: timedelta = timedelta(seconds=2),
        scheduling_resolution: timedelta = timedelta(seconds=2),
        max_redeliveries: int = 5,
        shutdown_timeout: timedelta = timedelta(seconds=25),
        healthcheck_port: int | None = None,
        healthcheck_host: str | None = None,
        until_finished: bool = False,
        tasks: Iterable[str] = (),
        signing_key: SigningKey | Sequence[SigningKey] | None = None,
    ) -> None:
        """Run a worker as a program of its own.

        The first SIGTERM or SIGINT ends it gracefully: it takes nothing more, and leaves when what runs has ended, or
        has had its time. The second one cancels what runs, which is then given back.

        Args:
            docket_name: The docket to work on.
            url: Its server.
            healthcheck_port: Where to answer HTTP requests with 200 while it is healthy, and with 503 while it is not.
            healthcheck_host: On which interface; all of them if None.
            until_finished: End when there is no unfinished work.
            tasks: Collections of tasks, each `module:attribute`.
            signing_key: The docket's, one or several.
            name: As in the constructor, as are all others.
        """
        async with Docket(docket_name, url, signing_key=signing_key) as docket:
            for path in tasks:
                docket.register_collection(path)
            worker = cls(
                docket,
                name=name,
                concurrency=concurrency,
                redelivery_timeout=redelivery_timeout,
                reconnection_delay=reconnection_delay,
                minimum_check_interval=minimum_check_interval,
                scheduling_resolution=scheduling_resolution,
                max_redeliveries=max_redeliveries,
                shutdown_timeout=shutdown_timeout,
            )
            async with AsyncExitStack() as stack:
                if healthcheck_port is not None:
                    await stack.enter_async_context(serving_health(worker.troubles, healthcheck_port, healthcheck_host))
                stack.enter_context(heeding_signals(worker))
                await (worker.run_until_finished() if until_finished else worker.run_forever())


current_worker: ContextVar[Worker] = ContextVar("docket.current_worker")
"""The worker that runs the calling code."""
