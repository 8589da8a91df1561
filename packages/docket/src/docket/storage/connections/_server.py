"""What docket asks of a kind of server: a connection, whenever it needs one."""

from typing import TYPE_CHECKING, Any, Protocol

from redis.asyncio.connection import Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from collections.abc import Callable

CONNECT_TIMEOUT_SECONDS = 5.0


class Link(Protocol):
    """What docket uses of a connection of redis-py, with types."""

    async def connect(self) -> object: ...
    async def send_packed_command(self, command: Any, /, check_health: bool = ...) -> object: ...
    async def send_command(self, *args: Any, check_health: bool = ...) -> object: ...
    async def read_response(self, disable_decoding: bool = ..., timeout: float | None = ...) -> Any: ...  # noqa: ASYNC109
    async def disconnect(self, nowait: bool = ...) -> object: ...


class Server(Protocol):
    """A place where dockets are kept."""

    async def connect(self, answer_timeout_seconds: float) -> Link:
        """Make a connection on which an answer is waited for as long as is said.

        Raises:
            redis.exceptions.RedisError, OSError: the server cannot be reached.
        """
        ...

    async def close(self) -> None:
        """The server is not needed any more by whoever asked for it."""
        ...


async def connect_to(url: str, answer_timeout_seconds: float) -> Link:
    """Make a connection to a URL that redis-py understands.

    Nothing is retried in here: the same command twice is not always the same as once, and only its sender knows.
    """
    options: dict[str, Any] = dict(parse_url(url))
    kind: Callable[..., Link] = options.pop("connection_class", Connection)
    options |= {
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
        "socket_timeout": answer_timeout_seconds,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
    }
    connection = kind(**options)
    await connection.connect()
    return connection
