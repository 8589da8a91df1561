"""`call` keeps the parameters and the result of the function."""

from typing import assert_type

from paramdeps import Depends, call


def number() -> int:
    raise NotImplementedError


async def report(day: str, *, n: int = Depends(number)) -> bytes:
    raise NotImplementedError


def plain(day: str, n: int = Depends(number)) -> bytes:
    raise NotImplementedError


async def use() -> None:
    assert_type(await call(report, "monday"), bytes)
    assert_type(await call(report, day="monday", n=3), bytes)
    assert_type(await call(plain, "monday"), bytes)

    await call(report)  # E: argument
    await call(report, 3)  # E: argument
    await call(report, "monday", n="3")  # E: argument
    await call(report, "monday", m=3)  # E: argument
    await call(plain, "monday", "3")  # E: argument
    result = await call(report, "monday")
    number_of_bytes: int = result  # E: assignment
    print(number_of_bytes)
    call(report, "monday")  # E: await
    call(plain, "monday")  # E: await
