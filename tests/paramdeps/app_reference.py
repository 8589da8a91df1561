"""What must happen in an application: an account that is slow, and obvious, like `reference`, which it builds on.

Shared values are entered by tasks of their own, so that only a part of the order is determined: `AppModel` says what
each call does itself, event by event, and checks of the tasks of the application what can be said of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.paramdeps.reference import (
    RESOURCES,
    Edge,
    Event,
    Graph,
    Node,
    Outcome,
    although_suppressed,
    leave_all,
    value_of,
)

type Identity = tuple[str, int | None]


type Call = tuple[tuple[Edge, ...], str]
"""What a function depends on, and how its body goes."""


@dataclass(frozen=True)
class Visit:
    """An application that is entered, used for some calls, and left.

    Attributes:
        graph: the factories; its `wanted` and `body` do not matter.
        rounds: the calls; those of one round are begun at the same time, and the next round when they are over.
        end: how the block ends: "" goes well, "error" fails.
        hasty: calls that are begun last, and not waited for.
        stay: how many turns of the event loop the block lasts after these have been begun.
        cancel: after how many turns from then on the block is cancelled, be it over or not; None for never.
    """

    graph: Graph
    rounds: tuple[tuple[Call, ...], ...]
    end: str = ""
    hasty: tuple[Call, ...] = ()
    stay: int = 0
    cancel: int | None = None


@dataclass
class AppModel:
    """The state of an application.

    Attributes:
        held: what has been built, and is kept, with the edge that leads to it.
    """

    graph: Graph
    held: dict[Identity, Edge] = field(default_factory=dict)

    def is_shared(self, edge: Edge) -> bool:
        """Whether a use declares a value of the application."""
        return edge.shared and self.graph.nodes[edge.node].kind != "dependency"

    def call(self, wanted: tuple[Edge, ...], body: str, tried: set[Identity]) -> Outcome:
        """What a call comes to, apart from the events of shared values; those that were entered are in `tried`."""
        outcome = Outcome()
        entered: list[tuple[str, Node, str]] = []
        for edge in self._steps(wanted):
            name, node = f"n{edge.node}", self.graph.nodes[edge.node]
            if self.is_shared(edge):
                outcome.error = self._build(edge, tried)
            else:
                values = [value_of(self.graph, need) for need in node.needs]
                outcome.events.append(("enter", name, (values, value_of(self.graph, edge)[1], None)))
                outcome.error = self._enter(edge)
            if outcome.error is not None:
                failed = outcome.error
                leave_all(outcome, entered)
                outcome.error = outcome.error or although_suppressed(failed, [])[0]
                return outcome
            if node.kind in RESOURCES and not self.is_shared(edge):
                entered.append((name, node, ""))
        outcome.events.append(("body", "task", (0, *(value_of(self.graph, edge) for edge in wanted))))
        if body:
            outcome.error = f"body {body}"
        leave_all(outcome, entered)
        if outcome.error is None and not body:
            outcome.result = "result"
        return outcome

    def leave(self, end: str, exits: list[Event]) -> Outcome:
        """What leaving comes to, in the order in which the values were left; checks that this order can be."""
        left = [name_and_binding for _, name_and_binding, _ in exits]
        assert sorted(left) == sorted(self.held_resources())
        self.check_order(left)
        nodes = {label(each): edge for each, edge in self.held.items()}
        outcome = Outcome(error="app error" if end else None)
        leave_all(outcome, [(name, self.graph.nodes[nodes[name].node], "") for name in reversed(left)])
        self.held.clear()
        return outcome

    def held_resources(self) -> list[str]:
        """What has been built and has to be left, by its label."""
        return [label(each) for each, edge in self.held.items() if self.graph.nodes[edge.node].kind in RESOURCES]

    def resources(self) -> list[tuple[str, Node]]:
        """All nodes that have to be left, by their names."""
        return [(f"n{index}", node) for index, node in enumerate(self.graph.nodes) if node.kind in RESOURCES]

    def check_order(self, left: list[str]) -> None:
        """Check that nothing has been left after what it needs."""
        for place, name in enumerate(left):
            node, _, binding = name.partition(" ")
            edge = Edge(int(node[1:]), None if binding == "None" else int(binding))
            above = {label(each) for each in self._all_needs(edge)}
            assert above.isdisjoint(left[:place]), f"{name} was left after what it needs"

    def _steps(self, wanted: tuple[Edge, ...]) -> Iterator[Edge]:
        """What a call enters, in order; of shared values, only those that it or its own dependencies ask for."""
        seen: set[object] = set()

        def visit(edge: Edge) -> Iterator[Edge]:
            key = (self.is_shared(edge), value_of(self.graph, edge))
            if key in seen:
                return
            seen.add(key)
            if not self.is_shared(edge):
                for need in self.graph.nodes[edge.node].needs:
                    yield from visit(need)
            yield edge

        for edge in wanted:
            yield from visit(edge)

    def _build(self, edge: Edge, tried: set[Identity]) -> str | None:
        """Have a shared value with all that it needs; the result is how that failed."""
        identity = value_of(self.graph, edge)
        if identity in self.held:
            return None
        # All are begun, even if one fails.
        failures = [self._build(need, tried) for need in self.graph.nodes[edge.node].needs]
        if failed := next(filter(None, failures), None):
            return failed
        tried.add(identity)
        failed = self._enter(edge)
        if failed is None:
            self.held[identity] = edge
        return failed

    def _enter(self, edge: Edge) -> str | None:
        enter = self.graph.nodes[edge.node].enter
        return "YieldError" if enter == "empty" else f"n{edge.node} enter {enter}" if enter else None

    def _all_needs(self, edge: Edge) -> Iterator[Identity]:
        for need in self.graph.nodes[edge.node].needs:
            yield value_of(self.graph, need)
            yield from self._all_needs(need)


def label(identity: Identity) -> str:
    """How events of the application call a value: values of one factory with other bindings are others."""
    return f"{identity[0]} {identity[1]}"
