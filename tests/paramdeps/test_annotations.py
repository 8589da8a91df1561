"""Dependencies in type hints: they surround the call, and supply nothing."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from paramdeps import (
    App,
    Argument,
    Dependency,
    Depends,
    DuplicateDependencyError,
    InvalidDependencyError,
    MissingArgumentError,
    UnresolvableHintError,
    call,
    plan,
    validate,
)

if TYPE_CHECKING:
    from decimal import Decimal as Unimported

log: list[Any] = []


@pytest.fixture(autouse=True)
def _empty_log() -> None:
    log.clear()


class Limit(Dependency[None]):
    """Says what it was told."""

    def __init__(self, most: int = 1) -> None:
        self.most = most

    def bind_to_parameter(self, parameter: str, value: Any) -> None:
        """Remember both."""
        self.bound = (parameter, value)

    async def __aenter__(self) -> None:
        log.append(("+", self.most, *self.bound))

    async def __aexit__(self, *_: object) -> None:
        log.append(("-", self.most, *self.bound))


type Limited = Annotated[int, Limit(7)]


async def test_it_is_told_name_and_value_and_the_function_gets_the_value() -> None:
    """By position and by name; the default counts; the declared instance learns nothing."""
    declared = Limit()

    async def task(customer: Annotated[int, declared], size: Annotated[int, Limit(2)] = 5) -> Any:
        log.append("body")
        return (customer, size)

    assert await call(task, 1) == (1, 5)
    assert log == [
        ("+", 1, "customer", 1), ("+", 2, "size", 5), "body", ("-", 2, "size", 5), ("-", 1, "customer", 1)
    ]  # fmt: skip
    assert await call(task, size=6, customer=2) == (2, 6)
    assert log[5:7] == [("+", 1, "customer", 2), ("+", 2, "size", 6)]
    assert not hasattr(declared, "bound")


async def test_it_is_told_what_a_dependency_supplies() -> None:
    """Or what the caller passes instead."""

    async def task(customer: Annotated[int, Limit()] = Depends(lambda: 4)) -> int:
        return customer

    assert await call(task) == 4
    assert await call(task, 9) == 9
    assert [each[3] for each in log] == [4, 4, 9, 9]


async def test_hints_of_factories_count_too() -> None:
    """Theirs are around what they make, and are told what they are called with."""

    def plain(size: Annotated[int, Limit(1)] = 3) -> int:
        return size

    def asking(
        customer: Annotated[int, Limit(2)] = Argument(), inner: Annotated[int, Limit(3)] = Depends(plain)
    ) -> int:
        return customer + inner

    async def task(customer: int, total: int = Depends(asking)) -> int:
        return total

    assert await call(task, 10) == 13
    assert [each[1:] for each in log[:3]] == [(2, "customer", 10), (1, "size", 3), (3, "inner", 3)]


@pytest.mark.parametrize("concurrent", [False, True])
@pytest.mark.parametrize("collect_errors", [False, True])
async def test_applications_of_all_kinds_enter_them(concurrent: bool, collect_errors: bool) -> None:
    """They are dependencies like others."""

    async def task(customer: Annotated[int, Limit()]) -> int:
        return customer

    async with App(concurrent=concurrent, collect_errors=collect_errors) as app:
        assert await app.call(task, 3) == 3
    assert log == [("+", 1, "customer", 3), ("-", 1, "customer", 3)]


def quoted() -> Callable[..., Any]:
    async def task(customer: "Annotated[Unimported, Limit(3)]") -> Any: ...

    return task


def aliased() -> Callable[..., Any]:
    async def task(customer: Limited) -> Any: ...

    return task


def local() -> Callable[..., Any]:
    limit = Limit(4)

    async def task(customer: "Annotated[int, limit]") -> Any:
        return limit

    return task


def generic() -> Callable[..., Any]:
    async def task[T](customer: "Annotated[list[T], Limit(5)]") -> Any: ...

    return task


def nested() -> Callable[..., Any]:
    async def task(customer: Annotated[Annotated[int, "inner"], Limit(6), "outer"]) -> Any: ...

    return task


def method() -> Callable[..., Any]:
    class Service:
        async def task(self, customer: "Annotated[int, Limit(8)]") -> Any: ...

    return Service().task


def partial() -> Callable[..., Any]:
    async def task(first: int, customer: "Annotated[int, Limit(9)]") -> Any: ...

    return functools.partial(task, 1)


def constructed() -> Callable[..., Any]:
    class Service:
        def __init__(self, customer: "Annotated[int, Limit(10)]") -> None: ...

    return Service


def callable_object() -> Callable[..., Any]:
    class Service:
        async def __call__(self, customer: "Annotated[int, Limit(11)]") -> Any: ...

    return Service()


def wrapped() -> Callable[..., Any]:
    inner = quoted()

    @functools.wraps(inner)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await inner(*args, **kwargs)

    return wrapper


WAYS = [quoted, aliased, local, generic, nested, method, partial, constructed, callable_object, wrapped]


@pytest.mark.parametrize("make", WAYS)
async def test_hints_are_found_however_they_are_written(make: Callable[[], Any]) -> None:
    """In quotes, by alias, with names of the scope around, and although another name in them is not known."""
    await call(make(), customer=1)
    assert [each[0] for each in log] == ["+", "-"]


class Check(Dependency[None]):
    """Asks a function whether the value will do."""

    def __init__(self, accepts: Callable[[Any], Any]) -> None:
        self.accepts = accepts

    def bind_to_parameter(self, parameter: str, value: Any) -> None:
        log.append(self.accepts(value))

    async def __aenter__(self) -> None: ...


LEAST = 3


async def test_functions_and_comprehensions_in_a_hint_in_quotes_know_the_names_around_it() -> None:
    """Globals, those of enclosing functions, type parameters and builtins, as they are when they are wanted."""
    most = 8

    async def task[T](
        a: "Annotated[int, Check(lambda each: LEAST <= each < most)]",
        b: "Annotated[T, Check(lambda each: [T.__name__ for _ in range(each)])]",
        c: "Annotated[int, *[Check(lambda each: (each, limit, most)) for limit in range(LEAST) if limit < most]]",  # noqa: B023 - as the comprehension leaves it
    ) -> int:
        return most  # or it is not among the names of the function

    log.clear()
    await call(task, 5, 2, 1)
    assert log == [True, ["T", "T"], (1, 2, 8), (1, 2, 8), (1, 2, 8)]
    most = 4
    log.clear()
    await call(task, 5, 0, 1)
    assert log[0] is False


async def test_a_function_in_a_hint_in_quotes_fails_for_a_name_that_is_nowhere() -> None:
    """When it is called, as any other function, rather than to go on with what stands for the unknown."""

    async def task(a: "Annotated[int, Check(lambda each: each < Nowhere)]") -> None: ...  # type: ignore[name-defined] # noqa: F821

    with pytest.raises(NameError, match="Nowhere"):
        await call(task, 5)


async def test_one_hint_that_cannot_be_resolved_drops_none_of_the_others() -> None:
    """Neither before nor after it, and not silently: `validate` tells."""

    async def task(a: Annotated[int, Limit(1)], b: "Unimported", c: "Annotated[int, Limit(2)]") -> None: ...

    await call(task, 1, 2, 3)
    assert [each[1] for each in log] == [1, 2, 2, 1]
    (problem,) = validate(task)
    assert isinstance(problem, UnresolvableHintError)
    assert (problem.parameter, problem.hint) == ("b", "Unimported")


@pytest.mark.parametrize(
    "hint",
    ["Annotated[int, Unknown()]", "Annotated[int, unknown]", "Unknown[int, Limit()]", "Unknown[int, x.Limit()] | None"],
)
def test_a_hint_that_certainly_loses_a_dependency_is_refused(hint: str) -> None:
    """The function would otherwise run without a limit that everybody sees in the source."""

    async def task(customer: Any) -> None: ...

    task.__annotations__["customer"] = hint
    with pytest.raises(UnresolvableHintError, match=r"task\.customer cannot be resolved") as caught:
        plan(task)
    assert isinstance(caught.value, NameError)


def rest(*customers: Annotated[int, Limit()]) -> None: ...


def member(customer: list[Annotated[int, Limit()]]) -> None: ...


def optional(customer: Annotated[int, Limit()] | None = None) -> None: ...


@pytest.mark.parametrize("function", [rest, member, optional])
def test_a_dependency_where_it_says_nothing_about_a_parameter_is_refused(function: Callable[..., Any]) -> None:
    """It would never be entered."""
    with pytest.raises(InvalidDependencyError, match="has Limit where it has no effect"):
        plan(function)


async def test_without_its_value_nothing_is_entered() -> None:
    """The call lacks an argument; there is nothing to tell."""

    async def task(customer: Annotated[int, Limit()]) -> None: ...

    with pytest.raises(MissingArgumentError, match=r"task\.customer"):
        await call(task)  # type: ignore[call-overload]
    assert log == []


class Once(Limit):
    """At most one."""

    single = True


def test_single_kinds_count_in_hints_too() -> None:
    """The declaration is one, wherever its parts stand."""

    def factory(a: Annotated[int, Once()] = 1) -> int:
        return a

    def task(b: Annotated[int, Once()], a: int = Depends(factory)) -> None: ...

    with pytest.raises(DuplicateDependencyError):
        plan(task)


def test_a_plan_tells_of_them() -> None:
    """A function with nothing else is not one without dependencies, and hosts find them by kind."""
    planned = plan(quoted())
    assert not planned.is_empty
    assert [each.most for each in planned.declared(Limit)] == [3]
    assert planned.wrappers == {"customer": planned.declared(Limit)}
    assert dict(planned.dependencies) == {}


def markers() -> list[tuple[Any, str]]:
    return [
        (Depends(int), r"write it as the default, customer: \.\.\. = Depends\(int\)"),
        (Argument("order"), r"write it as the default, customer: \.\.\. = Argument\(\)"),
        (Limit, r"write Limit\(\.\.\.\)"),
    ]


@pytest.mark.parametrize(("metadata", "what_to_do"), markers())
def test_what_only_looks_like_a_dependency_in_a_hint_is_refused(metadata: Any, what_to_do: str) -> None:
    """Whoever knows it from elsewhere, or forgot the parentheses, must not find it dropped."""

    async def task(customer: Any = 1) -> None: ...

    for hint in (Annotated[int, metadata], list[Annotated[int, metadata]], Annotated[int, metadata] | None):
        task.__annotations__["customer"] = hint
        with pytest.raises(InvalidDependencyError, match=r"task\.customer has .* in its hint.*" + what_to_do):
            plan(task)
    assert [type(problem) for problem in validate(task)] == [InvalidDependencyError]


def test_a_marker_in_a_hint_that_cannot_be_resolved_is_not_dropped_either() -> None:
    """It is certain that there was to be a dependency."""

    async def task(customer: Any) -> None: ...

    task.__annotations__["customer"] = "Unknown[int, Depends(int)]"
    with pytest.raises(UnresolvableHintError):
        plan(task)
