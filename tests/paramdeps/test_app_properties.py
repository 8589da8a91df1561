"""Whatever is shared, and wherever it fails or is cancelled: an application does what `app_reference` expects."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdeps import App, Dependency, Shared, _codegen
from tests.paramdeps.app_reference import AppModel, Call, Visit, label
from tests.paramdeps.reference import Edge, Event, Graph, Outcome
from tests.paramdeps.test_properties import CODE, LOOP, PROFILE, Failure, Stage, act, error_label, nodes

BUILDERS = "paramdeps: "
"""How the names of the tasks begin that hold shared values."""


@dataclass
class CallLog:
    """One call: how it goes, and what happens in it."""

    body: str
    events: list[Event] = field(default_factory=list)


type Observed = tuple[Outcome, list[Event]]
"""What came of a call, and what happened in it."""

_call: ContextVar[CallLog] = ContextVar("call")


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

    def begin(self, app: App, calls: tuple[Call, ...]) -> list[asyncio.Task[Observed]]:
        """Begin calls, each in a task of its own."""
        tasks = []
        for number, (wanted, body) in enumerate(calls):
            self.wanted = wanted
            function = self.task()
            function.__name__ = f"task{number}"
            tasks.append(asyncio.create_task(self._run(app, function, body)))
        return tasks

    async def _run(self, app: App, function: Any, body: str) -> Observed:
        log = CallLog(body)
        _call.set(log)
        return await outcome_of(app.call(function)), log.events

    async def _body(self, *values: Any) -> str:
        self.note("body", "task", values)
        await act(_call.get().body, "body")
        return "result"

    def note(self, what: str, name: str, value: Any) -> None:
        """Write it down with those of the call, or of the application, by whose task it is."""
        task = asyncio.current_task()
        if task is None or not task.get_name().startswith(BUILDERS):
            _call.get().events.append((what, name, value))
            return
        if what == "enter":
            self._bindings[task] = value[1]
        self.shared.append((what, label((name, self._bindings[task])), value))  # type: ignore[arg-type]


async def settled() -> None:
    """Let the tasks of the application come to rest."""
    for _ in range(60):
        await asyncio.sleep(0)


async def outcome_of(running: Awaitable[Any]) -> Outcome:
    """What comes of something that is run in the current task."""
    outcome = Outcome()
    try:
        outcome.result = await running
    except (Failure, RuntimeError, asyncio.CancelledError) as error:
        outcome.error = error_label(error)
        outcome.notes = getattr(error, "__notes__", [])
    return outcome


async def check_visit(visit: Visit) -> None:
    """Run it, and compare each step of it with the model."""
    before = asyncio.all_tasks()
    model, stage = AppModel(visit.graph), AppStage(visit.graph)
    rounds: list[tuple[list[Observed], list[Event]]] = []
    hasty: list[asyncio.Task[Observed]] = []
    begun = asyncio.Event()

    async def use() -> None:
        async with App() as app:
            for calls in visit.rounds:
                observed = await asyncio.gather(*stage.begin(app, calls))
                await settled()
                rounds.append((observed, stage.shared.copy()))
                stage.shared.clear()
            hasty.extend(stage.begin(app, visit.hasty))
            begun.set()
            for _ in range(visit.stay):
                await asyncio.sleep(0)
            if visit.end:
                raise Failure("app error")

    async def block() -> tuple[Outcome, list[str]]:
        outcome = await outcome_of(use())
        return outcome, [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(BUILDERS)]

    running = asyncio.create_task(block())
    await asyncio.wait_for(begun.wait(), 20)
    if visit.cancel is not None:
        for _ in range(visit.cancel):
            await asyncio.sleep(0)
        running.cancel()
    outcome, builders = await asyncio.wait_for(running, 20)
    assert not builders, "nothing goes on when the block is over"
    for calls, (observed, shared) in zip(visit.rounds, rounds, strict=True):
        check_round(model, calls, observed, shared)
    if visit.hasty:
        check_haste(model, visit.hasty, await asyncio.wait_for(asyncio.gather(*hasty), 20), stage.shared)
    else:
        expected = model.leave(visit.end, stage.shared)
        assert stage.shared == expected.events
        assert outcome.error == expected.error
    assert asyncio.all_tasks() == before


def check_round(model: AppModel, calls: tuple[Call, ...], observed: list[Observed], shared: list[Event]) -> None:
    """Compare calls that ran at the same time with the model, in which they run one after the other."""
    tried: set[Any] = set()
    for number, ((wanted, body), (outcome, events)) in enumerate(zip(calls, observed, strict=True)):
        expected = model.call(wanted, body, tried)
        assert events == expected.events
        assert (outcome.result, outcome.error) == (expected.result, expected.error)
        assert all(f" task{number}." in note for note in outcome.notes), "nobody sees another's path"
    entered = [name for what, name, _ in shared if what == "enter"]
    assert set(entered) == {label(each) for each in tried}
    held = [label(each) for each in model.held]
    assert all(entered.count(name) <= 1 for name in held), "a value that went well is built once"
    assert not [what for what, *_ in shared if what == "exit"], "nothing is left before the end"


def check_haste(model: AppModel, calls: tuple[Call, ...], observed: list[Observed], shared: list[Event]) -> None:
    """Check what is certain of calls during which the application was left, and maybe cancelled."""
    entered = Counter(name for what, name, _ in shared if what == "enter")
    left = [name for what, name, _ in shared if what == "exit"]
    model.check_order(left)
    assert all(left.count(name) == 1 for name in model.held_resources()), "what was there is left once"
    assert all(left.count(name) <= 1 for name in entered), "a value that went well is built once"
    for (wanted, body), (outcome, events) in zip(calls, observed, strict=True):
        expected = model.call(wanted, body, set())
        if "body" in {what for what, *_ in events}:
            assert events == expected.events
            assert (outcome.result, outcome.error) == (expected.result, expected.error)
        else:
            assert outcome.error is not None, "whoever does not get its values is told"
        for name, node in model.resources():
            happened = [what for what, each, _ in events if each == name]
            assert happened.count("enter") == happened.count("exit") or node.enter, f"{name} is left if it is entered"


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    """An application whose factories ask for no arguments, as shared ones cannot."""
    made = [draw(nodes(before, shared=True)) for before in range(draw(st.sampled_from([5, 4, 3, 2, 1])))]
    edges = st.builds(
        Edge, st.integers(0, len(made) - 1), st.sampled_from([None, None, 1]), st.sampled_from([True, True, False])
    )
    wanted = st.lists(edges, min_size=1, max_size=3).map(tuple)
    calls = st.lists(st.tuples(wanted, st.sampled_from(["", "", "error", "cancel"])), min_size=1, max_size=3).map(tuple)
    visit = Visit(
        Graph(tuple(made), ()),
        tuple(draw(st.lists(calls, max_size=2))),
        draw(st.sampled_from(["", "", "error"])),
    )
    if draw(st.booleans()):
        return visit
    stay = draw(st.integers(0, 12))
    # Before the block is over, or while it is being left.
    cancel = st.integers(0, stay) | st.integers(stay + 1, stay + 6)
    return replace(visit, hasty=draw(calls), stay=stay, cancel=draw(st.none() | cancel))


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
