"""Generated code: when there is some, what it looks like, and that it leaves nothing behind."""

import gc
import linecache
import sys
import traceback
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from functools import wraps
from typing import Any

import pytest

from paramdeps import Argument, Depends, _codegen, _factories, call, plan


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Generate before the first call."""
    monkeypatch.setattr(_codegen, "CALLS_BEFORE", 0)


def files() -> set[str]:
    """The names of the generated code that tracebacks know of."""
    return {name for name in linecache.cache if name.startswith("<paramdeps ")}


async def test_code_is_generated_for_what_is_called_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop runs the first calls: compiling takes longer than many of them."""
    monkeypatch.setattr(_codegen, "CALLS_BEFORE", 2)

    async def task(name: str = Depends(lambda: sys._getframe(1).f_code.co_filename)) -> str:
        return name

    names = [await call(task) for _ in range(4)]
    assert [name.startswith("<paramdeps ") for name in names] == [False, False, True, True]


def test_the_source_reads_like_what_one_would_write() -> None:
    """Dependencies and parameters keep their names; what is called, entered and left is there in order."""

    async def connection(url: str = Depends(lambda: "db")) -> AsyncIterator[str]:
        yield url

    def report(day: int, db: str = Depends(connection)) -> None: ...

    assert (
        plan(report).source
        == """\
async def call_report(program, function, args, kwargs, scope):
    if len(args) > 0:
        day = args[0]
    elif 'day' in kwargs:
        day = kwargs['day']
    else:
        missing(lookup_day)
    opened = []
    try:
        # report.db -> connection.url -> <lambda>
        step = step_url
        url = make_lambda()
        if type(url) is not plain[0]:
            url = await settled(url, step, plain, opened)
        # report.db -> connection
        step = step_db
        db_resource = make_connection(url)
        async for db in db_resource:
            break
        else:
            none_yielded(step.path)
        opened.append((ASYNC_GENERATOR, db_resource, step))
    except BaseException as error:
        await abandon(opened, error, step)
        raise
    try:
        if len(args) == 1 and not kwargs:
            result = function(*args, db)
        else:
            result = function(*args, **kwargs, db=db)
        if type(result) is Coroutine or is_awaitable(result):
            result = await result
    except BaseException as error:
        if not await unwind(opened, error, pending=False):
            raise
        return None
    if len(opened) != 1:
        await close(opened)
        return result
    try:
        step = step_db
        async for _ in db_resource:
            await db_resource.aclose()
            too_many(step.path)
    except BaseException as error:
        failure = error
    else:
        return result
    while opened.pop()[2] is not step:
        pass
    await fail_to_leave(opened, failure, step)
    return result
"""
    )


async def test_a_traceback_shows_the_generated_line() -> None:
    """Somebody who debugs a factory sees who called it."""

    def broken() -> None:
        raise OSError("no answer")

    async def task(answer: Any = Depends(broken)) -> None: ...

    with pytest.raises(OSError, match="no answer") as caught:
        await call(task)
    assert "answer = make_broken()" in "".join(traceback.format_exception(caught.value))


async def test_code_lives_no_longer_than_its_function() -> None:
    """Neither the code, nor its lines, nor what it refers to."""
    before = files()

    def made() -> Callable[[], Any]:
        class Value: ...

        async def task(value: Any = Depends(Value)) -> Any:
            return value

        return task

    task = made()
    alive = weakref.ref(task)
    await call(task)
    assert len(files() - before) == 1
    del task
    gc.collect()
    assert alive() is None
    assert files() <= before


async def test_a_plan_that_cannot_be_written_is_run_by_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same outcome, and without a source."""
    monkeypatch.setattr(_codegen, "_KNOWN", _codegen._KNOWN - {_factories.Kind.CALL})

    async def task(name: str = Depends(lambda: sys._getframe(1).f_code.co_filename)) -> str:
        return name

    assert plan(task).source is None
    assert not (await call(task)).startswith("<paramdeps ")
    assert not (await call(task)).startswith("<paramdeps ")


NAMES = [
    "class", "None", "__debug__", "x y", "1st", "_", "", "ﬁ", "result", "error", "type", "abandon", "args", "opened",
    "a\n    raise SystemExit\n#", "len", "BaseException", "step_value", "make_value", "is_awaitable", "GENERATOR",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
async def test_any_name_of_a_factory_will_do(name: str) -> None:
    """Names that cannot be written, or that the code uses itself, become others."""

    def other(arg: int = Argument("number")) -> Iterator[int]:
        yield arg

    def factory(inner: int = Depends(other), **more: int) -> Iterator[int]:
        yield inner + sum(more.values())

    factory.__name__ = other.__name__ = name

    async def task(number: int, value: int = Depends(factory, **{name: 1})) -> int:
        return value

    task.__name__ = name
    source = plan(task).source
    assert source is not None
    compile(source, "source", "exec")
    assert await call(task, 2) == 3
    assert await call(task, number=3) == 4


@pytest.mark.parametrize("name", [name for name in NAMES if name.isidentifier() and name not in ("class", "None")])
async def test_any_name_of_a_parameter_will_do(name: str) -> None:
    """The called function's parameters may be called like anything that the code uses."""
    namespace: dict[str, Any] = {"Depends": Depends, "Argument": Argument}
    name = "debug" if name == "__debug__" else name
    exec(
        f"def factory({name}=Argument()): return {name}\n"
        f"async def task({name}, other=Depends(factory), *, {name}_=Depends(factory)): return ({name}, other, {name}_)",
        namespace,
    )
    assert await call(namespace["task"], 1) == (1, 1, 1)


async def test_a_wrapper_gets_dependencies_by_name() -> None:
    """Its signature is that of the function it wraps, but not its code."""

    async def inner(a: int = 0, b: int = Depends(lambda: 2)) -> int:
        return a + b

    @wraps(inner)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await inner(**kwargs), args, sorted(kwargs)

    assert await call(wrapper) == (2, (), ["b"])
    assert await call(wrapper, a=1) == (3, (), ["a", "b"])


async def test_dependencies_reach_methods_and_callable_objects() -> None:
    """By position or by name, after `self`."""

    class Service:
        async def first(self, a: int = Depends(lambda: 1), b: int = 5, c: int = Depends(lambda: 2)) -> Any:
            return (type(self).__name__, a, b, c)

        async def __call__(self, x: int, a: int = Depends(lambda: 1), b: int = Depends(lambda: 2)) -> Any:
            return (type(self).__name__, x, a, b)

    service = Service()
    assert await call(service.first) == ("Service", 1, 5, 2)
    assert await call(service.first, 7) == ("Service", 7, 5, 2)
    assert await call(service, 0) == ("Service", 0, 1, 2)
    assert await call(service.__call__, 0, b=3) == ("Service", 0, 1, 3)
