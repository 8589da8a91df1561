"""The history of a round, sorted by what it is about: calls, runs, and the states that were announced."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from typing import Any

from docket.model.states import ExecutionState

from .history import Event

_KINDS = {"invoke", "answer", "claimed", "renewed", "settled", "start", "end", "cleaned", "listening", "state"}


@dataclass
class Call:
    """A call that somebody made: an add, a replace, a cancel, or the question for a result."""

    call: str
    verb: str
    key: str
    invoked: float
    answered: float = inf
    """When it was answered; never, if the answer was lost, and then nobody knows whether and when it took place."""

    answer: dict[str, Any] = field(default_factory=dict)
    generation: int | None = None
    """What a question for a result is about."""

    task: str = ""

    @property
    def acknowledged(self) -> int | None:
        """The generation that was scheduled by this call, if somebody was told so."""
        return self.answer.get("generation") if self.answer.get("disposition") == "scheduled" else None


@dataclass
class Run:
    """What one worker did with one claim."""

    key: str
    claim: str
    who: str = ""
    generation: int = 0
    attempt: int = 0
    deliveries: int = 0
    asked: float = inf
    """When the worker asked for it, and when it was told: the claim was made in between."""

    taken: float = inf
    call: str = ""
    task: str = ""
    started: float = inf
    ended: float = inf
    how: str = ""
    cleaned: float = inf
    """When the last of it was over, its clean-up included, or its process had died."""

    held_until: float = -inf
    """The lease was certainly not over before that time."""

    renewals: list[Event] = field(default_factory=list)
    settlements: list[Event] = field(default_factory=list)

    @property
    def rank(self) -> tuple[int, int, int]:
        """Of two runs of a key, the one of the higher rank was claimed later."""
        return self.generation, self.attempt, self.deliveries


class Evidence:
    """What a history says."""

    def __init__(self, history: Sequence[Event]) -> None:
        """The evidence of a history, which is in order."""
        self.history = history
        self.calls: dict[str, Call] = {}
        self.runs: dict[tuple[str, str], Run] = {}
        self.states: dict[str, list[tuple[int, ExecutionState, int]]] = defaultdict(list)
        """By key, what was announced: generation, state, and how often listening had begun by then."""
        self._listened = 0
        died: dict[str, float] = {}
        for event in history:
            if event["kind"] in _KINDS:
                getattr(self, f"_{event['kind']}")(event)
            elif event["kind"] == "dead":
                died[event["process"]] = event["t"]
        for run in self.runs.values():
            run.cleaned = min(run.cleaned, died.get(run.who, inf))

    @cached_property
    def calls_by_key(self) -> dict[str, list[Call]]:
        """The calls about each key, in order."""
        return _by_key(self.calls.values())

    @cached_property
    def runs_by_key(self) -> dict[str, list[Run]]:
        """The runs of each key that anybody was told to do, in the order of their claims."""
        sorted_runs = _by_key(run for run in self.runs.values() if run.taken < inf)
        return {key: sorted(runs, key=lambda run: run.rank) for key, runs in sorted_runs.items()}

    def of(self, key: str) -> list[Event]:
        """All that a history says of a key."""
        calls = {call.call for call in self.calls_by_key.get(key, ())}
        return [event for event in self.history if event.get("key") == key or event.get("call") in calls]

    # One method for each kind of event, named for it -----------------------------------------------------------------

    def _invoke(self, event: Event) -> None:
        self.calls[event["call"]] = Call(
            event["call"],
            event["verb"],
            event["key"],
            event["t"],
            generation=event.get("generation"),
            task=event.get("task", ""),
        )

    def _answer(self, event: Event) -> None:
        self.calls[event["call"]].answered = event["t"]
        self.calls[event["call"]].answer = event

    def _claimed(self, event: Event) -> None:
        run = self._run(event)
        run.who, run.asked, run.taken = event["who"], event["asked"], event["t"]
        run.generation, run.attempt, run.deliveries = event["generation"], event["attempt"], event["deliveries"]
        run.held_until = max(run.held_until, event["asked"] + event["lease"])

    def _renewed(self, event: Event) -> None:
        run = self._run(event)
        run.renewals.append(event)
        if event["answer"] != "lost":
            run.held_until = max(run.held_until, event["asked"] + event["lease"])

    def _settled(self, event: Event) -> None:
        self._run(event).settlements.append(event)

    def _start(self, event: Event) -> None:
        run = self._run(event)
        run.started, run.call, run.task = event["t"], event["call"], event.get("task", "")

    def _end(self, event: Event) -> None:
        run = self._run(event)
        run.ended, run.how = event["t"], event["how"]

    def _cleaned(self, event: Event) -> None:
        self._run(event).cleaned = event["t"]

    def _listening(self, event: Event) -> None:
        self._listened += 1

    def _state(self, event: Event) -> None:
        state = ExecutionState(event["state"])
        self.states[event["key"]].append((event["generation"], state, self._listened))

    def _run(self, event: Event) -> Run:
        return self.runs.setdefault((event["key"], event["claim"]), Run(event["key"], event["claim"]))


def _by_key[T: (Call, Run)](things: Iterable[T]) -> dict[str, list[T]]:
    sorted_things: dict[str, list[T]] = defaultdict(list)
    for thing in things:
        sorted_things[thing.key].append(thing)
    return sorted_things
