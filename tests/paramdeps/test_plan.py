"""`plan`: compiled once, kept no longer than the function, and open to hosts."""

import functools
import gc
import inspect
import pickle
import weakref
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import pytest

from paramdeps import (
    CircularDependencyError,
    Dependency,
    Depends,
    InvalidDependencyError,
    UnboundParameterError,
    call,
    plan,
)


def number() -> int:
    return 1


async def task(a: int = 0, b: int = Depends(number)) -> tuple[int, int]:
    return (a, b)


class Service:
    """Dependencies of methods."""

    def method(self, b: int = Depends(number)) -> tuple["Service", int]:
        """Itself and the number."""
        return (self, b)

    def __call__(self, b: int = Depends(number)) -> tuple["Service", int]:
        """Like `method`."""
        return (self, b)

    @classmethod
    def make(cls, b: int = Depends(number)) -> tuple[type["Service"], int]:
        """The class and the number."""
        return (cls, b)


def test_a_function_is_compiled_once() -> None:
    """Asking again gives the same plan, and so does asking for a kept partial."""
    assert plan(task) is plan(task)
    kept = functools.partial(task, 1)
    assert plan(kept) is plan(kept)


def test_no_signature_is_inspected_in_later_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Methods share what was found out about their function."""
    service = Service()
    for function in (task, service.method, service):
        plan(function)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(inspect, "signature", refuse)
    for function in (task, Service().method, Service()):
        assert set(plan(function).dependencies) == {"b"}


async def test_every_kind_of_callable_can_be_called() -> None:
    """Methods, class methods, objects, partials, classes, builtins and wrapped functions."""
    service = Service()

    class Thing:
        def __init__(self, b: int = Depends(number)) -> None:
            self.b = b

    @functools.wraps(task)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return ["wrapped", await task(*args, **kwargs)]

    assert await call(service.method) == (service, 1)
    assert await call(service) == (service, 1)
    assert await call(Service.make) == (Service, 1)
    assert await call(functools.partial(task, 5)) == (5, 1)
    assert await call(functools.partial(task, b=6)) == (0, 6)
    assert await call(functools.partial(service.method, 7)) == (service, 7)
    assert (await call(Thing)).b == 1
    assert await call(len, "four") == 4
    assert await call(dict) == {}
    assert await call(wrapper) == ["wrapped", (0, 1)]
    assert plan(wrapper).function is wrapper


async def test_objects_that_stand_for_functions_have_their_signatures() -> None:
    """Two functions decorated by objects of one class are told apart."""

    class Decorated:
        def __init__(self, function: Callable[..., Any]) -> None:
            functools.update_wrapper(self, function)
            self.function = function

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self.function(*args, **kwargs)

    def first(a: int = Depends(number)) -> int:
        return a

    def second(b: int = Depends(number)) -> int:
        return b

    assert [await call(Decorated(each)) for each in (first, second)] == [1, 1]


def test_a_decorated_method_is_compiled_once() -> None:
    """Although its signature is that of the function inside the decorator."""

    def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return function(*args, **kwargs)

        return wrapper

    class Decorated:
        @decorated
        def method(self, b: int = Depends(number)) -> int:
            """The number."""
            return b

    first, second = plan(Decorated().method), plan(Decorated().method)
    assert first.function is not second.function
    assert first.dependencies is second.dependencies


async def test_two_instances_of_a_class_do_not_mix() -> None:
    """What is shared by methods of one function does not hold an instance."""
    first, second = Service(), Service()
    assert (await call(first.method))[0] is first
    assert (await call(second.method))[0] is second


def closure() -> Callable[..., Any]:
    def factory() -> object:
        return function  # refers back: a table of weak references would keep both for ever

    def function(value: object = Depends(factory)) -> object:
        return value

    return function


def partial() -> functools.partial[Any]:
    return functools.partial(closure())


@pytest.mark.parametrize("make", [closure, partial])
async def test_functions_are_collected_with_their_plans(make: Callable[[], Any]) -> None:
    """A closure or partial that was called dies when nobody else holds it."""
    function = make()
    await call(function)
    gone = weakref.ref(function)
    del function
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize("attribute", ["method", "__call__"])
async def test_bound_instances_are_collected(attribute: str) -> None:
    """An instance whose method was called, or that was called itself, dies at once."""
    service = Service()
    await call(getattr(service, attribute))
    await call(service)
    gone = weakref.ref(service)
    del service
    gc.collect()
    assert gone() is None


async def test_what_is_kept_on_a_function_is_not_pickled() -> None:
    """A partial can be pickled after it was called, and its copy can be called."""
    original = functools.partial(task, 5)
    assert await call(original) == (5, 1)
    copy = pickle.loads(pickle.dumps(original))
    assert await call(copy) == (5, 1)
    assert plan(copy).function is copy


async def test_hints_that_cannot_be_resolved_do_not_matter() -> None:
    """A name that is imported for type checkers only drops nothing."""

    def factory(x: "Unknown" = Depends(number)) -> "Unknown":  # type: ignore[name-defined]  # noqa: F821
        return x

    async def hinted(x: "Missing", y: "Unknown" = Depends(factory)) -> "Nowhere":  # type: ignore[name-defined]  # noqa: F821
        return (x, y)

    assert await call(hinted, 2) == (2, 1)


def test_a_plan_tells_what_a_host_needs() -> None:
    """Function, signature, its own dependencies, and whether there are any."""

    def factory(inner: int = Depends(number)) -> int:
        return inner

    default = Depends(factory)

    def function(a: int, b: int = default) -> None: ...

    planned = plan(function)
    assert planned.function is function
    assert planned.signature == inspect.signature(function)
    assert dict(planned.dependencies) == {"b": default}
    assert not planned.is_empty
    assert plan(number).is_empty
    assert repr(planned) == "<Plan of function() with 1 dependencies>"
    with pytest.raises(TypeError):
        planned.dependencies["c"] = 1  # type: ignore[index]


@runtime_checkable
class Hook(Protocol):
    """What a host looks for."""

    def hook(self) -> None:
        """Be there."""


class Quiet(Dependency[None]):
    """Has no hook."""

    async def __aenter__(self) -> None: ...


class Hooked(Quiet):
    """Has one."""

    def hook(self) -> None:
        """Be there."""


def test_declared_instances_are_found_by_kind() -> None:
    """Those of factories and of bindings too, in order of entering, by class or by protocol."""
    nested, bound, own, quiet = Hooked(), Hooked(), Hooked(), Quiet()

    def factory(x: Any, y: Any = Depends(nested)) -> None: ...

    def function(a: Any = Depends(factory, x=bound), b: Any = Depends(own), c: Any = Depends(quiet)) -> None: ...

    planned = plan(function)
    assert planned.declared(Hook) == (bound, nested, own)
    assert planned.declared(Quiet) == (bound, nested, own, quiet)
    assert planned.declared(Hook) == (bound, nested, own)
    assert planned.declared(dict) == ()


def looping() -> tuple[Any, Any, Any]:
    """Factories a -> b -> a, which only later assignment can bring about."""

    def a(x: Any = None) -> None: ...

    def b(x: Any = Depends(a)) -> None: ...

    a.__defaults__ = (Depends(b),)

    def function(top: Any = Depends(a)) -> None: ...

    return function, a, b


def test_a_circle_is_found_with_its_path() -> None:
    """Instead of a `RecursionError`."""
    with pytest.raises(CircularDependencyError, match="a -> b -> a") as caught:
        plan(looping()[0])
    assert caught.value.circle == ("a", "b", "a")
    assert caught.value.path == ("function.top", "a.x", "b.x")
    assert isinstance(caught.value, ValueError)


def test_a_factorys_parameter_without_value_is_found() -> None:
    """The path says whose parameter it is."""

    def inner(size: int) -> int:
        return size

    def outer(x: int = Depends(inner)) -> int:  # type: ignore[call-arg]
        return x

    def function(y: int = Depends(outer)) -> None: ...

    with pytest.raises(UnboundParameterError, match=r"function\.y -> outer\.x -> inner\.size has no value") as caught:
        plan(function)
    assert caught.value.path == ("function.y", "outer.x", "inner.size")
    assert isinstance(caught.value, TypeError)


def test_what_cannot_be_called_has_no_plan() -> None:
    """A value is refused by name."""
    with pytest.raises(InvalidDependencyError, match="not for 5"):
        plan(5)  # type: ignore[arg-type]
