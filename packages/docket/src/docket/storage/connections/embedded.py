"""A server that docket brings along and starts by itself."""

from urllib.parse import quote

from ._embedded_server import embedded_server
from ._link import Link, connect_to


class Embedded:
    """A server named by `memory://` or `file://`, started when nothing answers where it should be."""

    def __init__(self, url: str) -> None:
        """The server of `url`, started by the first connection to it."""
        self._server = embedded_server(url)

    async def connect(self, answer_timeout_seconds: float) -> Link:
        """Make a connection, to a server started just now if there is none."""
        path = await self._server.ensure_running()
        return await connect_to(f"unix://{quote(path)}", answer_timeout_seconds)

    async def close(self) -> None:
        """Let the server go; the last one to do so stops one that is shared."""
        self._server.release()
        await self._server.released()
