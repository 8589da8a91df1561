"""Docket itself, step by step beside the model of what it guarantees.

Callers are real, two workers are played: they use the worker's own verbs, and so can be interrupted between any two
of them, forget what they hold, or come back after everybody has given them up. Time is virtual.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import NamedTuple
from uuid import uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from docket import Docket, Execution, ExecutionState
from docket.execution import current_execution
from docket.model import payload
from docket.model.record import Record, from_ms
from docket.storage.deliveries import Claim, Condemn, Consumer, Deliveries, Finish, Outcome, Release, Retry
from docket.storage.keys import decode
from tests.docket.model.comparison import compare_everything, compare_executions
from tests.docket.model.guarantees import Guarantees
from tests.docket.model.virtual_time import CLOCK_KEY

LEASE_MS = 5_000
LOSSES = 2
PATIENCE_MS = 20_000
FIRST_DELAY_MS, LONGEST_DELAY_MS = 700, 2_000
START_MS = 4_000_000_000_000
"""Long after the server's own time, by which it removes what is to expire at a moment of virtual time."""

STEPS_BETWEEN_LOOKS = 8
"""How often everything is looked at that costs many round trips; the records are after every step."""

keys = st.sampled_from(["one", "two"])
workers = st.sampled_from([0, 1])
picks = st.sampled_from([0, 1, 2])
spans = st.sampled_from([0, 1_000, 3_000, LEASE_MS, LEASE_MS, PATIENCE_MS])
dues = st.sampled_from([None, None, 0, 1_000, PATIENCE_MS])


async def play(number: int) -> int:
    """What the played workers pretend to run."""
    return number


@dataclass
class PlayedWorker:
    """A worker of which the machine is the mind."""

    consumer: Consumer = field(default_factory=lambda: Consumer(uuid4().hex, "a worker", LEASE_MS, LOSSES))
    delivered: list[bytes] = field(default_factory=list)
    copies: dict[Claim, Record] = field(default_factory=dict)
    suspects: set[Claim] = field(default_factory=set)
    unanswered: str | None = None


class Copy(NamedTuple):
    """An execution that a worker runs, or believes to run."""

    worker: PlayedWorker
    claim: Claim
    execution: Execution[int]


