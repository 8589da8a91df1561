"""The executions that have died: what could not be run to an end of its own, and waits for a person to look at it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import batched

from .execution import Execution
from .model.record import Record
from .model.states import Disposal, ExecutionState
from .storage.dead import Dead
from .storage.strikes import Strikes
from .strikes import blocking

_PAGE = 100


class DeadLetters:
    """The executions of a docket that have died.

    An execution dies when its arguments cannot be read, or when its lease has run out too often because it ends its
    worker or blocks it. Its `error` says which. It is kept until it is requeued, dropped, or its key is scheduled anew,
    and for the `dead_ttl` of the docket
    whose worker found it dead at most. The name is that of the dead letter queues of message brokers.
    """

    def __init__(
        self,
        dead: Dead,
        strikes: Strikes,
        load: Callable[[str], Awaitable[Execution | None]],
        handle: Callable[[Record], Execution],
    ) -> None:
        """The dead of a docket. Application code finds them at `Docket.dead`."""
        self._dead = dead
        self._strikes = strikes
        self._load = load
        self._handle = handle

    async def count(self) -> int:
        """How many there are."""
        return (await self._dead.survey(0, 0)).total

    async def list(self, limit: int = _PAGE, offset: int = 0) -> Sequence[Execution]:
        """A part of them, by when their time is over: with one `dead_ttl`, the one that died first comes first.

        Args:
            limit: How many at most.
            offset: How many to pass over.

        Raises:
            ValueError: a number is below zero.
        """
        if limit < 0 or offset < 0:
            raise ValueError(f"a list begins somewhere and has a length: {limit=}, {offset=}")
        return [self._handle(record) for record in (await self._dead.survey(offset, limit)).records]

    async def inspect(self, key: str) -> Execution | None:
        """The dead execution of a key; None if that is not dead."""
        execution = await self._load(key)
        return execution if execution is not None and execution.state is ExecutionState.DEAD else None

    async def requeue(self, key: str) -> Disposal:
        """Have a dead execution run again: the same call, now, as a new generation of its key with no attempt used.

        One that is struck stays dead: it would be cancelled, and then nothing would be left of it.
        """
        while not await self._is_struck(key):
            if (disposal := await self._dead.requeue(key)) is not None:
                return disposal
        return Disposal.STRUCK

    async def requeue_all(self, function: str | None = None) -> int:
        """Requeue all that are dead by now, or those of one task, except what is struck; returns how many these were.

        Args:
            function: The name of the task; all tasks if None.
        """
        # What is requeued may die again at once, so this is about those that have died by now.
        latest_ms = (await self._dead.survey(0, 0)).now_ms
        requeued = 0
        while keys := await self._keys(function, latest_ms):
            before = requeued
            for batch in batched(keys, _PAGE):
                answers = await asyncio.gather(*[self.requeue(key) for key in batch])
                requeued += answers.count(Disposal.REQUEUED)
            if requeued == before:  # those that are left are struck
                break
        return requeued

    async def drop(self, key: str) -> Disposal:
        """Remove a dead execution, and all that is known of it."""
        return await self._dead.drop(key)

    async def _is_struck(self, key: str) -> bool:
        if not self._strikes.in_force:
            return False
        execution = await self.inspect(key)
        return execution is not None and await self._strikes.find(lambda known: blocking(known, execution)) is not None

    async def _keys(self, function: str | None, latest_ms: int) -> Sequence[str]:
        keys: list[str] = []
        offset, total = 0, 1
        while offset < total:
            _, total, records = await self._dead.survey(offset, _PAGE)
            keys += [
                record.key
                for record in records
                if function in {None, record.function} and record.finished_at_ms <= latest_ms
            ]
            offset += _PAGE
        return keys
