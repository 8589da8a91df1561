"""One Redis or Valkey server, over TCP, TLS or a Unix socket."""

from ._server import Link, connect_to


class StandaloneServer:
    """A server named by `redis://`, `rediss://` or `unix://`."""

    def __init__(self, url: str) -> None:
        """The server at `url`."""
        self._url = url

    async def connect(self, answer_timeout_seconds: float) -> Link:
        """Make a connection."""
        return await connect_to(self._url, answer_timeout_seconds)

    async def close(self) -> None:
        """Nothing is held between connections."""
