"""What must happen when a function with dependencies is called: an account that is slow, and obvious.

A graph is data: `expected` says from it what will be observed, and knows nothing of how `paramdeps` works.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

type Event = tuple[str, str, Any]
"""What happened ("enter", "exit" or "body"), to whom, and what it was given: values, or the label of an error."""

SYNC = ("function", "class", "generator", "manager", "returned manager")
ASYNC = ("async function", "returned awaitable", "async generator", "async manager", "returned async manager")
GENERATORS = ("generator", "async generator", "manager", "async manager")
RESOURCES = (*GENERATORS, "returned manager", "returned async manager", "dependency")
KINDS = (*SYNC, *ASYNC, "dependency")


@dataclass(frozen=True)
class Edge:
    """A use of a node: which one, what is bound to its parameter `extra`, and whether it is declared with `Shared`."""

    node: int
    binding: int | None = None
    shared: bool = False


@dataclass(frozen=True)
class Node:
    """A factory, or a `Dependency`.

    Attributes:
        kind: one of `KINDS`.
        needs: what it depends on; nodes before it.
        wants_argument: whether it asks for the argument `x` of the call.
        enter: "" goes well, "error" and "cancel" fail, "empty" yields nothing.
        exit: "" goes well, "error" and "cancel" fail, "suppress" suppresses, "again" yields a second time,
            "raise" raises what it is told, as a context manager should not but may.
    """

    kind: str
    needs: tuple[Edge, ...] = ()
    wants_argument: bool = False
    enter: str = ""
    exit: str = ""


@dataclass(frozen=True)
class Graph:
    """A function with dependencies, and how it is called.

    Attributes:
        nodes: what there is; the name of each is "n" and its index.
        wanted: what the function depends on; the names of its parameters are "p" and an index.
        given: which of its parameters the caller passes.
        argument: the argument `x` that the caller passes; None leaves it to its default, 0.
        body: "" goes well, "error" and "cancel" fail.
    """

    nodes: tuple[Node, ...]
    wanted: tuple[Edge, ...]
    given: frozenset[int] = frozenset()
    argument: int | None = None
    body: str = ""


@dataclass
class Outcome:
    """What can be observed of a call: what happened in which order, the result, and the error with its notes."""

    events: list[Event] = field(default_factory=list)
    result: Any = None
    error: str | None = None
    notes: list[str] = field(default_factory=list)


type Entered = tuple[str, Node, str]
"""What has been entered: its name, its node, and the path to it."""


def expected(graph: Graph) -> Outcome:
    """What a call comes to."""
    outcome = Outcome()
    entered: list[Entered] = []
    if (failed := _enter(graph, outcome, entered)) is not None:
        original = (outcome.error, outcome.notes) = (failed.enter_label, [f"while resolving {failed.path}"])
        leave_all(outcome, entered)
        if outcome.error is None:
            outcome.error, outcome.notes = although_suppressed(*original)
        return outcome
    outcome.events.append(("body", "task", _given_to_body(graph)))
    if graph.body:
        outcome.error = f"body {graph.body}"
    leave_all(outcome, entered)
    if outcome.error is None and not graph.body:
        outcome.result = "result"
    return outcome


def although_suppressed(error: str, notes: list[str]) -> tuple[str, list[str]]:
    """What is raised when an error of entering is suppressed: there is nothing to call the function with."""
    return ("EntryCancelledError", []) if error.endswith("enter cancel") else (error, notes)


@dataclass(frozen=True)
class _Use:
    """A node that is to be entered, with what is bound to it."""

    edge: Edge
    node: Node
    path: str

    @property
    def name(self) -> str:
        return f"n{self.edge.node}"

    @property
    def enter_label(self) -> str:
        return "YieldError" if self.node.enter == "empty" else f"{self.name} enter {self.node.enter}"


def value_of(graph: Graph, edge: Edge) -> tuple[str, int | None]:
    """The value that a use of a node has; a `Dependency` cannot be bound to anything."""
    bound = None if graph.nodes[edge.node].kind == "dependency" else edge.binding
    return (f"n{edge.node}", bound)


def _uses(graph: Graph) -> Iterator[_Use]:
    """What is entered, in order: each only once, after what it needs."""
    seen: set[object] = set()

    def visit(edge: Edge, path: str) -> Iterator[_Use]:
        if value_of(graph, edge) in seen:
            return
        seen.add(value_of(graph, edge))
        node = graph.nodes[edge.node]
        for index, need in enumerate(node.needs):
            yield from visit(need, f"{path} -> n{edge.node}.p{index}")
        yield _Use(edge, node, f"{path} -> n{edge.node}")

    for index, edge in enumerate(graph.wanted):
        if index not in graph.given:
            yield from visit(edge, f"task.p{index}")


def _enter(graph: Graph, outcome: Outcome, entered: list[Entered]) -> _Use | None:
    """Enter all that is to be entered; the one that fails, if one does."""
    for use in _uses(graph):
        values = [value_of(graph, need) for need in use.node.needs]
        argument = (graph.argument or 0) if use.node.wants_argument else None
        outcome.events.append(("enter", use.name, (values, value_of(graph, use.edge)[1], argument)))
        if use.node.enter:
            return use
        if use.node.kind in RESOURCES:
            entered.append((use.name, use.node, use.path))
    return None


def leave_all(outcome: Outcome, entered: list[Entered]) -> None:
    """Leave all that was entered, as nested `with` statements would."""
    for name, node, path in reversed(entered):
        outcome.events.append(("exit", name, outcome.error))
        if node.exit == "suppress":
            outcome.error, outcome.notes = None, []
        elif node.exit and node.exit != "raise":
            own = name.partition(" ")[0]
            label = "YieldError" if node.exit == "again" else f"{own} exit {node.exit}"
            outcome.error, outcome.notes = label, [f"while cleaning up {path}"]


def _given_to_body(graph: Graph) -> tuple[Any, ...]:
    dependencies = enumerate(graph.wanted)
    return (
        graph.argument or 0,
        *("given" if index in graph.given else value_of(graph, edge) for index, edge in dependencies),
    )
