"""The type of `Depends(factory)`, `Fresh` and `Shared` is that of the value the parameter gets; bindings are checked."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Self, assert_type, overload

from paramdeps import Dependency, Depends, Fresh, Shared


number = int("7")


class Pool:
    def __init__(self, size: int = 1) -> None: ...

    @classmethod
    def large(cls, size: int = 1) -> Self:
        raise NotImplementedError

    @classmethod
    async def opened(cls, size: int = 1) -> AsyncIterator[Self]:
        yield cls()

    @staticmethod
    async def default(size: int = 1) -> "Pool":
        raise NotImplementedError


class SmallPool(Pool): ...


class Makes:
    def __call__(self, size: int = 1) -> Pool:
        raise NotImplementedError

    async def method(self, size: int = 1) -> Pool:
        raise NotImplementedError


def function(size: int = 1) -> Pool:
    raise NotImplementedError


async def async_function(size: int = 1) -> Pool:
    raise NotImplementedError


def awaitable(size: int = 1) -> Awaitable[Pool]:
    raise NotImplementedError


def iterator(size: int = 1) -> Iterator[Pool]:
    yield Pool()


def generator(size: int = 1) -> Generator[Pool]:
    yield Pool()


async def async_iterator(size: int = 1) -> AsyncIterator[Pool]:
    yield Pool()


async def async_generator(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool()


@contextmanager
def manager(size: int = 1) -> Generator[Pool]:
    yield Pool()


@asynccontextmanager
async def async_manager(size: int = 1) -> AsyncGenerator[Pool]:
    yield Pool()


def listed[T](item: T) -> list[T]:
    raise NotImplementedError


async def one_of[T](items: list[T], *, reverse: bool = False) -> AsyncIterator[T]:
    yield items[-1 if reverse else 0]


@overload
def convert(value: int) -> str: ...
@overload
def convert(value: str, base: int) -> int: ...
def convert(value: int | str, base: int = 10) -> int | str:
    raise NotImplementedError


class Limit(Dependency[int]):
    async def __aenter__(self) -> int:
        raise NotImplementedError


# Depends; what follows for `Fresh` and `Shared` is the same, word for word.
assert_type(Depends(function), Pool)
assert_type(Depends(async_function), Pool)
assert_type(Depends(awaitable), Pool)
assert_type(Depends(iterator), Pool)
assert_type(Depends(generator), Pool)
assert_type(Depends(async_iterator), Pool)
assert_type(Depends(async_generator), Pool)
assert_type(Depends(manager), Pool)
assert_type(Depends(async_manager), Pool)
assert_type(Depends(Pool), Pool)
assert_type(Depends(Makes()), Pool)
assert_type(Depends(Makes().method), Pool)
assert_type(Depends(Pool.large), Pool)
assert_type(Depends(SmallPool.large), SmallPool)
assert_type(Depends(SmallPool.opened), SmallPool)
assert_type(Depends(Pool.default), Pool)
assert_type(Depends(functools.partial(function)), Pool)
assert_type(Depends(lambda: Pool()), Pool)

assert_type(Depends(function, size=3), Pool)
assert_type(Depends(async_function, size=3), Pool)
assert_type(Depends(awaitable, size=3), Pool)
assert_type(Depends(iterator, size=3), Pool)
assert_type(Depends(generator, size=3), Pool)
assert_type(Depends(async_iterator, size=3), Pool)
assert_type(Depends(async_generator, size=3), Pool)
assert_type(Depends(manager, size=3), Pool)
assert_type(Depends(async_manager, size=3), Pool)
assert_type(Depends(Pool, size=3), Pool)
assert_type(Depends(Makes(), size=3), Pool)
assert_type(Depends(Makes().method, size=3), Pool)

assert_type(Depends(Pool.large, size=3), Pool)
assert_type(Depends(Pool.opened, size=3), Pool)
assert_type(Depends(Pool.default, size=3), Pool)

# Ty does not solve the variables of a generic factory.
assert_type(Depends(listed, number), list[int])  # E: nothing [ty: type]
assert_type(Depends(listed, item=number), list[int])  # E: nothing [ty: type]
assert_type(Depends(one_of, [number], reverse=True), int)  # E: nothing [ty: type]

assert_type(Depends(function, 3), Pool)
assert_type(Depends(async_iterator, 3), Pool)

Depends(function, size="3")  # E: argument
Depends(async_function, size="3")  # E: argument
Depends(awaitable, size="3")  # E: argument
Depends(iterator, size="3")  # E: argument
Depends(generator, size="3")  # E: argument
Depends(async_iterator, size="3")  # E: argument
Depends(async_generator, size="3")  # E: argument
Depends(manager, size="3")  # E: argument
Depends(async_manager, size="3")  # E: argument
Depends(Pool, size="3")  # E: argument
Depends(Makes(), size="3")  # E: argument
Depends(Makes().method, size="3")  # E: argument

Depends(Pool.large, size="3")  # E: argument
Depends(Pool.opened, size="3")  # E: argument
Depends(Pool.default, size="3")  # E: argument
Depends(listed)  # E: argument
Depends(one_of, number)  # E: argument
Depends(one_of, [number], reverse="yes")  # E: argument

# Ty takes the results of all overloads, and pyrefly the arguments of any call.
assert_type(Depends(convert, number), str)  # E: nothing [ty: type]
assert_type(Depends(convert, "7", 10), int)  # E: nothing [ty: type]
Depends(convert, b"7")  # E: argument [pyrefly: nothing]
Depends(convert, "7")  # E: argument [pyrefly: nothing]

Depends(function, "3")  # E: argument
Depends(async_iterator, sise=3)  # E: argument
Depends("pool")  # E: argument

depends_wrong_function: int = Depends(function)  # E: assignment
depends_wrong_async_function: int = Depends(async_function)  # E: assignment
depends_wrong_iterator: int = Depends(iterator)  # E: assignment
depends_wrong_async_iterator: int = Depends(async_iterator)  # E: assignment
depends_wrong_manager: int = Depends(manager)  # E: assignment
depends_wrong_async_manager: int = Depends(async_manager)  # E: assignment

# Fresh
assert_type(Fresh(function), Pool)
assert_type(Fresh(async_function), Pool)
assert_type(Fresh(awaitable), Pool)
assert_type(Fresh(iterator), Pool)
assert_type(Fresh(generator), Pool)
assert_type(Fresh(async_iterator), Pool)
assert_type(Fresh(async_generator), Pool)
assert_type(Fresh(manager), Pool)
assert_type(Fresh(async_manager), Pool)
assert_type(Fresh(Pool), Pool)
assert_type(Fresh(Makes()), Pool)
assert_type(Fresh(Makes().method), Pool)
assert_type(Fresh(Pool.large), Pool)
assert_type(Fresh(SmallPool.large), SmallPool)
assert_type(Fresh(SmallPool.opened), SmallPool)
assert_type(Fresh(Pool.default), Pool)
assert_type(Fresh(functools.partial(function)), Pool)
assert_type(Fresh(lambda: Pool()), Pool)

assert_type(Fresh(function, size=3), Pool)
assert_type(Fresh(async_function, size=3), Pool)
assert_type(Fresh(awaitable, size=3), Pool)
assert_type(Fresh(iterator, size=3), Pool)
assert_type(Fresh(generator, size=3), Pool)
assert_type(Fresh(async_iterator, size=3), Pool)
assert_type(Fresh(async_generator, size=3), Pool)
assert_type(Fresh(manager, size=3), Pool)
assert_type(Fresh(async_manager, size=3), Pool)
assert_type(Fresh(Pool, size=3), Pool)
assert_type(Fresh(Makes(), size=3), Pool)
assert_type(Fresh(Makes().method, size=3), Pool)

assert_type(Fresh(Pool.large, size=3), Pool)
assert_type(Fresh(Pool.opened, size=3), Pool)
assert_type(Fresh(Pool.default, size=3), Pool)

# Ty does not solve the variables of a generic factory.
assert_type(Fresh(listed, number), list[int])  # E: nothing [ty: type]
assert_type(Fresh(listed, item=number), list[int])  # E: nothing [ty: type]
assert_type(Fresh(one_of, [number], reverse=True), int)  # E: nothing [ty: type]

assert_type(Fresh(function, 3), Pool)
assert_type(Fresh(async_iterator, 3), Pool)

Fresh(function, size="3")  # E: argument
Fresh(async_function, size="3")  # E: argument
Fresh(awaitable, size="3")  # E: argument
Fresh(iterator, size="3")  # E: argument
Fresh(generator, size="3")  # E: argument
Fresh(async_iterator, size="3")  # E: argument
Fresh(async_generator, size="3")  # E: argument
Fresh(manager, size="3")  # E: argument
Fresh(async_manager, size="3")  # E: argument
Fresh(Pool, size="3")  # E: argument
Fresh(Makes(), size="3")  # E: argument
Fresh(Makes().method, size="3")  # E: argument

Fresh(Pool.large, size="3")  # E: argument
Fresh(Pool.opened, size="3")  # E: argument
Fresh(Pool.default, size="3")  # E: argument
Fresh(listed)  # E: argument
Fresh(one_of, number)  # E: argument
Fresh(one_of, [number], reverse="yes")  # E: argument

# Ty takes the results of all overloads, and pyrefly the arguments of any call.
assert_type(Fresh(convert, number), str)  # E: nothing [ty: type]
assert_type(Fresh(convert, "7", 10), int)  # E: nothing [ty: type]
Fresh(convert, b"7")  # E: argument [pyrefly: nothing]
Fresh(convert, "7")  # E: argument [pyrefly: nothing]

Fresh(function, "3")  # E: argument
Fresh(async_iterator, sise=3)  # E: argument
Fresh("pool")  # E: argument

fresh_wrong_function: int = Fresh(function)  # E: assignment
fresh_wrong_async_function: int = Fresh(async_function)  # E: assignment
fresh_wrong_iterator: int = Fresh(iterator)  # E: assignment
fresh_wrong_async_iterator: int = Fresh(async_iterator)  # E: assignment
fresh_wrong_manager: int = Fresh(manager)  # E: assignment
fresh_wrong_async_manager: int = Fresh(async_manager)  # E: assignment

# Shared
assert_type(Shared(function), Pool)
assert_type(Shared(async_function), Pool)
assert_type(Shared(awaitable), Pool)
assert_type(Shared(iterator), Pool)
assert_type(Shared(generator), Pool)
assert_type(Shared(async_iterator), Pool)
assert_type(Shared(async_generator), Pool)
assert_type(Shared(manager), Pool)
assert_type(Shared(async_manager), Pool)
assert_type(Shared(Pool), Pool)
assert_type(Shared(Makes()), Pool)
assert_type(Shared(Makes().method), Pool)
assert_type(Shared(Pool.large), Pool)
assert_type(Shared(SmallPool.large), SmallPool)
assert_type(Shared(SmallPool.opened), SmallPool)
assert_type(Shared(Pool.default), Pool)
assert_type(Shared(functools.partial(function)), Pool)
assert_type(Shared(lambda: Pool()), Pool)

assert_type(Shared(function, size=3), Pool)
assert_type(Shared(async_function, size=3), Pool)
assert_type(Shared(awaitable, size=3), Pool)
assert_type(Shared(iterator, size=3), Pool)
assert_type(Shared(generator, size=3), Pool)
assert_type(Shared(async_iterator, size=3), Pool)
assert_type(Shared(async_generator, size=3), Pool)
assert_type(Shared(manager, size=3), Pool)
assert_type(Shared(async_manager, size=3), Pool)
assert_type(Shared(Pool, size=3), Pool)
assert_type(Shared(Makes(), size=3), Pool)
assert_type(Shared(Makes().method, size=3), Pool)

assert_type(Shared(Pool.large, size=3), Pool)
assert_type(Shared(Pool.opened, size=3), Pool)
assert_type(Shared(Pool.default, size=3), Pool)

# Ty does not solve the variables of a generic factory.
assert_type(Shared(listed, number), list[int])  # E: nothing [ty: type]
assert_type(Shared(listed, item=number), list[int])  # E: nothing [ty: type]
assert_type(Shared(one_of, [number], reverse=True), int)  # E: nothing [ty: type]

assert_type(Shared(function, 3), Pool)
assert_type(Shared(async_iterator, 3), Pool)

Shared(function, size="3")  # E: argument
Shared(async_function, size="3")  # E: argument
Shared(awaitable, size="3")  # E: argument
Shared(iterator, size="3")  # E: argument
Shared(generator, size="3")  # E: argument
Shared(async_iterator, size="3")  # E: argument
Shared(async_generator, size="3")  # E: argument
Shared(manager, size="3")  # E: argument
Shared(async_manager, size="3")  # E: argument
Shared(Pool, size="3")  # E: argument
Shared(Makes(), size="3")  # E: argument
Shared(Makes().method, size="3")  # E: argument

Shared(Pool.large, size="3")  # E: argument
Shared(Pool.opened, size="3")  # E: argument
Shared(Pool.default, size="3")  # E: argument
Shared(listed)  # E: argument
Shared(one_of, number)  # E: argument
Shared(one_of, [number], reverse="yes")  # E: argument

# Ty takes the results of all overloads, and pyrefly the arguments of any call.
assert_type(Shared(convert, number), str)  # E: nothing [ty: type]
assert_type(Shared(convert, "7", 10), int)  # E: nothing [ty: type]
Shared(convert, b"7")  # E: argument [pyrefly: nothing]
Shared(convert, "7")  # E: argument [pyrefly: nothing]

Shared(function, "3")  # E: argument
Shared(async_iterator, sise=3)  # E: argument
Shared("pool")  # E: argument

shared_wrong_function: int = Shared(function)  # E: assignment
shared_wrong_async_function: int = Shared(async_function)  # E: assignment
shared_wrong_iterator: int = Shared(iterator)  # E: assignment
shared_wrong_async_iterator: int = Shared(async_iterator)  # E: assignment
shared_wrong_manager: int = Shared(manager)  # E: assignment
shared_wrong_async_manager: int = Shared(async_manager)  # E: assignment

# Each call has a copy of its own of a dependency that is a class.
assert_type(Depends(Limit()), int)
Fresh(Limit())  # E: argument
Shared(Limit())  # E: argument


async def right(
    a: Pool = Depends(function), b: Pool = Fresh(async_iterator, size=3), c: Pool = Shared(async_manager)
) -> None: ...
