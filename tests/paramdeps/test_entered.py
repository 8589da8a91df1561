"""`entered`: what a factory returns, as a resource."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Self

import pytest

from paramdeps import App, Dependency, Depends, InvalidDependencyError, Shared, call, call_sync, entered, override

log: list[str] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


class Client:
    """Is entered by waiting."""

    def __init__(self, name: str = "client") -> None:
        self.name = name

    async def __aenter__(self) -> Self:
        log.append(f"+{self.name}")
        return self

    async def __aexit__(self, *details: object) -> None:
        log.append(f"-{self.name} {details[1]!r}")


class File:
    """Is entered at once, and is something else then."""

    def __enter__(self) -> str:
        log.append("+file")
        return "text"

    def __exit__(self, *_: object) -> None:
        log.append("-file")


async def connect(name: str) -> Client:
    return Client(name)


async def opened() -> File:
    return File()


@contextmanager
def span() -> Iterator[str]:
    log.append("+span")
    yield "span"
    log.append("-span")


def tracer() -> AbstractContextManager[str]:
    return span()


async def test_what_a_factory_returns_is_entered_when_asked_for() -> None:
    """Made by a class or a function, async or not, and left after the call in reverse, with its error."""

    async def task(
        client: Client = Depends(entered(Client), name="first"),
        other: Client = Depends(entered(connect), "second"),
        text: str = Depends(entered(opened)),
    ) -> None:
        log.append(f"{client.name} {other.name} {text}")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        await call(task)
    assert log == [
        "+first", "+second", "+file", "first second text", "-file", "-second ValueError()", "-first ValueError()"
    ]  # fmt: skip


@pytest.mark.parametrize("factory", [span, tracer, entered(tracer)])
def test_what_is_entered_anyway_is_entered_once(factory: Any) -> None:
    """And needs no event loop if it does not wait."""

    def task(name: str = Depends(entered(factory)), text: str = Depends(entered(File))) -> str:
        return name + text

    assert call_sync(task) == "spantext"
    assert log == ["+span", "+file", "-file", "-span"]


async def test_the_same_factory_is_entered_once_and_by_an_application_as_well() -> None:
    """However often it is written down."""

    async def inner(client: Client = Depends(entered(Client))) -> Client:
        return client

    async def task(
        client: Client = Depends(entered(Client)),
        other: Client = Depends(inner),
        shared: Client = Shared(entered(Client), "shared"),
    ) -> bool:
        return client is other is not shared

    async with App() as app:
        assert await app.call(task)
        assert await app.call(task)
    assert log == ["+client", "+shared", "-client None", "+client", "-client None", "-shared None"]


async def test_what_is_entered_can_be_replaced() -> None:
    """By what makes something to be entered, or by a value in place of the whole."""

    class Fake(Client):
        """Another class."""

    class Whole(Dependency[str]):
        """Another dependency."""

        async def __aenter__(self) -> str:
            return "whole"

    async def task(client: Client = Depends(entered(Client), name="client")) -> Any:
        return client

    with override(Client, Fake):
        assert isinstance(await call(task), Fake)
    assert log == ["+client", "-client None"]
    with override(Client, span):
        assert await call(task) == "span"
    with override(Client, Whole()):
        assert await call(task) == "whole"
    with override(entered(Client), lambda name: f"value for {name}"):
        assert await call(task) == "value for client"


async def test_what_cannot_be_entered_is_refused() -> None:
    """With the path to it."""

    async def task(number: Any = Depends(entered(int))) -> None: ...  # type: ignore[arg-type, call-overload]

    with pytest.raises(InvalidDependencyError, match=r"entered\(int\) made 0, which has neither") as caught:
        await call(task)
    assert caught.value.__notes__ == ["while resolving task.number -> int"]


@pytest.mark.parametrize("what", [5, Dependency])
def test_what_is_no_factory_is_refused(what: Any) -> None:
    """When it is declared."""
    with pytest.raises(InvalidDependencyError, match=r"entered\(\) takes a factory"):
        entered(what)