class DocketBesideItsModel(RuleBasedStateMachine):
    """Each rule is one step of somebody; after each, everything that can be seen is compared."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        patience = timedelta(milliseconds=PATIENCE_MS)
        self.docket = Docket(f"model-{uuid4().hex}", url, heartbeat_interval=patience, missed_heartbeats=1)
        self.docket.register(play)
        self.model = Guarantees(START_MS, LEASE_MS, LOSSES)
        self.steps = 0
        self.numbers = count(1)
        self.tokens = (f"token-{number}" for number in count(1))
        self.workers = [PlayedWorker(), PlayedWorker()]
        self.beats: dict[str, int] = {}
        self.on_the_way: dict[tuple[str, int], str] = {}
        self.handles: list[Execution[int]] = []
        self.deliveries: Deliveries

    def run[T](self, step: Coroutine[None, None, T]) -> T:
        return self.runner.run(step)

    @initialize()
    def open(self) -> None:
        async def opened() -> None:
            await self.docket.__aenter__()
            self.deliveries = self.docket.storage.deliveries(timedelta(0))
            await self._set_clock()
            for index in (0, 1):
                await self._beat(index)

        self.run(opened())

    def teardown(self) -> None:
        try:
            if self.docket._storage is not None:
                self.run(self._look_at_everything())
        finally:
            self.run(self._closed())
            self.runner.close()

    async def _closed(self) -> None:
        if self.docket._storage is not None:
            await self.deliveries.close()
            await self.docket.__aexit__(None, None, None)

    # Callers ---------------------------------------------------------------------------------------------------------

    @rule(key=keys, delay=dues)
    def add(self, key: str, delay: int | None) -> None:
        due, number = self._due(delay), next(self.numbers)
        when = None if due is None else from_ms(due)
        handle = self.run(self.docket.add(play, when=when, key=key)(number))
        self._scheduled(handle, self.model.add(key, number, due))

    @rule(key=keys, delay=st.sampled_from([0, 0, 1_000]))
    def replace(self, key: str, delay: int) -> None:
        due, number = self.model.now + delay, next(self.numbers)
        handle = self.run(self.docket.replace(play, when=from_ms(due), key=key)(number))
        self._scheduled(handle, self.model.replace(key, number, due))

    def cancel(self, key: str) -> None:
        assert self.run(self.docket.cancel(key)).value == self.model.cancel(key)

    def requeue(self, key: str) -> None:
        assert self.run(self.docket.dead.requeue(key)).value == self.model.requeue(key)

    def drop(self, key: str) -> None:
        dropped = self.model.drop(key)
        assert self.run(self.docket.dead.drop(key)).value == dropped
        if dropped == "dropped":
            # With the record goes the count of its key's generations: a handle cannot tell the next call from its own.
            self.handles = [handle for handle in self.handles if handle.key != key]

    def clear(self) -> None:
        assert self.run(self.docket.clear()) == self.model.clear()

    @rule(span=spans)
    def time_passes(self, span: int) -> None:
        self.model.now += span
        self.run(self._set_clock())

    # Workers ---------------------------------------------------------------------------------------------------------

    @rule()
    def take_all(self) -> None:
        """The plainest rule, which Hypothesis falls back upon."""
        self.take(0, 2, answered=True)

    @rule(index=workers, slots=st.sampled_from([1, 2, 0]), answered=st.sampled_from([True, True, True, False]))
    def take(self, index: int, slots: int, answered: bool) -> None:
        worker = self.workers[index]
        token = worker.unanswered or next(self.tokens)
        places = 0 if worker.suspects & worker.copies.keys() else 1
        taken = self.run(
            self.deliveries.take(worker.consumer, token, slots, worker.delivered, worker.unanswered, places)
        )
        assert {death.key for death in taken.died} == self.model.tidy(worker.unanswered)
        claimed = {record.key: (claim, record) for claim, record in taken.claimed}
        assert len(claimed) == len(taken.claimed)
        within_reach = {key for key in self.model.in_state("queued") if self._is_within_reach(key, worker)}
        assert claimed.keys() <= within_reach
        suspects = self.model.suspects() & within_reach
        apart = min(slots, places, len(suspects))
        assert {decode(claim.key) for claim in taken.suspects} == suspects & claimed.keys()
        assert len(taken.suspects) == apart
        assert len(claimed) == min(slots, len(within_reach - suspects) + apart)
        assert taken.suspects_wait or not suspects - claimed.keys()
        for key, (claim, record) in claimed.items():
            self.model.claim(key, token)
            held = self.model.held[key]
            assert (claim.token.decode(), record.generation, record.when_ms) == (
                token,
                held.call.generation,
                held.call.due,
            )
            assert (record.attempt, record.deliveries) == (held.attempt, held.deliveries)
        assert taken.wait_ms == self.model.wake()
        assert taken.unfinished >= len(self.model.in_state("scheduled", "queued", "running"))
        self._forget_deliveries(worker.consumer.identity)
        worker.unanswered = None if answered else token
        if answered:
            worker.delivered = []
            worker.copies.update(taken.claimed)
            worker.suspects.update(taken.suspects)

    @rule(index=workers)
    def stall(self, index: int) -> None:
        """All that is queued is lost with a worker twice: it takes many a step to come so far one by one."""
        for _ in range(2):
            self.take(index, 2, answered=True)
            self.time_passes(LEASE_MS)
            self.take(index, 0, answered=True)

    def wait(self, index: int) -> None:
        worker = self.workers[index]

        async def waited() -> tuple[bytes, list[bytes]] | None:
            call, ready = self.docket.storage._wire.call, self.docket.storage._keys.ready
            if not await call("XLEN", ready):
                return None  # it would wait for real
            entry = await self.deliveries.wait(worker.consumer, 1)
            return None if entry is None else (entry, (await call("XRANGE", ready, entry, entry))[0][1])

        if (delivery := self.run(waited())) is not None:
            entry, (_, key, _, generation) = delivery
            worker.delivered.append(entry)
            self.on_the_way[key.decode(), int(generation)] = worker.consumer.identity

    def beat(self, index: int) -> None:
        self.run(self._beat(index))

    def renew(self, index: int) -> None:
        worker = self.workers[index]
        claims = list(worker.copies)
        answers = self.run(self.deliveries.renew(worker.consumer, claims)) if claims else []
        for claim, answer in zip(claims, answers, strict=True):
            assert answer.decode() == self.model.renew(claim.key.decode(), claim.token.decode())
            if answer == b"lost":
                del worker.copies[claim]

    @precondition(lambda self: self.copies)
    @rule(pick=picks, delay=dues)
    def chain(self, pick: int, delay: int | None) -> None:
        """A task that runs, or still believes so, adds its own key."""
        copy, due, number = self._copy(pick), self._due(delay), next(self.numbers)
        key, token = copy.execution.key, copy.claim.token.decode()

        async def add_own() -> Execution[int]:
            when = None if due is None else from_ms(due)
            running = current_execution.set(copy.execution)
            try:
                return await self.docket.add(play, when=when, key=key)(number)
            finally:
                current_execution.reset(running)

        self._scheduled(self.run(add_own()), self.model.add(key, number, due, token))

    @precondition(lambda self: self.copies)
    @rule(pick=picks, state=st.sampled_from(["completed", "failed", "cancelled"]), final=st.booleans())
    def finish(self, pick: int, state: str, final: bool) -> None:
        copy = self._copy(pick)
        result = payload.dumps_result(copy.execution.args[0]) if state == "completed" else b""
        error = "" if state == "completed" else "error"
        kept = self.model.finish(copy.execution.key, copy.claim.token.decode(), state, final=final)
        self._settle(copy, Finish(copy.claim, ExecutionState(state), error, result, final), kept=kept)

    def condemn(self, copy: "Copy", _delay: int) -> None:
        kept = self.model.condemn(copy.execution.key, copy.claim.token.decode())
        self._settle(copy, Condemn(copy.claim, "reason"), kept=kept)

    def retry(self, copy: "Copy", delay: int) -> None:
        kept = self.model.retry(copy.execution.key, copy.claim.token.decode(), delay)
        self._settle(copy, Retry(copy.claim, delay, "error", b""), kept=kept)

    @precondition(lambda self: self.copies)
    @rule(pick=picks, how=st.sampled_from(["retry", "release", "condemn"]), delay=spans)
    def give_up(self, pick: int, how: str, delay: int) -> None:
        getattr(self, how)(self._copy(pick), delay)

    # What needs something that runs has its turn less often than the rest, and is what matters most.
    chain_too, finish_too, give_up_too = chain, finish, give_up

    @rule(index=workers, what=st.sampled_from(["wait", "beat", "renew", "renew"]))
    def meanwhile(self, index: int, what: str) -> None:
        getattr(self, what)(index)

    @rule(key=keys, what=st.sampled_from(["cancel", "requeue", "drop"]))
    def decide(self, key: str, what: str) -> None:
        getattr(self, what)(key)

    @rule(index=workers, what=st.sampled_from(["clear", "crash", "leave"]))
    def sweep_away(self, index: int, what: str) -> None:
        """What leaves little to do: one rule for all of it, so that it does not happen all the time."""
        getattr(self, what)(*([] if what == "clear" else [index]))

    def crash(self, index: int) -> None:
        """A worker is gone, and another one begins in its place."""
        self.workers[index] = PlayedWorker()
        self.run(self._beat(index))

    def leave(self, index: int) -> None:
        """A worker gives everything back and signs off, and another one begins in its place."""
        worker, identity = self.workers[index], self.workers[index].consumer.identity
        for copy in [copy for copy in self.copies if copy.worker is worker]:
            self.release(copy, 0)
        self.run(self.docket.storage.roster.leave(worker.consumer))
        self.beats.pop(identity, None)
        self._forget_deliveries(identity)
        self.crash(index)

    # What can be seen ------------------------------------------------------------------------------------------------

    @invariant()
    def executions_are_as_they_should_be(self) -> None:
        if self.docket._storage is not None:
            self.run(compare_executions(self.docket, self.model))
            self.steps += 1
            if self.steps % STEPS_BETWEEN_LOOKS == 0:
                self.run(self._look_at_everything())

    async def _look_at_everything(self) -> None:
        await compare_everything(self.docket, self.model, self.handles, len(self.beats))

    # Steps in common -------------------------------------------------------------------------------------------------

    def _due(self, delay: int | None) -> int | None:
        return None if delay is None else self.model.now + delay

    def _scheduled(self, handle: Execution[int], expected: tuple[str, int]) -> None:
        seen = (handle.disposition.value, handle.generation)
        assert seen == expected, f"{seen} instead of {expected}"
        self.handles.append(handle)

    @property
    def copies(self) -> list["Copy"]:
        """What the workers run, and what they do not know yet to have lost."""
        return [
            Copy(worker, claim, self.docket.execution(record, claim=claim.token.decode()))
            for worker in self.workers
            for claim, record in worker.copies.items()
        ]

    def _copy(self, pick: int) -> "Copy":
        return self.copies[pick % len(self.copies)]

    def release(self, copy: "Copy", delay: int) -> None:
        delay = min(delay, FIRST_DELAY_MS)
        kept = self.model.release(copy.execution.key, copy.claim.token.decode(), delay, LONGEST_DELAY_MS)
        self._settle(copy, Release(copy.claim, delay, LONGEST_DELAY_MS), kept=kept)

    def _settle(self, copy: "Copy", outcome: Outcome, *, kept: bool) -> None:
        """Record an outcome, and once more, for its answer may be lost: that time nothing happens."""
        del copy.worker.copies[copy.claim]
        assert self.run(self.deliveries.settle([outcome])) == ([] if kept else [outcome.claim])
        assert self.run(self.deliveries.settle([outcome])) == [outcome.claim]

    def _is_within_reach(self, key: str, worker: PlayedWorker) -> bool:
        whose = self.on_the_way.get((key, self.model.held[key].call.generation))
        return whose in (None, worker.consumer.identity)

    def _forget_deliveries(self, identity: str) -> None:
        self.on_the_way = {pointer: whose for pointer, whose in self.on_the_way.items() if whose != identity}

    async def _beat(self, index: int) -> None:
        consumer = self.workers[index].consumer
        removed = await self.docket.storage.roster.beat(consumer, self.docket.tasks)
        self.beats[consumer.identity] = self.model.now
        gone = [identity for identity, last in self.beats.items() if last <= self.model.now - PATIENCE_MS]
        assert removed == len(gone)
        for identity in gone:
            del self.beats[identity]
            self._forget_deliveries(identity)

    async def _set_clock(self) -> None:
        await self.docket.storage._wire.call("SET", CLOCK_KEY, self.model.now)
