"""What a worker does to executions: take them, keep them, and end them, always many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched, chain
from typing import Any, Literal, NamedTuple

from ..errors import ServerRefusal
from ..model.record import Record
from ..model.states import ExecutionState
from ..model.strikes import InForce
from . import scripts
from .connections._wire import Argument, Wire
from .keys import GROUP, Keys, decode, encode
from .strikes import Strikes

MOST_TOGETHER = 100
"""How many executions one call does the same to at most, so that a flood of them never holds up the server for long."""

MOST_TIDIED = 25
"""How many of the due, and of the lost, a call that claims executions puts into the queue first."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A worker, as the queue knows it."""

    identity: str
    """What tells it from every other worker that ever was, one of the same name included."""

    name: str
    """What people call it."""

    lease_ms: int
    """How long it may be silent before what it runs is handed to another one, in milliseconds."""

    max_redeliveries: int
    """How often it hands out an attempt whose lease has run out; after that, the execution has died."""


class Claim(NamedTuple):
    """The exclusive right to run an execution: whoever shows another token than the record's changes nothing."""

    key: bytes
    token: bytes


class Death(NamedTuple):
    """An execution has lost more leases than may be lost, and so has died."""

    key: str
    reason: str
    is_kept: bool
    """Whether it is kept with the dead. It is not where a successor has taken its place, or where no dead are kept."""


class Taken(NamedTuple):
    """What `take` has brought."""

    claimed: list[tuple[Claim, Record]]
    wait_ms: int | None
    """How long until something can be done again by the clock alone; None if nothing is scheduled or running."""

    unfinished: int
    """How many executions were scheduled, queued or running, these included."""

    more: bool
    """Whether there may be more to claim at once."""

    in_force: InForce
    """The strikes that were in force when these were claimed."""

    died: list[Death]
    """What has died of lost leases."""

    suspects: list[Claim]
    """The claims among these of executions that have lost leases, and may be what ends their workers."""

    suspects_wait: bool
    """Whether there are more of those."""


class Finish(NamedTuple):
    """An execution has ended."""

    claim: Claim
    state: ExecutionState
    error: str = ""
    result: bytes = b""
    final: bool = False
    """No successor may follow."""


class Retry(NamedTuple):
    """An execution has failed, and is tried again after a delay; if that may not be, it ends with this error."""

    claim: Claim
    delay_ms: int
    error: str
    result: bytes


class Condemn(NamedTuple):
    """An execution cannot be run to an end of its own, and dies."""

    claim: Claim
    error: str
    final: bool = False
    """No successor may follow."""


class Release(NamedTuple):
    """An execution is given back; the delay doubles each time up to the longest."""

    claim: Claim
    delay_ms: int = 0
    longest_delay_ms: int = 0
    borne: int | None = None
    """If its worker was brought down, how often an attempt bears that before it has died; None if it was not."""


type Outcome = Finish | Retry | Condemn | Release
type Renewal = Literal[b"held", b"cancelled", b"lost"]


