"""What docket guarantees, as a model: a few dictionaries, and nothing that could go wrong at the same time."""

from dataclasses import dataclass

SUSPECT_AFTER = 2
"""How many leases an execution has lost in its attempt that runs beside no other such one."""

TERMINAL = ("completed", "failed", "cancelled", "dead")


@dataclass
class Call:
    """A call that was scheduled: its argument, when it is due, and the how manieth of its key it is."""

    number: int
    due: int | None
    generation: int


@dataclass
class Held:
    """What is known of a key."""

    call: Call
    newest: int
    state: str = "queued"
    attempt: int = 1
    deliveries: int = 0
    losses: int = 0
    releases: int = 0
    token: str | None = None
    expiry: int = 0
    successor: Call | None = None
    cancelled: bool = False


class Guarantees:
    """A docket as it should be. Each method is a step, and returns what the docket has to answer."""

    def __init__(self, now: int, lease: int, losses: int) -> None:
        self.now = now
        self.lease = lease
        self.losses = losses
        self.held: dict[str, Held] = {}

    def in_state(self, *states: str) -> set[str]:
        return {key for key, held in self.held.items() if held.state in states}

    def claim_of(self, key: str, token: str) -> Held | None:
        """What is held under a claim; None if that is not the current one any more."""
        held = self.held.get(key)
        return held if held is not None and held.state == "running" and held.token == token else None

    def add(self, key: str, number: int, due: int | None, token: str = "") -> tuple[str, int]:
        held = self.held.get(key)
        if held is None or held.state in TERMINAL:
            return self._schedule(key, number, due)
        if self.claim_of(key, token) is None:
            return "already_scheduled", held.call.generation
        if held.cancelled:
            return "superseded", held.call.generation
        if held.successor is not None:
            return "already_scheduled", held.successor.generation
        return self._succeed(held, number, due)

    def replace(self, key: str, number: int, due: int) -> tuple[str, int]:
        held = self.held.get(key)
        if held is not None and held.state == "running":
            return self._succeed(held, number, due)
        return self._schedule(key, number, due)

    def cancel(self, key: str) -> str:
        held = self.held.get(key)
        if held is None:
            return "unknown"
        if held.state == "running":
            held.successor, held.cancelled = None, True
            return "cancelling"
        if held.state in TERMINAL:
            return "finished"
        held.state = "cancelled"
        return "cancelled"

    def clear(self) -> int:
        pending = self.in_state("scheduled", "queued")
        for key in pending:
            self.held[key].state = "cancelled"
        return len(pending)

    def requeue(self, key: str) -> str:
        held = self.held.get(key)
        if held is None:
            return "unknown"
        if held.state != "dead":
            return "not_dead"
        self._schedule(key, held.call.number, self.now)
        return "requeued"

    def drop(self, key: str) -> str:
        held = self.held.get(key)
        if held is None:
            return "unknown"
        if held.state != "dead":
            return "not_dead"
        del self.held[key]
        return "dropped"

    def tidy(self, lost: str | None) -> set[str]:
        """What comes before a claim: the due is queued, and what was held in vain is given back or dies."""
        died = set()
        for key, held in self.held.items():
            if held.state == "scheduled" and held.call.due <= self.now:
                held.state = "queued"
            elif held.state == "running" and (held.expiry <= self.now or held.token == lost):
                held.losses += held.token != lost
                if held.cancelled:
                    self._end(key, "cancelled")
                elif held.losses > self.losses and held.token != lost:
                    self._end(key, "dead")
                    died.add(key)
                else:
                    held.state, held.token = "queued", None
        return died

    def suspects(self) -> set[str]:
        """What may be to blame for the loss of its workers; a worker runs one of them at a time."""
        return {key for key, held in self.held.items() if held.losses >= SUSPECT_AFTER}

    def claim(self, key: str, token: str) -> None:
        held = self.held[key]
        held.state, held.token, held.expiry = "running", token, self.now + self.lease
        held.deliveries += 1

    def renew(self, key: str, token: str) -> str:
        held = self.claim_of(key, token)
        if held is None:
            return "lost"
        held.expiry = self.now + self.lease
        return "cancelled" if held.cancelled else "held"

    def finish(self, key: str, token: str, state: str, *, final: bool) -> bool:
        if (held := self.claim_of(key, token)) is None:
            return False
        if final:
            held.successor = None
        self._end(key, state)
        return True

    def retry(self, key: str, token: str, delay: int) -> bool:
        if (held := self.claim_of(key, token)) is None:
            return False
        if held.cancelled or held.successor is not None:
            self._end(key, "cancelled" if held.cancelled else "failed")
        else:
            held.attempt, held.deliveries, held.losses = held.attempt + 1, 0, 0
            self._queue(held, self.now + delay)
        return True

    def condemn(self, key: str, token: str) -> bool:
        if (held := self.claim_of(key, token)) is None:
            return False
        self._end(key, "cancelled" if held.cancelled else "dead")
        return True

    def release(self, key: str, token: str, delay: int, longest: int) -> bool:
        if (held := self.claim_of(key, token)) is None:
            return False
        if held.cancelled or (delay and held.successor is not None):
            self._end(key, "cancelled")
        elif delay:
            held.deliveries, held.releases = held.deliveries - 1, held.releases + 1
            self._queue(held, self.now + min(delay * 2 ** (held.releases - 1), longest))
        else:
            self._queue(held, self.now)
        return True

    def wake(self) -> int | None:
        """After how many milliseconds there is next something to do by the clock."""
        moments = [held.call.due for held in self.held.values() if held.state == "scheduled"]
        moments += [held.expiry for held in self.held.values() if held.state == "running"]
        return max(0, min(moments) - self.now) if moments else None

    def _schedule(self, key: str, number: int, due: int | None) -> tuple[str, int]:
        generation = self.held[key].newest + 1 if key in self.held else 1
        self._file(key, Call(number, due, generation))
        return "scheduled", generation

    def _succeed(self, held: Held, number: int, due: int | None) -> tuple[str, int]:
        held.newest += 1
        held.successor = Call(number, due, held.newest)
        return "scheduled", held.newest

    def _file(self, key: str, call: Call) -> None:
        self.held[key] = Held(call, call.generation)
        self._queue(self.held[key], self.now if call.due is None else call.due)

    def _queue(self, held: Held, due: int) -> None:
        held.call.due, held.token = due, None
        held.state = "queued" if due <= self.now else "scheduled"

    def _end(self, key: str, state: str) -> None:
        held = self.held[key]
        if held.successor is not None:
            self._file(key, held.successor)
        else:
            held.state, held.token = state, None
