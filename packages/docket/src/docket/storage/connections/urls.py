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
        raise InvalidURL(
            f"{without_password(url)!r} names no server that docket knows; a URL begins with one of {known}"
        )
    return kind(url)


def without_password(url: str) -> str:
    """A URL as it may be shown to people and logs."""
    scheme, separator, rest = url.partition("://")
    place, _, query = rest.partition("?")
    credentials, at, host = place.rpartition("@")
    if ":" in credentials:
        place = host
    elif at:
        place = f"{credentials}@{host}"
    options = "&".join(option for option in query.split("&") if option and not option.startswith("password="))
    return f"{scheme}{separator}{place}{'?' if options else ''}{options}"
