"""What a parameter asks for in its default, or in its annotation, is filled in by the worker or given by the caller."""

from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from logging import Logger, LoggerAdapter
from typing import Annotated, Any, Protocol, assert_type

from docket import (
    CurrentDocket,
    CurrentExecution,
    CurrentWorker,
    Depends,
    Docket,
    Execution,
    ExponentialRetry,
    Retry,
    TaskArgument,
    TaskKey,
    TaskLogger,
    Worker,
)


class Database:
    def __init__(self, url: str = "") -> None: ...


def function() -> Database:
    raise NotImplementedError


async def async_function(order_id: int = TaskArgument()) -> Database:
    raise NotImplementedError


def generator() -> Iterator[Database]:
    yield Database()


async def async_generator() -> AsyncIterator[Database]:
    yield Database()


@contextmanager
def manager() -> Generator[Database]:
    yield Database()


@asynccontextmanager
async def async_manager() -> AsyncGenerator[Database]:
    yield Database()


class Pool:
    def connection(self) -> Database:
        raise NotImplementedError


pool = Pool()


async def factories(
    order_id: int,
    a: Database = Depends(function),
    b: Database = Depends(async_function),
    c: Database = Depends(generator),
    d: Database = Depends(async_generator),
    e: Database = Depends(manager),
    f: Database = Depends(async_manager),
    g: Database = Depends(Database, url="x"),
    h: Database = Depends(pool.connection),
    i: Database = Depends(partial(Database, "x")),
    j: Database = Depends(lambda: Database()),
) -> bytes:
    raise NotImplementedError


async def provided(
    order_id: int,
    *,
    key: str = TaskKey(),
    docket: Docket = CurrentDocket(),
    worker: Worker = CurrentWorker(),
    execution: Execution = CurrentExecution(),
    logger: LoggerAdapter[Logger] = TaskLogger(),
) -> bytes:
    raise NotImplementedError


async def retried(order_id: int, retry: Retry = Retry(attempts=3)) -> bytes:
    raise NotImplementedError


async def patient(
    order_id: int, retry: ExponentialRetry = ExponentialRetry(minimum_delay=timedelta(seconds=2))
) -> bytes:
    raise NotImplementedError


async def annotated(
    order_id: int,
    db: Annotated[Database, Depends(function)],
    *,
    key: Annotated[str, TaskKey()],
    also: Annotated[Database, Depends(async_generator)] = Database(),
) -> bytes:
    raise NotImplementedError


class Factories(Protocol):
    def __call__(
        self,
        order_id: int,
        a: Database = ...,
        b: Database = ...,
        c: Database = ...,
        d: Database = ...,
        e: Database = ...,
        f: Database = ...,
        g: Database = ...,
        h: Database = ...,
        i: Database = ...,
        j: Database = ...,
    ) -> Coroutine[Any, Any, Execution[bytes]]: ...


async def right(docket: Docket, db: Database, later: datetime) -> None:
    assert_type(await docket.add(factories)(1), Execution[bytes])
    assert_type(await docket.add(factories)(1, db, f=db), Execution[bytes])
    spelled_out: Factories = docket.add(factories)
    print(spelled_out)
    assert_type(await docket.add(provided)(1), Execution[bytes])
    await docket.add(provided)(1, key="another", docket=docket)
    await docket.add(retried)(1)
    await docket.add(retried)(1, retry=ExponentialRetry(attempts=5))
    await docket.add(patient)(1)
    await docket.replace(factories, later, "a key")(1)
    await docket.replace(factories, later, "a key")(1, d=db)
    await docket.replace(provided, later, "a key")(1)
    await docket.replace(provided, later, "a key")(1, key="another")
    await docket.replace(retried, later, "a key")(1, Retry.forever())

    # To a checker, a parameter without a default is one that the caller has to give.
    await docket.add(annotated)(1, db, key="another")
    await docket.add(annotated)(1, db=db, key="another", also=db)
    await docket.replace(annotated, later, "a key")(1, db, key="another")


async def wrong(docket: Docket, db: Database, later: datetime) -> None:
    await docket.add(factories)()  # E: argument
    await docket.add(factories)("1")  # E: argument
    await docket.add(factories)(1, "a")  # E: argument
    await docket.add(factories)(1, b="b")  # E: argument
    await docket.add(factories)(1, c=3)  # E: argument
    await docket.add(factories)(1, d=None)  # E: argument
    await docket.add(factories)(1, e=manager())  # E: argument
    await docket.add(factories)(1, f=async_manager())  # E: argument
    await docket.add(factories)(1, g=Database)  # E: argument
    await docket.add(factories)(1, h=pool)  # E: argument
    await docket.add(factories)(1, z=db)  # E: argument
    await docket.add(provided)(1, "another")  # E: argument
    await docket.add(provided)(1, key=3)  # E: argument
    await docket.add(provided)(1, docket="orders")  # E: argument
    await docket.add(provided)(1, worker=docket)  # E: argument
    await docket.add(provided)(1, execution="this")  # E: argument
    await docket.add(provided)(1, logger=print)  # E: argument
    await docket.add(retried)(1, retry=3)  # E: argument
    await docket.add(patient)(1, retry=Retry(attempts=3))  # E: argument
    await docket.add(annotated)(1, "db", key="another")  # E: argument
    await docket.add(annotated)(1, db, key=3)  # E: argument
    await docket.add(annotated)(1, db, key="another", also="db")  # E: argument
    await docket.replace(factories, later, "a key")()  # E: argument
    await docket.replace(factories, later, "a key")(1, "a")  # E: argument
    await docket.replace(provided, later, "a key")(1, worker=docket)  # E: argument
    await docket.replace(retried, later, "a key")(1, retry=3)  # E: argument
    await docket.replace(annotated, later, "a key")(1, "db", key="another")  # E: argument