class Deliveries:
    """The queue of a docket, from a worker's side."""

    def __init__(
        self, wire: Wire, outgoing: Wire, blocking: Wire, keys: Keys, ttl_ms: int, dead_ttl_ms: int, strikes: Strikes
    ) -> None:
        """The queue under `keys`.

        Args:
            wire: For taking work and keeping it.
            outgoing: For what became of it, so that the server records one batch while the next one is being run.
            blocking: For the one command that is answered when there is work.
            keys: Where it is.
            ttl_ms: How long the records of ended executions are kept, in milliseconds.
            dead_ttl_ms: The same for those that have died.
            strikes: What is struck, as far as is known here.
        """
        self._wire = wire
        self._outgoing = outgoing
        self._blocking = blocking
        self._keys = keys
        self._ttl_ms = ttl_ms
        self._dead_ttl_ms = dead_ttl_ms
        self._strikes = strikes

    async def wait(self, consumer: Consumer, longest_ms: int, *, missed: bool = False) -> bytes | None:
        """Wait until there is work; returns the entry of the queue that was delivered, which `take` must be shown.

        Args:
            consumer: Who waits.
            longest_ms: After how many milliseconds to give up and return None.
            missed: Instead, see at once whether something was delivered before that never arrived here.
        """
        try:
            reply = await self._blocking.call(
                *("XREADGROUP", "GROUP", GROUP, encode(consumer.identity), "COUNT", 1, "BLOCK", longest_ms),
                *("STREAMS", self._keys.ready, "0" if missed else ">"),
            )
        except ServerRefusal:
            # The server has been flushed. The next `take` makes the queue anew, or says what else is wrong.
            return None
        entries: list[Any] = reply[0][1] if reply else []
        return entries[0][0] if entries else None

    async def take(
        self,
        consumer: Consumer,
        token: str,
        slots: int,
        delivered: Sequence[bytes],
        lost: str | None,
        suspects: int = 1,
    ) -> Taken:
        """Claim work, and see to what is due.

        Args:
            consumer: Who takes it.
            token: What the claims are known by; never used before.
            slots: How many executions to take at most; it takes no more than `MOST_TOGETHER`.
            delivered: Entries of the queue that `wait` has brought.
            lost: The token of an earlier call whose answer never arrived, so that its claims are given back.
            suspects: How many of them may be executions that have lost two leases or more: 1, or 0 if one runs there.
        """
        keys, identity, name = self._keys, encode(consumer.identity), encode(consumer.name)
        places = [keys.ready, keys.later, keys.leases, keys.dead, keys.strikes, keys.suspects]
        if lost is not None:
            await self._recover(lost)
        while True:
            in_force = self._strikes.in_force
            arguments: list[Argument] = [keys.runs, keys.events, GROUP, identity, name, token]
            arguments += [slots, consumer.lease_ms, MOST_TOGETHER, MOST_TIDIED, self._ttl_ms, self._dead_ttl_ms]
            arguments += [consumer.max_redeliveries, in_force.version, suspects, *delivered]
            what, *rest = await scripts.run(self._wire, "take", places, arguments, repeat=False)
            if what != b"outdated":
                break
            self._strikes.adopt(rest[0])
        now, wake, unfinished, more, claimed, died, suspected, waiting = rest
        bearer = token.encode()
        claims = [Claim(fields[0], bearer) for fields in claimed]
        return Taken(
            [(claim, _record(fields, now)) for claim, fields in zip(claims, claimed, strict=True)],
            max(0, wake - now) if wake >= 0 else None,
            unfinished,
            bool(more),
            in_force,
            [Death(decode(key), decode(reason), bool(is_kept)) for key, reason, is_kept in died],
            claims[:suspected],
            waiting > 0,
        )

    async def renew(self, consumer: Consumer, claims: Sequence[Claim]) -> list[Renewal]:
        """Extend the leases of claims; says of each whether it is held, held but cancelled, or lost."""
        keys = self._keys
        renewals: list[Renewal] = []
        for batch in batched(claims, MOST_TOGETHER):
            renewals += await scripts.run(
                self._wire, "renew", [keys.leases], [keys.runs, consumer.lease_ms, *chain.from_iterable(batch)]
            )
        return renewals

    async def settle(self, outcomes: Iterable[Outcome]) -> list[Claim]:
        """Record what became of executions; returns the claims among them that were lost, so that nothing was done.

        Args:
            outcomes: What to record, no more than `MOST_TOGETHER`.
        """
        by_verb: dict[str, list[Outcome]] = {}
        for outcome in outcomes:
            by_verb.setdefault(type(outcome).__name__.lower(), []).append(outcome)
        answers = [await self._settle(verb, batch) for verb, batch in by_verb.items()]
        return [
            outcome.claim
            for batch, replies in zip(by_verb.values(), answers, strict=True)
            for outcome, reply in zip(batch, replies, strict=True)
            if reply == b"lost"
        ]

    async def _recover(self, token: str) -> None:
        keys, cursor = self._keys, b""
        while cursor != b"0":
            cursor = await scripts.run(
                self._wire,
                "recover",
                [keys.ready, keys.later, keys.leases, keys.dead, keys.suspects],
                [keys.runs, keys.events, token, cursor or 0, MOST_TOGETHER, self._ttl_ms, self._dead_ttl_ms],
            )

    async def _settle(self, verb: str, batch: list[Outcome]) -> list[bytes]:
        keys = self._keys
        places = [keys.ready, keys.later, keys.leases]
        arguments: list[Argument] = [keys.runs, keys.events, self._ttl_ms]
        if verb in {"condemn", "release"}:
            places += [keys.dead, keys.suspects] if verb == "release" else [keys.dead]
            arguments.append(self._dead_ttl_ms)
        for outcome in batch:
            arguments += outcome.claim
            match outcome:
                case Finish(_, state, error, result, final):
                    arguments += [state.value, encode(error), result, int(final)]
                case Retry(_, delay_ms, error, result):
                    arguments += [delay_ms, encode(error), result]
                case Condemn(_, error, final):
                    arguments += [encode(error), int(final)]
                case Release(_, delay_ms, longest_delay_ms, borne):
                    arguments += [delay_ms, longest_delay_ms, "" if borne is None else borne]
        answers: list[bytes] = await scripts.run(self._outgoing, verb, places, arguments)
        return answers

    async def stop_waiting(self) -> None:
        """Have the server forget that anybody waits here, for good, so that it delivers nothing more; may be repeated.

        A connection that is merely closed may still be delivered to: the server notices its end when it comes to that.
        One that is just being made is given up first, or else it might ask for a delivery after this.

        Raises:
            ServerTrouble: the server does not answer.
        """
        # Once only: when it is tried again, a server that was started anew may know another client by that number.
        identity = self._blocking.identity
        await self._blocking.close()
        try:
            if identity is not None:
                await self._wire.call("CLIENT", "KILL", "ID", identity)
        except ServerRefusal:  # the user that docket connects as may not do that
            await self._wire.read(("PING",))

    async def close(self) -> None:
        """Close the connections of its own."""
        await self._outgoing.close()
        await self._blocking.close()


def _record(fields: list[bytes], now: int) -> Record:
    key, generation, attempt, deliveries, when, function, payload = fields
    return Record(
        key=decode(key),
        function=decode(function),
        payload=payload,
        state=ExecutionState.RUNNING,
        generation=int(generation),
        attempt=int(attempt),
        deliveries=int(deliveries),
        when_ms=int(when),
        started_at_ms=now,
    )
