"""The same things written by hand with `AsyncExitStack`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from shapes import Entries, Tally, nothing, user


def number() -> int:
    return 1


async def value(value: int) -> int:
    return value


@asynccontextmanager
async def first() -> AsyncIterator[int]:
    yield 1
    Tally.left += 1


@asynccontextmanager
async def next_one(before: int) -> AsyncIterator[int]:
    yield before + 1
    Tally.left += 1


def shared_0() -> int:
    return 0


def shared_1() -> int:
    return 1


def shared_2() -> int:
    return 2


def wide_value(shared: int, number: int) -> int:
    return shared + number


async def wide(a: int, b: int, c: int, d: int, e: int, f: int, g: int, h: int, i: int, j: int) -> int:  # noqa: PLR0913, PLR0917 - ten wide is what it is
    return a + b + c + d + e + f + g + h + i + j


class CurrentUser:
    async def __aenter__(self) -> int:
        return user.get()


async def call_nothing() -> int:
    async with AsyncExitStack():
        return await nothing()


async def call_value() -> int:
    async with AsyncExitStack():
        return await value(number())


async def call_chain() -> int:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(first())
        two = await stack.enter_async_context(next_one(one))
        three = await stack.enter_async_context(next_one(two))
        four = await stack.enter_async_context(next_one(three))
        five = await stack.enter_async_context(next_one(four))
        return await value(five)


async def call_wide() -> int:
    async with AsyncExitStack():
        s, t, u = shared_0(), shared_1(), shared_2()
        return await wide(
            wide_value(s, 0),
            wide_value(t, 1),
            wide_value(u, 2),
            wide_value(s, 3),
            wide_value(t, 4),
            wide_value(u, 5),
            wide_value(s, 6),
            wide_value(t, 7),
            wide_value(u, 8),
            wide_value(s, 9),
        )


async def call_class() -> int:
    # It has nothing to leave, and whoever writes by hand knows that.
    async with AsyncExitStack():
        return await value(await CurrentUser().__aenter__())


def entries() -> Entries:
    return {
        "none": (call_nothing, ()),
        "value": (call_value, ()),
        "chain": (call_chain, ()),
        "wide": (call_wide, ()),
        "class": (call_class, ()),
    }
