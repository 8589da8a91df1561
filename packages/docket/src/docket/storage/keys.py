"""The only place that spells a key of the server.

All keys of a docket begin with `{name}:`. The braces make Redis Cluster keep a docket in one slot, which the scripts
need; on a single server they mean nothing, and the layout is the same.
"""

from typing import NamedTuple

GROUP = b"workers"
"""The consumer group of the queue."""


class Structure(NamedTuple):
    """A kind of key: the docs' table of keys is made of these."""

    suffix: str
    type: str
    holds: str
    lifetime: str


RUN = Structure(
    "run:",
    "hash",
    "the record of an execution: everything that is known of it, its arguments and its result included",
    "while it is live, then `execution_ttl`; `dead_ttl` if it has died",
)
READY = Structure(
    "ready",
    "stream, one consumer group",
    "a pointer (key, generation) for each execution that is due and waits for a worker",
    "an entry until it is claimed",
)
SUSPECTS = Structure(
    "suspects",
    "list",
    "pointers like those in `ready`, key and generation in turn, to what has lost two leases or more in its attempt",
    "an element until it is claimed",
)
LATER = Structure("later", "sorted set", "the keys of scheduled executions, by due time", "a member until it is due")
LEASES = Structure(
    "leases", "sorted set", "the keys of running executions, by when the lease runs out", "a member while it runs"
)
DEAD = Structure(
    "dead",
    "sorted set",
    "the keys of executions that have died, by when their records expire",
    "a member, with its record, until it is requeued, dropped, scheduled anew or `dead_ttl` old",
)
WORKERS = Structure(
    "workers", "sorted set", "the identities of workers, by their last heartbeat", "a member until beats are missed"
)
PROFILE = Structure("worker:", "hash", "a worker's name and the tasks it knows", "the TTL of missed heartbeats")
SWEPT = Structure(
    "swept",
    "string",
    "a note that some worker has looked for deliveries that nobody claims",
    "the TTL of missed heartbeats",
)
STRIKES = Structure(
    "strikes",
    "hash",
    "the strikes that are in force, and the version that tells whether one knows them all",
    "the docket's, once something was struck",
)
REQUEST = Structure(
    "request:",
    "string",
    "the answer to a call that may be sent again, after its first answer was lost, where the record does not tell it",
    "two minutes",
)
EVENTS = Structure("events:", "channel", "each change of an execution's state", "none")
SIGNALS = Structure("signals", "channel", "the claims that somebody has cancelled", "none")

STRUCTURES = (RUN, READY, SUSPECTS, LATER, LEASES, DEAD, WORKERS, PROFILE, SWEPT, STRIKES, REQUEST, EVENTS, SIGNALS)


def encode(text: str) -> bytes:
    """A name or key in bytes. Every string has such bytes, one with lone surrogates too, and each its own."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """The name or key that `encode` has made bytes of."""
    return data.decode("utf-8", "surrogatepass")


class Keys:
    """The keys of one docket.

    A task's key and a worker's identity stand at the end of a key and behind a segment of their own, so nothing that
    they hold can make another key of it. A docket's name stands in front: its braces are escaped, and `%` with them.
    """

    def __init__(self, name: str) -> None:
        """The keys of the docket called `name`."""
        escaped = name.replace("%", "%25").replace("{", "%7B").replace("}", "%7D")
        self.prefix: bytes = b"{" + encode(escaped) + b"}:"
        self.runs: bytes = self._at(RUN)
        self.ready: bytes = self._at(READY)
        self.suspects: bytes = self._at(SUSPECTS)
        self.later: bytes = self._at(LATER)
        self.leases: bytes = self._at(LEASES)
        self.dead: bytes = self._at(DEAD)
        self.workers: bytes = self._at(WORKERS)
        self.profiles: bytes = self._at(PROFILE)
        self.swept: bytes = self._at(SWEPT)
        self.strikes: bytes = self._at(STRIKES)
        self.requests: bytes = self._at(REQUEST)
        self.events: bytes = self._at(EVENTS)
        self.signals: bytes = self._at(SIGNALS)

    def run(self, key: str) -> bytes:
        """The hash that holds the record of an execution."""
        return self.runs + encode(key)

    def profile(self, identity: str) -> bytes:
        """The hash that says what a worker is and knows."""
        return self.profiles + encode(identity)

    def event(self, key: str) -> bytes:
        """The channel that carries the changes of an execution."""
        return self.events + encode(key)

    def _at(self, structure: Structure) -> bytes:
        return self.prefix + structure.suffix.encode()
