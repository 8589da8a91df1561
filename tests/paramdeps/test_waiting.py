"""What those get who wait for the same shared value, when it cannot be made: each an error of its own."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Self

import pytest

from paramdeps import App, ReturnedGeneratorError, Shared, YieldError


async def errors_of(*functions: Callable[..., Awaitable[Any]]) -> list[BaseException]:
    """What each of them raises, when an application calls them at the same time."""
    async with App() as app:
        results = await asyncio.gather(*map(app.call, functions), return_exceptions=True)
    return [each for each in results if isinstance(each, BaseException)]


class Refused(Exception):
    """An error that its own arguments do not make again."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"{host}:{port} refused")
        self.port = port


async def pool() -> None:
    """Fails when all wait for it."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    raise Refused("localhost", 6379) from KeyError("cause")


async def through(pool: None = Shared(pool)) -> None:
    """Is made of it."""


async def report(db: None = Shared(pool)) -> None:
    """Waits for it."""


async def audit(log: None = Shared(through)) -> None:
    """Waits for what is made of it."""


async def copy(log: None = Shared(through)) -> None:
    """Does so too, and does not come first."""


async def test_each_who_waits_sees_the_path_from_where_it_waits() -> None:
    """Whoever was first, and however many are between."""
    errors = await errors_of(report, audit, copy, report)
    assert [each.__notes__ for each in errors] == [
        ["while resolving report.db -> pool"],
        ["while resolving audit.log -> through.pool -> pool"],
        ["while resolving copy.log -> through.pool -> pool"],
        ["while resolving report.db -> pool"],
    ]


async def test_each_who_waits_has_an_error_of_its_own_that_is_as_it_was_raised() -> None:
    """Type, text, attributes, cause and the place where it was raised are the same; what is added to one is its own."""
    errors = await errors_of(report, audit, copy)
    assert len({id(each) for each in errors}) == 3
    for each in errors:
        assert type(each) is Refused
        assert (str(each), each.port) == ("localhost:6379 refused", 6379)
        assert repr(each.__cause__) == "KeyError('cause')"
        assert traceback.extract_tb(each.__traceback__)[-1].name == "pool"
    errors[0].add_note("mine")
    assert "mine" not in (*errors[1].__notes__, *errors[2].__notes__)


async def test_a_traceback_does_not_grow_with_the_number_of_those_who_wait() -> None:
    """It has the way of the one whose it is, and no other's."""
    names = [[frame.name for frame in traceback.extract_tb(each.__traceback__)] for each in await errors_of(report)]
    many = await errors_of(*[report] * 20)
    assert [[frame.name for frame in traceback.extract_tb(each.__traceback__)] for each in many] == names * 20


async def test_an_error_that_one_alone_waits_for_is_the_very_one_that_was_raised() -> None:
    """So that what its author keeps of it, or compares, stays right."""
    error = OSError("kept")

    async def broken() -> None:
        raise error

    async def needs(broken: None = Shared(broken)) -> None: ...

    async def task(needs: None = Shared(needs)) -> None: ...

    assert (await errors_of(task))[0] is error


async def test_what_is_noted_on_one_is_noted_on_no_other() -> None:
    """Also when the factory keeps its error, and raises it again with the notes that it had."""
    error = OSError("kept")

    async def broken() -> None:
        await asyncio.sleep(0)
        raise error

    async def task(broken: None = Shared(broken)) -> None: ...

    path = "while resolving task.broken -> broken"
    for before in ([], ["mine"]):
        errors = await errors_of(*[task] * 3)
        assert [each.__notes__ for each in errors] == [[path, *before]] * 3
        errors[-1].add_note("mine")
        assert errors[0].__notes__ == [path, *before]


class Slotted(Exception):
    """An error with an attribute that is in no dictionary, and one that was never set."""

    __slots__ = ("code", "unset")

    def __init__(self) -> None:
        super().__init__()
        self.code = 7


class Coded(ExceptionGroup[Exception]):
    """A group that takes more to make, and does not say how to derive another."""

    code: int

    def __new__(cls, message: str, errors: list[Exception], code: int) -> Self:
        """Remember the code."""
        group = super().__new__(cls, message, errors)
        group.code = code
        return group


