"""Leaves generators that have yielded their value, and refuses those that yield none, or more than one."""

from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from typing import Any, NoReturn

from .errors import YieldError

FINISHED = object()
"""What `next` and `anext` are told to return for a generator that has ended."""


def refuse(path: str, fault: str) -> NoReturn:
    """Say that the generator at `path` did not yield once."""
    raise YieldError(f"{path} {fault}; a generator that is a dependency yields exactly once")


def refuse_empty(path: str) -> NoReturn:
    """Say that the generator at `path` did not yield."""
    refuse(path, "ended without yielding a value")


def refuse_second(path: str) -> NoReturn:
    """Say that the generator at `path` yielded twice."""
    refuse(path, "yielded more than one value")


def leave_generator(generator: Any, error: BaseException | None, path: str) -> bool | None:
    """Leave a generator because of `error`, if any; the result says whether that is suppressed.

    `contextlib` does it, which knows the many ways in which throwing into one can end.

    Raises:
        YieldError: it yielded again, and has been closed; `path` says which it is.
    """
    if error is None:
        if next(generator, FINISHED) is FINISHED:
            return False
        generator.close()
        refuse_second(path)
    watched = _Watched(generator)
    try:
        return contextmanager(_returning(watched))().__exit__(type(error), error, error.__traceback__)
    except RuntimeError:
        if not watched.has_yielded:
            raise
    refuse_second(path)


async def leave_async_generator(generator: Any, error: BaseException | None, path: str) -> bool | None:
    """The same for an async generator."""
    if error is None:
        if await anext(generator, FINISHED) is FINISHED:
            return False
        await generator.aclose()
        refuse_second(path)
    watched = _Watched(generator)
    try:
        return await asynccontextmanager(_returning(watched))().__aexit__(type(error), error, error.__traceback__)
    except RuntimeError:
        if not watched.has_yielded:
            raise
    refuse_second(path)


def _returning(watched: "_Watched") -> Callable[[], Any]:
    return lambda: watched


class _Watched:
    """A generator, async or not, of which is known whether it has yielded when something was thrown into it."""

    def __init__(self, generator: Any) -> None:
        self._generator = generator
        self.has_yielded = False

    def close(self) -> None:
        """Close a generator."""
        self._generator.close()

    async def aclose(self) -> None:
        """Close an async generator."""
        await self._generator.aclose()

    def throw(self, error: BaseException) -> None:
        """Throw into a generator."""
        self._generator.throw(error)
        self.has_yielded = True

    async def athrow(self, error: BaseException) -> None:
        """Throw into an async generator."""
        await self._generator.athrow(error)
        self.has_yielded = True
