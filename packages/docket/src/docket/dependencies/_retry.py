"""`Retry` and `ExponentialRetry`."""

from datetime import UTC, datetime, timedelta
from typing import NoReturn, Self

from paramdeps import Dependency

from ..errors import DocketError
from ..execution import Execution, current_execution
from ..hooks import FailureHook
from ..model.record import aware


class ForcedRetry(DocketError):
    """Raised by a task, through its `Retry`, to be tried again at a time of its own choice."""

    def __init__(self, delay: timedelta) -> None:
        """A retry after a delay."""
        super().__init__(f"the task asks to be tried again in {delay}")
        self.delay = delay

    def __reduce__(self) -> tuple[type[Self], tuple[timedelta]]:
        return type(self), (self.delay,)


class Retry(FailureHook, Dependency["Retry"]):
    """Tries a task again when it fails: `retry: Retry = Retry(attempts=3, delay=timedelta(seconds=5))`.

    In the task, `retry.attempt` counts from 1, and `retry.after(...)` or `retry.at(...)` end this attempt at once in
    favour of one at another time.
    """

    single = True

    def __init__(self, attempts: int | None = 1, delay: timedelta = timedelta(0)) -> None:
        """A policy of retries.

        Args:
            attempts: How often the task is run at most, the first time included; None is without limit.
            delay: How long to wait between one attempt and the next.
        """
        if attempts is not None and attempts < 1:
            raise ValueError(f"a task is attempted at least once, not {attempts} times; None is without limit")
        if delay < timedelta(0):
            raise ValueError(f"a retry cannot wait for {delay}")
        self.attempts = attempts
        self.delay = delay
        self.attempt: int = 1

    @classmethod
    def forever(cls, delay: timedelta = timedelta(0)) -> Self:
        """Try without limit, so many apart."""
        return cls(attempts=None, delay=delay)

    async def __aenter__(self) -> Self:
        self.attempt = current_execution.get().attempt
        return self

    def after(self, delay: timedelta) -> NoReturn:
        """End this attempt, and have the next one after a delay, if there may be a next one."""
        raise ForcedRetry(max(delay, timedelta(0)))

    def in_(self, delay: timedelta) -> NoReturn:
        """The same as `after`."""
        self.after(delay)

    def at(self, when: datetime) -> NoReturn:
        """End this attempt, and have the next one at a time, an aware datetime, if there may be a next one.

        The time is meant by the server's clock, as everywhere.
        """
        running = current_execution.get(None)
        self.after(aware(when) - (datetime.now(UTC) if running is None else running.now()))

    async def on_failure(self, execution: Execution, error: BaseException) -> timedelta | None:
        """See whether there is an attempt left, and when it is due."""
        if self.attempts is not None and execution.attempt >= self.attempts:
            return None
        if isinstance(error, ForcedRetry):
            return error.delay
        return self.delay_after(execution.attempt)

    def delay_after(self, attempt: int) -> timedelta:  # noqa: ARG002 - subclasses need it
        """How long to wait after an attempt that has failed, counted from 1."""
        return self.delay


class ExponentialRetry(Retry):
    """Tries a task again after delays that double: 1 s, 2 s, 4 s, ..."""

    def __init__(
        self,
        attempts: int | None = 1,
        minimum_delay: timedelta = timedelta(seconds=1),
        maximum_delay: timedelta = timedelta(seconds=64),
    ) -> None:
        """A policy of retries.

        Args:
            attempts: How often the task is run at most, the first time included; None is without limit.
            minimum_delay: How long to wait after the first attempt.
            maximum_delay: What the delay does not grow beyond.
        """
        super().__init__(attempts, minimum_delay)
        if maximum_delay < timedelta(0):
            raise ValueError(f"a retry cannot wait for {maximum_delay}")
        self.maximum_delay = maximum_delay

    def delay_after(self, attempt: int) -> timedelta:
        """How long to wait after an attempt that has failed, counted from 1."""
        doublings = 1 << min(attempt - 1, 62)
        # Compared by division, for the product may be more than a timedelta can hold.
        if self.delay and doublings > self.maximum_delay / self.delay:
            return self.maximum_delay
        return self.delay * doublings
