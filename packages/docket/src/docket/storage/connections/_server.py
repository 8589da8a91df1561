"""What docket asks of a kind of server: a connection, whenever it needs one."""

from typing import Protocol

from ._link import Link


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
