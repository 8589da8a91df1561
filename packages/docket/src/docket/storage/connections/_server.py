"""What docket asks of a kind of server: a connection, whenever it needs one."""

from typing import Protocol

from redis.asyncio.connection import AbstractConnection, Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

CONNECT_TIMEOUT_SECONDS = 5.0

type Pool = ConnectionPool[Connection]


class Server(Protocol):
    """A place where dockets are kept."""

    async def connect(self, answer_timeout_seconds: float) -> AbstractConnection:
        """Make a connection on which an answer is waited for as long as is said.

        Raises:
            redis.exceptions.RedisError, OSError: the server cannot be reached.
        """
        ...

    def close(self) -> None:
        """The server is not needed any more by whoever asked for it."""
        ...


async def connect_to(url: str, answer_timeout_seconds: float) -> AbstractConnection:
    """Make a connection to a URL that redis-py understands.

    Nothing is retried in here: the same command twice is not always the same as once, and only its sender knows.
    """
    pool = ConnectionPool.from_url(
        url,
        protocol=2,
        decode_responses=False,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=answer_timeout_seconds,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
    )
    connection = pool.make_connection()
    await connection.connect()
    return connection
