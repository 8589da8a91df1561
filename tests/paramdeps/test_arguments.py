"""`Argument`: factories that want the arguments of the call."""

from typing import Any

import pytest

from paramdeps import App, Argument, Depends, MissingArgumentError, UnknownArgumentError, call, call_sync, plan


def customer(customer_id: int = Argument()) -> int:
    return customer_id


def by_other_name(number: int = Argument("customer_id")) -> int:
    return number


def optional(customer_id: int | None = Argument(optional=True)) -> int | None:
    return customer_id


async def invoice(
    customer_id: int, a: int = Depends(customer), b: int = Depends(by_other_name), c: Any = Depends(optional)
) -> tuple[Any, ...]:
    return (a, b, c)


async def test_an_argument_is_found_however_it_was_passed() -> None:
    """By position and by keyword, under the parameter's own name and under another."""
    assert await call(invoice, 7) == (7, 7, 7)
    assert await call(invoice, customer_id=8) == (8, 8, 8)


async def test_the_defaults_of_the_called_function_count() -> None:
    """An argument that is not passed has its default."""

    async def task(customer_id: int = 5, found: int = Depends(customer)) -> int:
        return found

    assert await call(task) == 5
    assert await call(task, 6) == 6


async def test_positional_only_and_keyword_only_arguments_are_found() -> None:
    """The kind of the parameter does not matter, and a keyword of that name is not taken for it."""

    async def task(customer_id: int, /, *, number: int, a: Any = Depends(customer), **more: int) -> tuple[int, Any]:
        return (a, more)

    assert await call(task, 1, number=2, customer_id=3) == (1, {"customer_id": 3})  # type: ignore[call-arg]

    async def defaulted(customer_id: int = 5, /, a: Any = Depends(customer), **more: int) -> int:
        return a

    assert await call(defaulted, customer_id=3) == 5

    async def other(*, customer_id: int, a: Any = Depends(customer)) -> int:
        return a

    assert await call(other, customer_id=4) == 4


async def test_an_argument_can_be_bound() -> None:
    """A binding may be an argument of the call, by default that of the bound parameter's name."""

    def plain(customer_id: int, other: int) -> tuple[int, int]:
        return (customer_id, other)

    async def task(
        customer_id: int, found: Any = Depends(plain, customer_id=Argument(), other=Argument("customer_id"))
    ) -> Any:
        return found

    assert await call(task, 3) == (3, 3)


def test_an_unknown_argument_is_found_at_compile_time() -> None:
    """Asking for a parameter that the function does not have says who asks, and what there is."""

    async def task(order_id: int, found: int = Depends(customer)) -> None: ...

    with pytest.raises(UnknownArgumentError, match=r"task\.found -> customer\.customer_id .*order_id, found") as caught:
        plan(task)
    assert isinstance(caught.value, LookupError)
    assert caught.value.path == ("task.found", "customer.customer_id")


async def test_an_optional_argument_is_none_when_absent() -> None:
    """Both when the function has no such parameter and when the call does not pass it."""

    async def without(found: Any = Depends(optional)) -> Any:
        return found

    async def with_keywords(found: Any = Depends(optional), **more: Any) -> Any:
        return found

    assert await call(without) is None
    assert await call(with_keywords) is None
    assert await call(with_keywords, customer_id=2) == 2


async def test_an_argument_that_the_call_lacks_is_missed_before_anything_is_entered() -> None:
    """The error names the path, and nothing has been opened."""
    opened: list[int] = []

    def resource() -> None:
        opened.append(1)

    async def task(customer_id: int, a: Any = Depends(resource), b: Any = Depends(customer)) -> None: ...

    with pytest.raises(MissingArgumentError, match=r"task\.b -> customer\.customer_id") as caught:
        await call(task)  # type: ignore[call-overload]
    assert isinstance(caught.value, LookupError)
    assert caught.value.argument == "customer_id"
    assert opened == []


@pytest.mark.parametrize(
    "app", [None, App(), App(concurrent=True, collect_errors=True)], ids=["none", "plain", "special"]
)
async def test_nothing_is_entered_for_a_call_that_lacks_an_argument_of_the_function_itself(app: App | None) -> None:
    """Whoever needs it, it is one kind of error, and a TypeError as of any call that is wrong."""
    opened: list[int] = []

    def resource() -> None:
        opened.append(1)

    def plain(first: int, second: int, a: Any = Depends(resource)) -> None: ...
    def positional(first: int, second: int, /, a: Any = Depends(resource)) -> None: ...
    def keyword(first: int, a: Any = Depends(resource), *, second: int) -> None: ...

    runner: Any = call if app is None else app.call
    for function in (plain, positional, keyword):
        with pytest.raises(MissingArgumentError, match=rf"{function.__name__}\.second needs") as caught:
            await runner(function, 1)
        assert isinstance(caught.value, TypeError)
        assert caught.value.argument == "second"
    assert opened == []
    for _ in range(2):  # not only as long as nothing has been compiled
        await runner(plain, 1, second=2)
    with pytest.raises(MissingArgumentError):
        await runner(plain, second=2)
    with pytest.raises(MissingArgumentError):
        await runner(positional, 1, second=2)
    await runner(keyword, first=1, second=2)
    assert opened == [1, 1, 1]
    if app is None:
        with pytest.raises(MissingArgumentError):
            call_sync(plain, 1)  # type: ignore[call-arg]


async def test_an_argument_that_is_a_dependency_is_its_value() -> None:
    """It is resolved first, or taken as passed."""

    def source() -> str:
        return "resolved"

    def reader(value: str = Argument("late")) -> str:
        return value

    async def task(early: str = Depends(reader), late: str = Depends(source)) -> tuple[str, str]:
        return (early, late)

    assert await call(task) == ("resolved", "resolved")
    assert await call(task, late="passed") == ("passed", "passed")


async def test_a_parameter_of_the_function_itself_can_follow_another() -> None:
    """At the top, a named argument is another parameter's value."""

    async def task(a: int, b: int = Argument("a")) -> int:
        return b

    assert await call(task, 4) == 4


async def test_a_key_error_of_a_factory_is_not_taken_for_a_missing_argument() -> None:
    """It is the factory's own, and is passed on as it is."""

    def factory(customer_id: int = Argument()) -> int:
        table: dict[int, int] = {}
        return table[customer_id]

    async def task(customer_id: int, found: int = Depends(factory)) -> None: ...

    with pytest.raises(KeyError, match="7") as caught:
        await call(task, 7)
    assert not isinstance(caught.value, MissingArgumentError)
