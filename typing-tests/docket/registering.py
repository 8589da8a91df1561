"""`register` takes what `add` takes, and tells no more about it."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Annotated, Any, Protocol, assert_type, overload

from docket import Depends, Docket, Retry, TaskKey


async def greet(name: str, greeting: str = "Hello", *, loud: bool = False) -> None: ...


async def identity[T](value: T) -> T:
    raise NotImplementedError


@overload
async def convert(value: int) -> str: ...
@overload
async def convert(value: str) -> int: ...
async def convert(value: int | str) -> int | str:
    raise NotImplementedError


async def total(a: int, b: int, /) -> int:
    raise NotImplementedError


async def connection() -> str:
    raise NotImplementedError


async def stored(
    order_id: int, db: str = Depends(connection), key: str = TaskKey(), retry: Retry = Retry(3)
) -> None: ...


async def annotated(order_id: int, db: Annotated[str, Depends(connection)]) -> None: ...


def awaitable(*numbers: int, **labels: str) -> Awaitable[int]:
    raise NotImplementedError


class Mailer:
    async def send(self, to: str) -> bool:
        raise NotImplementedError

    @classmethod
    async def check(cls, /) -> str:
        raise NotImplementedError

    @staticmethod
    async def post(to: str) -> int:
        raise NotImplementedError

    async def __call__(self, to: str) -> bytes:
        raise NotImplementedError


def plain(name: str) -> int:
    raise NotImplementedError


class Registers(Protocol):
    def __call__(self, function: Callable[..., Awaitable[Any]], names: Sequence[str] | None = ...) -> None: ...


class RegistersCollection(Protocol):
    def __call__(self, path: str) -> None: ...


class FindsTask(Protocol):
    def __call__(self, name: str) -> Callable[..., Awaitable[Any]] | None: ...


def called(docket: Docket) -> None:
    register: Registers = docket.register
    register_collection: RegistersCollection = docket.register_collection
    find_task: FindsTask = docket.find_task
    print(register, register_collection, find_task)


def registered(docket: Docket, mailer: Mailer) -> None:
    docket.register(greet)
    docket.register(greet, ["greet", "hello"])
    docket.register(greet, names=("greet",))
    docket.register(greet, names=None)
    docket.register(identity)
    docket.register(convert)
    docket.register(total)
    docket.register(stored)
    docket.register(annotated)
    docket.register(awaitable)
    docket.register(mailer.send)
    docket.register(Mailer.check)
    docket.register(Mailer.post)
    docket.register(mailer)
    docket.register(partial(greet, "Jane"))
    assert_type(docket.tasks, Collection[str])
    assert_type(docket.find_task("greet"), Callable[..., Awaitable[Any]] | None)

    docket.register(partial(plain, "Jane"))  # E: argument
    docket.register("greet")  # E: argument
    docket.register([greet])  # E: argument
    docket.register(greet, names=3)  # E: argument
    docket.register(greet, names=[3])  # E: argument
    docket.register(greet, name="hello")  # E: argument
    docket.register_collection(["greet"])  # E: argument
    docket.register_collection(b"shop.jobs:tasks")  # E: argument
    docket.find_task(greet)  # E: argument
    docket.find_task(b"greet")  # E: argument
