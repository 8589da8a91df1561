"""A wrong call is refused where it is made, before anything is sent; a right one arrives as it was."""

import functools
import threading
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from docket import CurrentDocket, Depends, Disposition, Docket, Execution, TaskKey
from docket.errors import NotAsync, PayloadError
from tests.docket.harness import finish, later, now, result_of, working

pytestmark = pytest.mark.timeout(20)


async def greet(name: str, greeting: str = "Hello", *, mark: str = "!") -> str:
    return f"{greeting}, {name}{mark}"


async def nothing_was_sent(docket: Docket) -> bool:
    """Whether the docket holds no work."""
    return (await docket.snapshot()).total_tasks == 0


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda schedule: schedule(), id="too few"),
        pytest.param(lambda schedule: schedule("Jane", "Hi", "?"), id="too many"),
        pytest.param(lambda schedule: schedule("Jane", name="Joe"), id="twice"),
        pytest.param(lambda schedule: schedule("Jane", volume=11), id="unknown"),
    ],
)
@pytest.mark.parametrize("how", ["add", "replace"])
async def test_wrong_arguments_are_refused_at_the_call(docket: Docket, call: Callable[..., Any], how: str) -> None:
    """The call itself, before anything is awaited, raises TypeError with the task's name and signature."""
    schedule = docket.add(greet) if how == "add" else docket.replace(greet, now(), "key")
    with pytest.raises(TypeError, match=r"greet\(name: str, greeting: str = 'Hello', \*, mark: str = '!'\)"):
        call(schedule)
    assert await nothing_was_sent(docket)


async def test_a_time_without_a_zone_is_refused(docket: Docket) -> None:
    """A naive `when` raises ValueError, which says what to write instead."""
    naive = datetime(2030, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match=r"has no time zone.*try datetime\.now"):
        docket.add(greet, when=naive)
    with pytest.raises(ValueError, match="has no time zone"):
        docket.replace(greet, naive, "key")
    assert await nothing_was_sent(docket)


async def test_a_function_that_is_not_async_is_refused(docket: Docket) -> None:
    """A sync function raises TypeError, which names it and says what to do."""

    def blocking() -> None:
        """Block."""

    refused = cast("Any", blocking)
    for attempt in (
        lambda: docket.add(refused),
        lambda: docket.replace(refused, now(), "key"),
        lambda: docket.register(refused),
    ):
        with pytest.raises(NotAsync, match=r"blocking is not async.*make it `async def`.*asyncio\.to_thread"):
            attempt()
    with pytest.raises(TypeError, match="a task is an async function or its name, not 42"):
        docket.add(cast("Any", 42))
    assert await nothing_was_sent(docket)


async def test_an_async_generator_is_no_task(docket: Docket) -> None:
    """A function that yields returns nothing to await, and is refused as well."""

    async def stream() -> AsyncGenerator[int]:
        yield 1

    with pytest.raises(NotAsync, match="stream"):
        docket.add(cast("Any", stream))


async def test_an_empty_key_is_refused(docket: Docket) -> None:
    """The empty string is no key, and most likely a mistake."""
    for attempt in (
        lambda: docket.add(greet, key=""),
        lambda: docket.replace(greet, now(), ""),
    ):
        with pytest.raises(ValueError, match="at least one character"):
            attempt()
    with pytest.raises(ValueError, match="at least one character"):
        await docket.cancel("")
    with pytest.raises(ValueError, match="at least one character"):
        await docket.get_execution("")
    assert await nothing_was_sent(docket)


async def test_a_key_is_a_string(docket: Docket) -> None:
    """A key of any other type raises TypeError where it is given."""
    number = cast("Any", 5)
    for attempt in (lambda: docket.add(greet, key=number), lambda: docket.replace(greet, now(), number)):
        with pytest.raises(TypeError, match="a key is a string, not 5"):
            attempt()
    with pytest.raises(TypeError, match="a key is a string, not 5"):
        await docket.cancel(number)
    with pytest.raises(TypeError, match="a key is a string, not 5"):
        await docket.get_execution(number)
    assert await nothing_was_sent(docket)


@pytest.mark.parametrize("when", [timedelta(seconds=5), 1_700_000_000, "tomorrow", date(2030, 1, 1)])
async def test_a_time_is_a_datetime(docket: Docket, when: Any) -> None:
    """A time span, a number, a text or a date raises TypeError, which says what to write instead."""
    with pytest.raises(TypeError, match=r"a moment is a datetime, not .*try datetime\.now"):
        docket.add(greet, when=when)
    with pytest.raises(TypeError, match="a moment is a datetime"):
        docket.replace(greet, when, "key")
    assert await nothing_was_sent(docket)


async def test_each_call_is_an_execution_of_its_own(docket: Docket) -> None:
    """What `add` returns may be called again and again: where no key was chosen, each call has a new one."""
    schedule = docket.add(greet)
    executions = [await schedule(name) for name in ("Jane", "Joe")]
    assert [execution.disposition for execution in executions] == [Disposition.SCHEDULED] * 2
    async with working(docket):
        assert [await result_of(execution) for execution in executions] == ["Hello, Jane!", "Hello, Joe!"]


