"""Whatever the dependencies are, and wherever they fail or are cancelled: what happens is what `reference` expects."""

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from inspect import Parameter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from paramdeps import Argument, Dependency, Depends, _codegen, call, plan
from tests.paramdeps.reference import ASYNC, GENERATORS, KINDS, RESOURCES, Edge, Event, Graph, Node, Outcome, expected

type Act = Callable[[str], None]


class Failure(Exception):
    """What fails, fails with it."""


class Stage:
    """The functions of a graph, which write down what happens to them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.wanted, self.body = graph.wanted, graph.body
        self.events: list[Event] = []
        self.factories: list[Any] = []
        for index, node in enumerate(graph.nodes):
            self.factories.append(self._built(f"n{index}", node))

    def default(self, edge: Edge) -> Any:
        """The default value that declares this use of a node."""
        factory = self.factories[edge.node]
        if isinstance(factory, Dependency) or edge.binding is None:
            return Depends(factory)
        return Depends(factory, extra=edge.binding)

    def task(self) -> Callable[..., Any]:
        """The function to be called; with real parameters, for generated code may ask for them."""

        async def none(x: int = 0) -> Any:
            return await self._body(x)

        async def one(x: int = 0, p0: Any = None) -> Any:
            return await self._body(x, p0)

        async def two(x: int = 0, p0: Any = None, p1: Any = None) -> Any:
            return await self._body(x, p0, p1)

        async def three(x: int = 0, p0: Any = None, p1: Any = None, p2: Any = None) -> Any:
            return await self._body(x, p0, p1, p2)

        function: Any = (none, one, two, three)[len(self.wanted)]
        function.__defaults__ = (0, *map(self.default, self.wanted))
        function.__name__ = "task"
        return function  # type: ignore[no-any-return]

    async def _body(self, *values: Any) -> str:
        self.note("body", "task", values)
        await act(self.body, "body")
        return "result"

    def _built(self, name: str, node: Node) -> Any:
        if node.kind == "dependency":
            return type(name, (_Scripted,), {})(self, node)
        factory = _FACTORIES[node.kind](self, name, node)
        parameters = [
            Parameter(f"p{index}", Parameter.POSITIONAL_OR_KEYWORD, default=self.default(edge))
            for index, edge in enumerate(node.needs)
        ]
        parameters.append(Parameter("extra", Parameter.KEYWORD_ONLY, default=None))
        if node.wants_argument:
            parameters.append(Parameter("x", Parameter.KEYWORD_ONLY, default=Argument()))
        factory.__signature__ = inspect.Signature(parameters)
        factory.__name__ = name
        return factory

    def enter(self, name: str, node: Node, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str, Any]:
        """Write down what `name` was called with, and make its value."""
        extra = kwargs.get("extra")
        values = [*args, *(kwargs[key] for key in sorted(kwargs) if key.startswith("p"))]
        self.note("enter", name, (values, extra, kwargs.get("x")))
        if node.enter == "error":
            raise Failure(f"{name} enter error")
        return (name, extra)

    def exit(self, name: str, error: BaseException | None) -> None:
        """Write down that `name` is left."""
        self.note("exit", name, None if error is None else error_label(error))

    def note(self, what: str, name: str, value: Any) -> None:
        """Write down an event."""
        self.events.append((what, name, value))


async def act(what: str, where: str) -> None:
    """Fail or be cancelled, if told so."""
    if what == "cancel":
        task = asyncio.current_task()
        assert task is not None
        task.cancel(f"{where} cancel")
    await asyncio.sleep(0)
    if what == "error":
        raise Failure(f"{where} error")


def error_label(error: BaseException) -> str:
    """How `reference` calls an error."""
    return str(error) if isinstance(error, Failure | asyncio.CancelledError) else type(error).__name__


class _Scripted(Dependency[tuple[str, None]]):
    """A dependency that does what its node says."""

    def __init__(self, stage: Stage, node: Node) -> None:
        self.stage, self.node = stage, node

    async def __aenter__(self) -> tuple[str, None]:
        name = type(self).__name__
        value = self.stage.enter(name, self.node, (), {})
        await act(self.node.enter, f"{name} enter")
        return value

    async def __aexit__(self, exc_type: object, exc: BaseException | None, tb: object) -> bool:
        name = type(self).__name__
        self.stage.exit(name, exc)
        await act(self.node.exit, f"{name} exit")
        if self.node.exit == "raise" and exc is not None:
            raise exc
        return self.node.exit == "suppress"


def _function(stage: Stage, name: str, node: Node) -> Any:
    def factory(*args: Any, **kwargs: Any) -> Any:
        return stage.enter(name, node, args, kwargs)

    return factory


def _class(stage: Stage, name: str, node: Node) -> Any:
    class Made(tuple[str, Any]):
        __slots__ = ()

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            return super().__new__(cls, stage.enter(name, node, args, kwargs))

    return Made


def _async_function(stage: Stage, name: str, node: Node) -> Any:
    async def factory(*args: Any, **kwargs: Any) -> Any:
        value = stage.enter(name, node, args, kwargs)
        await act(node.enter, f"{name} enter")
        return value

    return factory


def _generator(stage: Stage, name: str, node: Node) -> Any:
    def factory(*args: Any, **kwargs: Any) -> Iterator[Any]:
        value = stage.enter(name, node, args, kwargs)
        if node.enter == "empty":
            return
        try:
            yield value
        except BaseException as error:
            stage.exit(name, error)
            if not node.exit:
                raise
        else:
            stage.exit(name, None)
        if node.exit == "again":
            yield value
        if node.exit == "error":
            raise Failure(f"{name} exit error")

    return factory


def _async_generator(stage: Stage, name: str, node: Node) -> Any:
    async def factory(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        value = stage.enter(name, node, args, kwargs)
        await act(node.enter, f"{name} enter")
        if node.enter == "empty":
            return
        try:
            yield value
        except BaseException as error:
            stage.exit(name, error)
            if not node.exit:
                raise
        else:
            stage.exit(name, None)
        if node.exit == "again":
            yield value
        await act(node.exit, f"{name} exit")

    return factory


def _returning(factory: Any) -> Any:
    """A plain function that returns what `factory` makes, so that only a call tells what that is."""

    def returning(*args: Any, **kwargs: Any) -> Any:
        return factory(*args, **kwargs)

    return returning


_FACTORIES: dict[str, Callable[[Stage, str, Node], Any]] = {
    "function": _function,
    "class": _class,
    "async function": _async_function,
    "returned awaitable": lambda *node: _returning(_async_function(*node)),
    "generator": _generator,
    "async generator": _async_generator,
    "manager": lambda *node: contextmanager(_generator(*node)),
    "async manager": lambda *node: asynccontextmanager(_async_generator(*node)),
    "returned manager": lambda *node: _returning(contextmanager(_generator(*node))),
    "returned async manager": lambda *node: _returning(asynccontextmanager(_async_generator(*node))),
}


async def observed(graph: Graph, run: Callable[..., Any]) -> Outcome:
    """What happens when `run` calls the function of `graph`, in a task of its own."""
    stage = Stage(graph)
    outcome = Outcome(stage.events)
    arguments: dict[str, Any] = {f"p{index}": "given" for index in graph.given}
    if graph.argument is not None:
        arguments["x"] = graph.argument

    async def observe() -> None:
        try:
            outcome.result = await run(stage.task(), arguments)
        except (Failure, RuntimeError, asyncio.CancelledError) as error:
            outcome.error = error_label(error)
            outcome.notes = getattr(error, "__notes__", [])

    await asyncio.create_task(observe())
    return outcome


async def by_call(function: Any, arguments: dict[str, Any]) -> Any:
    return await call(function, **arguments)


async def by_call_by_position(function: Any, arguments: dict[str, Any]) -> Any:
    """As far as the first dependency that the caller does not pass."""
    keywords = {"x": 0, **arguments}
    positional = [keywords.pop("x")]
    while (name := f"p{len(positional) - 1}") in keywords:
        positional.append(keywords.pop(name))
    return await call(function, *positional, **keywords)


async def by_resolution(function: Any, arguments: dict[str, Any]) -> Any:
    resolution = plan(function).resolve((), arguments)
    async with resolution:
        return await function(*resolution.args, **resolution.kwargs)


def edges(before: int, shared: bool = False) -> st.SearchStrategy[Edge]:
    """Uses of the nodes before one, rather of the last ones than of the first; some of them with the same bindings."""
    distances = st.sampled_from([1, 1, 1, 2, 2, 3, 5])
    nodes = distances.map(lambda distance: max(0, before - distance))
    return st.builds(
        Edge, nodes, st.sampled_from([None, None, None, 1, 2]), st.booleans() if shared else st.just(False)
    )


@st.composite
def nodes(draw: st.DrawFn, before: int, shared: bool = False) -> Node:
    """A node that uses some of those before it, and goes well more often than not."""
    kind = draw(st.sampled_from(KINDS))
    waits = kind in ASYNC or kind == "dependency"
    fails = ["error", *(["cancel"] if waits else [])]
    enters = [*[""] * 16, *fails, *(["empty"] if kind in GENERATORS else [])]
    exits = [*[""] * 5, "suppress", *fails]
    if kind in GENERATORS:
        exits.append("again")
    if kind == "dependency":
        return Node(kind, enter=draw(st.sampled_from(enters)), exit=draw(st.sampled_from([*exits, "raise"])))
    return Node(
        kind=kind,
        needs=tuple(draw(st.lists(edges(before, shared), min_size=before > 1, max_size=3))) if before else (),
        wants_argument=not shared and draw(st.booleans()),
        enter=draw(st.sampled_from(enters)),
        exit=draw(st.sampled_from(exits)) if kind in RESOURCES else "",
    )


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """A function with dependencies, and a call of it."""
    made = [draw(nodes(before)) for before in range(draw(st.sampled_from([6, 7, 4, 2, 1])))]
    wanted = tuple(draw(st.lists(edges(len(made)), min_size=1, max_size=3)))
    return Graph(
        nodes=tuple(made),
        wanted=wanted,
        given=frozenset(draw(st.sampled_from([(), (), (), (0,), (len(wanted) - 1,)])) if len(wanted) > 1 else ()),
        argument=draw(st.sampled_from([None, 5])),
        body=draw(st.sampled_from(["", "", "error", "cancel"])),
    )


LOOP, CODE = sys.maxsize, 0
"""How many calls the loop serves before there is code."""

WAYS = (
    (by_call, LOOP),
    (by_call, CODE),
    (by_call_by_position, LOOP),
    (by_call_by_position, CODE),
    (by_resolution, LOOP),
)
"""All ways of running a call."""

PROFILE = settings(
    max_examples=500, derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
"""The same graphs in each run."""


LEFT_WELL_AFTER_SUPPRESSION = Graph(
    nodes=(Node("generator", exit="again"), Node("async generator", needs=(Edge(0),), exit="suppress")),
    wanted=(Edge(1),),
    body="error",
)
"""A generator that is left without an error, although there was one, and yields a second time."""


CANCELLATION_SUPPRESSED_ON_THE_WAY = Graph(
    nodes=(Node("async generator", exit="suppress"), Node("async function", needs=(Edge(0),), enter="cancel")),
    wanted=(Edge(1),),
)
"""An entry that is cut short by what was entered before."""


def test_a_call_does_what_the_reference_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same events in the same order with the same values, and the same result, error and notes; in every way."""
    with asyncio.Runner() as runner:

        @PROFILE
        @given(graphs())
        @example(LEFT_WELL_AFTER_SUPPRESSION)
        @example(CANCELLATION_SUPPRESSED_ON_THE_WAY)
        def check(graph: Graph) -> None:
            for run, calls_before in WAYS:
                monkeypatch.setattr(_codegen, "CALLS_BEFORE", calls_before)
                assert runner.run(observed(graph, run)) == expected(graph), (run, calls_before)

        check()
