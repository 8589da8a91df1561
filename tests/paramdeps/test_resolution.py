"""`Resolution`: entering in order, leaving in reverse, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Self

import pytest

from paramdeps import Dependency, Depends, ReusedResolutionError, call, plan

type Log = list[Any]


class Recorded(Dependency["Recorded"]):
    """Writes down what happens to it, and fails or suppresses as told."""

    def __init__(self, name: str, log: Log, fail: str = "", suppress: bool = False) -> None:
        self.name, self.log, self.fail, self.suppress = name, log, fail, suppress

    async def __aenter__(self) -> Self:
        if self.fail == "enter":
            raise RuntimeError(self.name)
        self.log.append(f"+{self.name}")
        return self

    async def __aexit__(self, exc_type: object, exc: BaseException | None, tb: object) -> bool:
        self.log.append((self.name, exc if exc is None else str(exc)))
        if self.fail == "exit":
            raise RuntimeError(self.name)
        return self.suppress


async def test_dependencies_are_entered_in_order_and_left_in_reverse() -> None:
    """Across all kinds of resources, and a factory's dependencies before it."""
    log: Log = []

    def generator() -> Iterator[None]:
        log.append("+generator")
        yield
        log.append("-generator")

    async def async_generator(inner: Any = Depends(generator)) -> AsyncIterator[None]:
        log.append("+async")
        yield
        log.append("-async")

    async def task(
        a: Any = Depends(Recorded("a", log)),
        b: Any = Depends(async_generator),
        c: Any = Depends(asynccontextmanager(async_generator)),
    ) -> None:
        log.append("body")

    await call(task)
    assert log == [
        "+a", "+generator", "+async", "+async", "body", "-async", "-async", "-generator", ("a", None)
    ]  # fmt: skip


async def test_what_the_caller_passes_is_not_entered() -> None:
    """By position or by name; nor is what only it would have needed, while others are."""
    log: Log = []

    def factory(inner: Any = Depends(Recorded("inner", log))) -> Any:
        return inner

    async def task(x: int, a: Any = Depends(factory), b: Any = Depends(Recorded("b", log))) -> tuple[Any, str]:
        return (a, b if isinstance(b, str) else b.name)

    assert await call(task, 1, "passed") == ("passed", "b")
    assert await call(task, 1, a="passed") == ("passed", "b")
    assert log == ["+b", ("b", None)] * 2
    assert await call(task, 1, a="passed", b="too") == ("passed", "too")
    assert await call(task, 1, "passed", "too") == ("passed", "too")
    assert log == ["+b", ("b", None)] * 2
    assert (await call(task, 1, b="too"))[0].name == "inner"
    assert log[4:] == ["+inner", ("inner", None)]


async def test_positional_only_dependencies_are_passed_by_position() -> None:
    """With what lies before them, passed or not, and a like-named keyword is another thing."""

    def one() -> int:
        return 1

    def function(a: int, b: int = Depends(one), c: int = 5, d: int = Depends(one), /, **more: int) -> Any:
        return (a, b, c, d, more)

    assert await call(function, 0) == (0, 1, 5, 1, {})
    assert await call(function, 0, 2) == (0, 2, 5, 1, {})
    assert await call(function, 0, 2, 3, 4) == (0, 2, 3, 4, {})
    assert await call(function, 0, b=9) == (0, 1, 5, 1, {"b": 9})
    with pytest.raises(TypeError, match=r"needs the argument .a."):
        await call(function)  # type: ignore[call-overload]


async def test_the_callers_arguments_are_left_alone() -> None:
    """What is added is added to a copy."""
    given = {"x": 1}

    def function(x: int, a: Any = Depends(lambda: 2), *rest: int) -> None: ...

    async with plan(function).resolve((), given) as resolution:
        assert resolution.kwargs == {"x": 1, "a": 2}
        assert resolution.args == ()
    assert given == {"x": 1}


