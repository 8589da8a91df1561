"""One Redis or Valkey server, over TCP, TLS or a Unix socket."""

from redis.asyncio.connection import parse_url

from ...errors import InvalidURL
from ._link import Link, connect_to


class StandaloneServer:
    """A server named by `redis://`, `rediss://` or `unix://`."""

    def __init__(self, url: str) -> None:
        """The server at `url`.

        Raises:
            InvalidURL: it has a mistake in it.
        """
        try:
            parse_url(url)
        except ValueError as error:
            raise InvalidURL(f"there is a mistake in the URL of the server: {error}") from error
        self._url = url

    async def connect(self, answer_timeout_seconds: float) -> Link:
        """Make a connection."""
        return await connect_to(self._url, answer_timeout_seconds)

    async def close(self) -> None:
        """Nothing is held between connections."""
