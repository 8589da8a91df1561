"""The only place that spells a key of the server.

All keys of a docket begin with `{name}:`. The braces make Redis Cluster keep a docket in one slot, which the scripts
need; on a single server they mean nothing, and the layout is the same.
"""

GROUP = b"workers"
"""The consumer group of the queue."""


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
        self.prefix = b"{" + encode(escaped) + b"}:"
        self.ready = self.prefix + b"ready"
        self.later = self.prefix + b"later"
        self.leases = self.prefix + b"leases"
        self.workers = self.prefix + b"workers"
        self.runs = self.prefix + b"run:"
        self.profiles = self.prefix + b"worker:"
        self.events = self.prefix + b"events:"
        self.signals = self.prefix + b"signals"

    def run(self, key: str) -> bytes:
        """The hash that holds the record of an execution."""
        return self.runs + encode(key)

    def profile(self, identity: str) -> bytes:
        """The hash that says what a worker is and knows."""
        return self.profiles + encode(identity)

    def event(self, key: str) -> bytes:
        """The channel that carries the changes of an execution."""
        return self.events + encode(key)
