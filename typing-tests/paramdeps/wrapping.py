"""`without_dependencies` keeps the result of a function, and always has to be awaited, or iterated over."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from typing import Any, assert_type

from paramdeps import App, Depends, without_dependencies


def number() -> int:
    raise NotImplementedError


def plain(day: str, n: int = Depends(number)) -> bytes:
    raise NotImplementedError


async def report(day: str, n: int = Depends(number)) -> bytes:
    raise NotImplementedError


async def rows(day: str, n: int = Depends(number)) -> AsyncIterator[bytes]:
    yield b""


def wrapped(app: App) -> None:
    assert_type(without_dependencies(plain), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(report), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(rows), Callable[..., AsyncGenerator[bytes]])
    assert_type(without_dependencies(plain, app), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(report, app), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(rows, app), Callable[..., AsyncGenerator[bytes]])
    assert_type(without_dependencies(plain, None), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(report, None), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(rows, None), Callable[..., AsyncGenerator[bytes]])
    assert_type(without_dependencies(plain, app=app), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(report, app=app), Callable[..., Coroutine[Any, Any, bytes]])
    assert_type(without_dependencies(rows, app=app), Callable[..., AsyncGenerator[bytes]])

    without_dependencies(3)  # E: argument
    without_dependencies(plain, 3)  # E: argument
    without_dependencies(report, 3)  # E: argument
    without_dependencies(rows, 3)  # E: argument


async def called() -> None:
    without_dependencies(plain)("monday")  # E: await [ty: nothing]
    without_dependencies(report)("monday")  # E: await [ty: nothing]
    result: str = await without_dependencies(report)("monday")  # E: assignment
    print(result)