async def test_an_argument_that_cannot_be_pickled_is_named(docket: Docket) -> None:
    """The error says which argument it is, and of what type."""
    with pytest.raises(PayloadError, match="argument 2: cannot pickle a lock"):
        await docket.add(greet)("Jane", cast("Any", threading.Lock()))
    with pytest.raises(PayloadError, match="argument mark: cannot pickle a lock"):
        await docket.add(greet)("Jane", mark=cast("Any", threading.Lock()))
    assert await nothing_was_sent(docket)


async def test_positional_and_named_arguments_and_defaults_arrive(docket: Docket) -> None:
    """A call on the docket is the same as a call of the function."""
    async with working(docket):
        assert await result_of(await docket.add(greet)("Jane")) == "Hello, Jane!"
        assert await result_of(await docket.add(greet)("Jane", "Hi", mark="?")) == "Hi, Jane?"
        assert await result_of(await docket.add(greet)(greeting="Hi", name="Joe")) == "Hi, Joe!"


async def test_variable_arguments_arrive(docket: Docket) -> None:
    """A function that takes whatever it is given gets it."""

    async def gather(*args: int, **kwargs: int) -> Any:
        return args, kwargs

    async with working(docket):
        assert await result_of(await docket.add(gather)(1, 2, three=3, self=4)) == ((1, 2), {"three": 3, "self": 4})


async def test_parameters_called_like_those_of_docket_are_no_obstacle(docket: Docket) -> None:
    """Names such as `key`, `when`, `function` and `self` belong to the task's own arguments."""

    async def awkward(function: int, when: int, key: int, args: int, kwargs: int) -> int:
        return function + when + key + args + kwargs

    async with working(docket):
        assert await result_of(await docket.add(awkward)(function=1, when=2, key=3, args=4, kwargs=5)) == 15


async def test_closures_and_classes_made_on_the_spot_arrive(docket: Docket) -> None:
    """What pickle alone cannot carry arrives: lambdas, closures, classes of functions and of `__main__`."""
    offset = 10

    class Point:
        def __init__(self, x: int) -> None:
            self.x = x

    in_main = type("Main", (), {"__module__": "__main__", "value": 5})

    async def use(function: Callable[[int], int], point: Point, main: Any) -> int:
        return function(point.x) + main.value

    async with working(docket):
        assert await result_of(await docket.add(use)(lambda x: x + offset, Point(1), in_main())) == 16


async def test_arguments_are_copies(docket: Docket) -> None:
    """What the caller does to an argument after scheduling does not reach the task."""

    async def count(items: list[int]) -> int:
        return len(items)

    items = [1, 2]
    execution = await docket.add(count)(items)
    items.append(3)
    await finish(docket)
    assert await result_of(execution) == 2


def opened() -> str:
    return "resolved"


async def use(value: str = Depends(opened), key: str = TaskKey()) -> tuple[str, str]:
    return value, key


async def test_a_dependency_is_overridden_by_the_caller(docket: Docket) -> None:
    """A dependency parameter that the caller fills is not resolved, by name or by position."""
    async with working(docket):
        assert await result_of(await docket.add(use, key="k1")()) == ("resolved", "k1")
        assert await result_of(await docket.add(use, key="k2")(value="mine")) == ("mine", "k2")
        assert await result_of(await docket.add(use, key="k3")("mine", key="mine too")) == ("mine", "mine too")


class Mailer:
    """An object with a task."""

    def __init__(self, sender: str) -> None:
        self.sender = sender

    async def send(self, to: str, docket: Docket = CurrentDocket()) -> str:
        return f"{self.sender} to {to}"


class Callback:
    """An object that is a task."""

    async def __call__(self, number: int) -> int:
        return number + 1


async def test_methods_partials_and_callable_objects_are_tasks(docket: Docket) -> None:
    """Whatever is async when called can be a task."""
    async with working(docket):
        assert await result_of(await docket.add(Mailer("me").send)("you")) == "me to you"
        polite = functools.partial(greet, greeting="Good day")
        docket.register(polite, names=["polite"])
        assert await result_of(await docket.add(polite)("Jane")) == "Good day, Jane!"
        assert await result_of(await docket.add(Callback())(1)) == 2


async def test_a_handle_tells_of_its_arguments(docket: Docket) -> None:
    """A handle, made or looked up, gives the arguments and, for logs, the call without them."""
    execution: Execution[str] = await docket.add(greet, when=later(seconds=30), key="k")("Jane", mark="?")
    looked_up = await docket.get_execution("k")
    for handle in (execution, looked_up):
        assert handle is not None
        assert handle.args == ("Jane",)
        assert dict(handle.kwargs) == {"mark": "?"}
        assert [handle.get_argument(name) for name in ("name", "greeting", "mark")] == ["Jane", "Hello", "?"]
        with pytest.raises(LookupError, match="'greet' is given no argument 'volume'"):
            handle.get_argument("volume")
        assert handle.call_repr() == "greet(..., mark=...){k}"
        assert "Jane" not in repr(handle)
    await docket.cancel("k")


async def test_a_time_in_any_zone_is_that_time(docket: Docket) -> None:
    """Times are compared as moments, whatever their zone."""
    moment = (now() + timedelta(hours=1)).replace(microsecond=0)
    execution = await docket.add(greet, when=moment.astimezone(ZoneInfo("Asia/Kathmandu")))("Jane")
    assert execution.when == moment
    assert execution.when.tzinfo is UTC
    await docket.clear()
