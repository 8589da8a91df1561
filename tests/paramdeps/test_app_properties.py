"""Whatever is shared, and wherever it fails or is cancelled: an application does what `app_reference` expects."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdeps import App, Dependency, Shared, _codegen
from tests.paramdeps.app_reference import AppModel, Visit, label
from tests.paramdeps.reference import Edge, Event, Graph, Outcome
from tests.paramdeps.test_properties import CODE, LOOP, PROFILE, Failure, Stage, error_label, nodes


class AppStage(Stage):
    """The functions of a graph, some of whose values are an application's."""

    def __init__(self, graph: Graph) -> None:
        self.shared: list[Event] = []
        self._bindings: dict[asyncio.Task[Any] | None, object] = {}
        super().__init__(graph)

    def default(self, edge: Edge) -> Any:
        """`Shared` rather than `Depends`, where the edge says so."""
        factory = self.factories[edge.node]
        if not edge.shared or isinstance(factory, Dependency):
            return super().default(edge)
        return Shared(factory) if edge.binding is None else Shared(factory, extra=edge.binding)

    def begin(self, wanted: tuple[Edge, ...], body: str) -> None:
        """Be ready for another call."""
        self.wanted, self.body = wanted, body
        self.events.clear()

    def note(self, what: str, name: str, value: Any) -> None:
        """Write it down with those of the call, or of the application, by whose task it is."""
        task = asyncio.current_task()
        if task is None or not task.get_name().startswith("paramdeps: "):
            return super().note(what, name, value)
        if what == "enter":
            self._bindings[task] = value[1]
        self.shared.append((what, label((name, self._bindings[task])), value))  # type: ignore[arg-type]
        return None


async def settled() -> None:
    """Let the tasks of the application come to rest."""
    for _ in range(60):
        await asyncio.sleep(0)


async def outcome_of(running: Any) -> Outcome:
    """What comes of something that is run in a task of its own."""
    outcome = Outcome()
    try:
        outcome.result = await asyncio.create_task(running)
    except (Failure, RuntimeError, asyncio.CancelledError) as error:
        outcome.error = error_label(error)
    return outcome


async def check_visit(visit: Visit) -> None:
    """Run it, and compare each step of it with the model."""
    model, stage = AppModel(visit.graph), AppStage(visit.graph)

    async def use() -> None:
        async with App() as app:
            for wanted, body in visit.calls:
                stage.begin(wanted, body)
                before = len(stage.shared)
                observed = await outcome_of(app.call(stage.task()))
                await settled()
                tried: set[Any] = set()
                expected = model.call(wanted, body, tried)
                assert stage.events == expected.events
                assert (observed.result, observed.error) == (expected.result, expected.error)
                entered = [name for what, name, _ in stage.shared[before:] if what == "enter"]
                assert set(entered) == {label(each) for each in tried}
                held = [label(each) for each in model.held]
                assert all(entered.count(name) <= 1 for name in held), "a value that went well is built once"
                assert not [what for what, *_ in stage.shared if what == "exit"], "nothing is left before the end"
            stage.shared.clear()
            if visit.end:
                raise Failure("app error")

    observed = await outcome_of(use())
    expected = model.leave(visit.end, stage.shared)
    assert stage.shared == expected.events
    assert observed.error == expected.error


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """An application whose factories ask for no arguments, as shared ones cannot."""
    made = [draw(nodes(before, shared=True)) for before in range(draw(st.sampled_from([5, 4, 3, 2, 1])))]
    edges = st.builds(
        Edge, st.integers(0, len(made) - 1), st.sampled_from([None, None, 1]), st.sampled_from([True, True, False])
    )
    wanted = st.lists(edges, min_size=1, max_size=3).map(tuple)
    calls = draw(st.lists(st.tuples(wanted, st.sampled_from(["", "", "error", "cancel"])), min_size=1, max_size=3))
    return Visit(Graph(tuple(made), ()), tuple(calls), draw(st.sampled_from(["", "", "error"])))


def test_an_application_does_what_the_reference_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Built once and left in reverse, with the same values and errors, whatever fails; by the loop and by code."""
    with asyncio.Runner() as runner:

        @settings(PROFILE, max_examples=200)
        @given(visits())
        def check(visit: Visit) -> None:
            for calls_before in (LOOP, CODE):
                monkeypatch.setattr(_codegen, "CALLS_BEFORE", calls_before)
                runner.run(check_visit(visit))

        check()
