"""Which kind of server a URL names."""

from urllib.parse import urlsplit

from ...errors import InvalidURL
from ._server import Server
from .embedded import Embedded
from .standalone import StandaloneServer

_KINDS: dict[str, type[StandaloneServer] | type[Embedded]] = {
    "redis": StandaloneServer,
    "rediss": StandaloneServer,
    "unix": StandaloneServer,
    "memory": Embedded,
    "file": Embedded,
}


def server_at(url: str) -> Server:
    """The server that a URL names; nothing is connected yet.

    Raises:
        InvalidURL: the URL's scheme is none of those docket knows.
    """
    scheme = urlsplit(url).scheme
    kind = _KINDS.get(scheme)
    if kind is None:
        known = ", ".join(f"{name}://" for name in _KINDS)
        # The rest of it may hold a password.
        raise InvalidURL(f"a URL that begins with {scheme!r} names no server that docket knows; use one of {known}")
    return kind(url)