def with_a_file() -> Exception:
    """An error that keeps what it knows where only C sees it."""
    return FileNotFoundError(2, "No such file", "a.txt")


def without_a_file() -> Exception:
    """The same, with less."""
    return OSError(2, "No such file")


def group() -> Exception:
    """Errors in a group."""
    return ExceptionGroup("two", [ValueError("a"), OSError("b")])


def coded_group() -> Exception:
    """Errors in one with an attribute."""
    return Coded("coded", [ValueError("a")], 7)


def undecodable() -> Exception:
    """An error that cannot be made without arguments in the usual way."""
    return UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad byte")


@pytest.mark.parametrize("make", [with_a_file, without_a_file, group, coded_group, undecodable, Slotted])
async def test_errors_of_all_kinds_come_to_each_as_they_are(make: Callable[[], Exception]) -> None:
    """Also those whose state is in no dictionary, and which their arguments do not make again."""

    async def broken() -> None:
        await asyncio.sleep(0)
        raise make()

    async def one(broken: None = Shared(broken)) -> None: ...

    async def other(broken: None = Shared(broken)) -> None: ...

    expected = make()
    names = ["errno", "strerror", "filename", "message", "exceptions", "code", "start", "reason", "args"]
    for each, path in zip(await errors_of(one, other), ("one", "other"), strict=True):
        assert type(each) is type(expected)
        assert str(each) == str(expected)
        assert each.__notes__ == [f"while resolving {path}.broken -> broken"]
        for name in names:
            assert repr(getattr(each, name, None)) == repr(getattr(expected, name, None))
        assert not hasattr(each, "unset")


class Frozen(Exception):
    """An error that refuses to have its attributes set by others."""

    __slots__ = ("code",)

    def __init__(self, code: int) -> None:
        super().__init__(code)
        object.__setattr__(self, "code", code)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Two(OSError, KeyError):
    """Of two built-in kinds, one of which lends it the layout."""


@pytest.mark.parametrize("error", [Frozen(3), Two(2, "two")], ids=repr)
async def test_errors_with_odd_ways_reach_everybody(error: Exception) -> None:
    """Nobody gets an error about the error instead."""

    async def broken() -> None:
        await asyncio.sleep(0)
        raise error

    async def one(broken: None = Shared(broken)) -> None: ...

    async def other(broken: None = Shared(broken)) -> None: ...

    errors = await errors_of(one, other)
    assert [type(each) for each in errors] == [type(error)] * 2
    assert [str(each) for each in errors] == [str(error)] * 2


async def empty() -> AsyncIterator[int]:
    """Yields nothing."""
    await asyncio.sleep(0)
    for nothing in ():
        yield nothing


def returns_generator() -> Any:
    """Returns what was meant to be a resource."""
    return empty()


@pytest.mark.parametrize(("factory", "kind"), [(empty, YieldError), (returns_generator, ReturnedGeneratorError)])
async def test_what_paramdeps_says_of_a_shared_factory_names_nobody_elses_path(
    factory: Any, kind: type[Exception]
) -> None:
    """The message says what is wrong with the factory, and the note where that is wanted."""

    async def one(x: int = Shared(factory)) -> None: ...

    async def other(x: int = Shared(factory)) -> None: ...

    for each, path in zip(await errors_of(one, other), ("one", "other"), strict=True):
        assert isinstance(each, kind)
        assert str(each).startswith(factory.__name__)
        assert each.__notes__ == [f"while resolving {path}.x -> {factory.__name__}"]


async def test_whoever_waits_when_the_application_is_left_sees_its_own_path() -> None:
    """Although it is another's that the value was first wanted for."""

    async def never() -> None:
        begun.set()
        await asyncio.Event().wait()

    async def one(x: None = Shared(never)) -> None: ...

    async def other(x: None = Shared(never)) -> None: ...

    begun = asyncio.Event()
    async with App() as app:
        waiting = [asyncio.create_task(app.call(each)) for each in (one, other)]
        await begun.wait()
        await asyncio.sleep(0)
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [str(each).partition(" was being made")[0] for each in results] == ["one.x -> never", "other.x -> never"]