async def test_a_failing_entry_unwinds_and_names_its_path() -> None:
    """Nothing after it is entered, the body does not run, and the error says where it comes from."""
    log: Log = []

    def pool(first: Any = Depends(Recorded("first", log))) -> None:
        raise RuntimeError("no pool")

    async def connection(pool: Any = Depends(pool)) -> AsyncIterator[None]:
        log.append("never")
        yield

    async def report(db: Any = Depends(connection), last: Any = Depends(Recorded("last", log))) -> None:
        log.append("body")

    with pytest.raises(RuntimeError, match="no pool") as caught:
        await call(report)
    assert caught.value.__notes__ == ["while resolving report.db -> connection.pool -> pool"]
    assert log == ["+first", ("first", "no pool")]


async def test_a_path_is_noted_once_on_an_exception_that_is_raised_again() -> None:
    """An exception that a factory keeps and raises in each call does not collect notes."""
    error = RuntimeError("same")

    def factory() -> None:
        raise error

    async def task(x: Any = Depends(factory)) -> None: ...

    for _ in range(3):
        with pytest.raises(RuntimeError, match="same"):
            await call(task)
    assert error.__notes__ == ["while resolving task.x -> factory"]


async def test_a_failing_entry_cannot_be_suppressed() -> None:
    """There is no value to go on with, so the body must not run."""
    log: Log = []

    async def task(
        a: Any = Depends(Recorded("a", log, suppress=True)),
        b: Any = Depends(Recorded("b", log, fail="enter")),
    ) -> None:
        log.append("body")

    with pytest.raises(RuntimeError, match="b"):
        await call(task)
    assert log == ["+a", ("a", "b")]


async def test_all_clean_ups_run_although_some_fail() -> None:
    """The errors are chained, and each says whose clean-up it comes from."""
    log: Log = []

    async def task(
        a: Any = Depends(Recorded("a", log)),
        b: Any = Depends(Recorded("b", log, fail="exit")),
        c: Any = Depends(Recorded("c", log, fail="exit")),
        d: Any = Depends(Recorded("d", log)),
    ) -> None: ...

    with pytest.raises(RuntimeError, match="b") as caught:
        await call(task)
    assert log[4:] == [("d", None), ("c", None), ("b", "c"), ("a", "b")]
    assert caught.value.__notes__ == ["while cleaning up task.b -> Recorded"]
    assert str(caught.value.__context__) == "c"


async def test_the_bodys_exception_is_seen_by_all_kinds_of_clean_ups() -> None:
    """And is raised unchanged when none of them suppresses it."""
    seen: Log = []

    def generator() -> Iterator[None]:
        try:
            yield
        except ValueError as error:
            seen.append(error)
            raise

    async def async_generator() -> AsyncIterator[None]:
        try:
            yield
        except ValueError as error:
            seen.append(error)
            raise

    def returning_manager() -> Any:
        return asynccontextmanager(async_generator)()

    async def task(
        a: Any = Depends(generator),
        b: Any = Depends(async_generator),
        c: Any = Depends(returning_manager),
    ) -> None:
        raise ValueError

    with pytest.raises(ValueError) as caught:  # noqa: PT011
        await call(task)
    assert seen == [caught.value] * 3
    assert caught.value.__context__ is None
    assert not hasattr(caught.value, "__notes__")


async def test_a_suppressed_exception_is_gone_for_the_outer_clean_ups() -> None:
    """As in nested `async with`; `call` has no result then."""
    log: Log = []

    async def task(
        a: Any = Depends(Recorded("a", log)),
        b: Any = Depends(Recorded("b", log, suppress=True)),
        c: Any = Depends(Recorded("c", log, fail="exit")),
    ) -> int:
        raise ValueError("body")

    assert await call(task) is None
    assert log[3:] == [("c", "body"), ("b", "c"), ("a", None)]


async def outcome(run: Callable[[Log], Any]) -> tuple[Log, Log]:
    """What is logged, and the error that comes out with its contexts."""
    log: Log = []
    chain: Log = []
    try:
        await run(log)
    except (RuntimeError, ValueError) as error:
        link: BaseException | None = error
        while link is not None:
            chain.append(str(link))
            link = link.__context__
    return log, chain


