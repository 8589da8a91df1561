"""A worker runs its tasks in one event loop, so what is not async is refused."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime

from docket import Docket


def plain(name: str) -> int:
    raise NotImplementedError


def nothing() -> None: ...


def iterator() -> Iterator[int]:
    raise NotImplementedError


async def async_iterator() -> AsyncIterator[int]:
    yield 1


class Mailer:
    def send(self, to: str) -> bool:
        raise NotImplementedError


async def refused(docket: Docket, later: datetime) -> None:
    docket.add(plain)  # E: argument
    docket.add(nothing)  # E: argument
    docket.add(iterator)  # E: argument
    docket.add(async_iterator)  # E: argument
    docket.add(Mailer)  # E: argument
    docket.add(Mailer().send)  # E: argument
    docket.replace(plain, later, "a key")  # E: argument
    docket.replace(nothing, later, "a key")  # E: argument
    docket.replace(iterator, later, "a key")  # E: argument
    docket.replace(async_iterator, later, "a key")  # E: argument
    docket.replace(Mailer, later, "a key")  # E: argument
    docket.replace(Mailer().send, later, "a key")  # E: argument
    docket.register(plain)  # E: argument
    docket.register(nothing)  # E: argument
    docket.register(iterator)  # E: argument
    docket.register(async_iterator)  # E: argument
    docket.register(Mailer)  # E: argument
    docket.register(Mailer().send)  # E: argument
