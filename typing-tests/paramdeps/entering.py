"""`entered` has the type of what comes of entering."""

from contextlib import AbstractContextManager
from typing import Self, assert_type

from paramdeps import Depends, Fresh, Shared, entered


class Client:
    def __init__(self, url: str = "") -> None: ...

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...


async def connect(url: str) -> Client:
    raise NotImplementedError


def tracer() -> AbstractContextManager[int]:
    raise NotImplementedError


async def opened() -> AbstractContextManager[int]:
    raise NotImplementedError


async def connected() -> Client:
    raise NotImplementedError


assert_type(Depends(entered(Client)), Client)
assert_type(Depends(entered(Client), url="x"), Client)
assert_type(Shared(entered(Client), "x"), Client)
assert_type(Fresh(entered(connect), "x"), Client)
assert_type(Depends(entered(tracer)), int)
assert_type(Depends(entered(opened)), int)
assert_type(Depends(entered(connected)), Client)

wrong: int = Depends(entered(Client))  # E: assignment
Depends(entered(Client), url=3)  # E: argument
Depends(entered(Client), ulr="x")  # E: argument
Depends(entered(connect))  # E: argument