@pytest.mark.parametrize("body", [None, "body"])
@pytest.mark.parametrize("pattern", range(3**4))
async def test_leaving_does_what_an_exit_stack_does(body: str | None, pattern: int) -> None:
    """Whatever mixture of failing, suppressing and quiet clean-ups: same outcome, same context."""
    modes = [("", "exit", "suppress")[pattern // 3**i % 3] for i in range(4)]

    def recorded(log: Log) -> list[Recorded]:
        return [
            Recorded(str(i), log, fail=mode if mode == "exit" else "", suppress=mode == "suppress")
            for i, mode in enumerate(modes)
        ]

    def act() -> None:
        if body:
            raise ValueError(body)

    async def ours(log: Log) -> None:
        a, b, c, d = recorded(log)

        def task(a: Any = a, b: Any = b, c: Any = c, d: Any = d) -> None:
            act()

        await call(task)

    async def theirs(log: Log) -> None:
        a, b, c, d = recorded(log)
        async with a, b, c, d:
            act()

    async def stack(log: Log) -> None:
        async with AsyncExitStack() as exits:
            for each in recorded(log):
                await exits.enter_async_context(each)
            act()

    log, chain = await outcome(ours)
    assert (log, chain) == await outcome(theirs)
    assert log == (await outcome(stack))[0]


@pytest.mark.parametrize("moment", ["entering", "body", "leaving"])
async def test_cancellation_leaks_nothing(moment: str) -> None:
    """Whenever it comes, what was entered is left, and the cancellation goes on."""
    log: Log = []
    reached = asyncio.Event()

    async def stop_if(now: str) -> None:
        if now == moment:
            reached.set()
            await asyncio.Event().wait()

    async def outer() -> AsyncIterator[None]:
        log.append("+outer")
        try:
            yield
        finally:
            log.append("-outer")

    async def slow() -> AsyncIterator[None]:
        log.append("+slow")
        try:
            await stop_if("entering")
            yield
            await stop_if("leaving")
        finally:
            log.append("-slow")

    async def task(a: Any = Depends(outer), b: Any = Depends(slow)) -> None:
        await stop_if("body")

    running = asyncio.create_task(call(task))
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert log == ["+outer", "+slow", "-slow", "-outer"]


async def test_entered_copies_are_found_by_kind_even_after_a_failed_entry() -> None:
    """A host can ask what a policy says although a later dependency failed."""
    log: Log = []

    class Policy(Recorded): ...

    async def task(
        a: Any = Depends(Recorded("a", log)),
        b: Any = Depends(Policy("b", log)),
        c: Any = Depends(Policy("c", log, fail="enter")),
        d: Any = Depends(Policy("d", log)),
    ) -> None: ...

    planned = plan(task)
    resolution = planned.resolve((), {})
    assert resolution.instances(Policy) == ()
    with pytest.raises(RuntimeError, match="c"):
        await resolution.__aenter__()
    assert [each.name for each in resolution.instances(Policy)] == ["b"]
    assert [each.name for each in resolution.instances(Recorded)] == ["a", "b"]
    assert [each.name for each in planned.declared(Policy)] == ["b", "c", "d"]
    assert resolution.instances(Policy)[0] is not planned.declared(Policy)[0]


async def test_copies_are_found_when_some_dependencies_were_passed() -> None:
    """Only what this call entered counts."""
    log: Log = []

    async def task(a: Any = Depends(Recorded("a", log)), b: Any = Depends(Recorded("b", log))) -> None: ...

    async with plan(task).resolve((), {"a": None}) as resolution:
        assert resolution.kwargs["b"] in resolution.instances(Recorded)
        assert [each.name for each in resolution.instances(Recorded)] == ["b"]
    assert [each.name for each in resolution.instances(Recorded)] == ["b"]


async def test_it_is_open_while_there_is_something_to_leave() -> None:
    """A host may skip leaving when nothing was opened."""
    log: Log = []

    async def task(a: Any = Depends(Recorded("a", log))) -> None: ...

    resolution = plan(task).resolve((), {})
    assert not resolution.is_open
    async with resolution:
        assert resolution.is_open
    assert not resolution.is_open


async def test_a_resolution_serves_one_call() -> None:
    """Entering again would mix two calls."""
    async with plan(test_a_resolution_serves_one_call).resolve((), {}) as resolution:
        with pytest.raises(ReusedResolutionError):
            await resolution.__aenter__()
