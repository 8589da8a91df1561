"""Decides whether the guarantees held, from a history and from what is left in the server alone.

Each rule is a function that yields what violates it. All of them must be sound on the slowest machine: they compare
only stamps of which it is known which came first.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any

from docket.model.states import ExecutionState

from .evidence import Evidence, Run
from .losses import nothing_lost
from .settling import Remains

_ROUNDING_SECONDS = 0.05
"""Leases are counted in whole milliseconds, and by another clock than the histories."""

_TERMINAL = {state.value for state in ExecutionState if state.is_terminal}
_ACCEPTED = {"held", "cancelled", "recorded"}


@dataclass(frozen=True)
class Violation:
    """A guarantee that did not hold."""

    rule: str
    what: str
    key: str | None = None
    """The key whose history shows it."""


type Finding = tuple[str | None, str]
type Rule = Callable[[Evidence, Remains], Iterator[Finding]]


def check(evidence: Evidence, remains: Remains) -> list[Violation]:
    """All violations of all rules."""
    return [Violation(name, what, key) for name, rule in RULES.items() for key, what in rule(evidence, remains)]


# G2, G3 --------------------------------------------------------------------------------------------------------------


def overlaps(evidence: Evidence) -> Iterator[tuple[Run, Run]]:
    """Runs of a key of which the second began before the first was over."""
    for runs in evidence.runs_by_key.values():
        live: list[Run] = []
        for run in sorted((run for run in runs if run.started < inf), key=lambda run: run.started):
            live = [other for other in live if other.cleaned > run.started]
            for other in live:
                yield (other, run) if other.rank <= run.rank else (run, other)
            live.append(run)


def one_copy_at_a_time(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Two copies of a key overlap only if the earlier one's lease had run out before the later one was claimed."""
    for loser, winner in overlaps(evidence):
        if loser.rank == winner.rank:
            yield loser.key, f"{loser.claim} and {winner.claim} are the same delivery, and overlap"
        elif winner.taken < loser.held_until - _ROUNDING_SECONDS:
            held = loser.held_until - winner.taken
            yield loser.key, f"{winner.claim} was claimed {held:.3f} s before the lease of {loser.claim} could run out"


def fenced(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Once a key was claimed anew, no older claim is renewed, and nothing that it reports is recorded."""
    for key, runs in evidence.runs_by_key.items():
        newest = inf
        for run in reversed(runs):
            for event in (*run.renewals, *run.settlements):
                if event["answer"] in _ACCEPTED and event["asked"] > newest:
                    yield key, f"{event['kind']} {run.claim} at {event['t']:.3f}, when the key had been claimed anew"
            newest = min(newest, run.taken)


def losers_do_not_count(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """The result of an execution is that of the last delivery of its last attempt."""
    for key, generation, claim, _ in _results(evidence, remains):
        runs = [run for run in evidence.runs_by_key.get(key, ()) if run.generation == generation]
        if not runs:
            yield key, f"generation {generation} has the result {claim!r}, and no worker has claimed it"
        elif runs[-1].claim != claim:
            yield key, f"generation {generation} has the result {claim!r}, and {runs[-1].claim} was claimed later"


def one_call_each(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Each scheduling has a generation of its own, and a call whose answer was lost is carried out once."""
    for key, calls in evidence.calls_by_key.items():
        by_generation: dict[int, set[str]] = defaultdict(set)
        by_call: dict[str, set[int]] = defaultdict(set)
        for call in calls:
            if call.acknowledged is not None:
                by_generation[call.acknowledged].add(call.call)
                by_call[call.call].add(call.acknowledged)
        for run in evidence.runs_by_key.get(key, ()):
            if run.call:
                by_generation[run.generation].add(run.call)
                by_call[run.call].add(run.generation)
        for generation, names in by_generation.items():
            if len(names) > 1:
                yield key, f"generation {generation} is that of several calls: {sorted(names)}"
        for name, generations in by_call.items():
            if len(generations) > 1:
                yield key, f"the call {name} was carried out as the generations {sorted(generations)}"


# G4, G5 --------------------------------------------------------------------------------------------------------------


def finished_means_finished(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Nobody sees a result before the run has cleaned up, and no run has one that has failed, also in its clean-up."""
    for key, _, claim, seen in _results(evidence, remains):
        run = evidence.runs.get((key, claim))
        if run is None or run.how != "returned":
            yield key, f"{claim!r} is a result, and that run has {run.how if run else 'never been'}"
        elif seen < run.cleaned:
            yield key, f"the result of {claim} was there at {seen:.3f}, before its clean-up was over"
    for run in evidence.runs.values():
        for event in run.settlements:
            if event["asked"] < run.cleaned and run.started < inf:
                yield run.key, f"{run.claim} was reported as {event['outcome']} before its clean-up was over"


# G6 ------------------------------------------------------------------------------------------------------------------


def cancel_sticks(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """What was scheduled before somebody cancelled it is not claimed after the cancellation was confirmed."""
    for key, calls in evidence.calls_by_key.items():
        for cancel in (call for call in calls if call.verb == "cancel" and call.answer):
            known = [call.acknowledged for call in calls if call.acknowledged and call.answered < cancel.invoked]
            newest = max(known, default=0)
            for run in evidence.runs_by_key.get(key, ()):
                if run.generation <= newest and run.asked > cancel.answered:
                    yield key, f"{run.claim} was claimed after {cancel.call} had been answered {cancel.answer['did']}"


def ended_keys_are_free(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """An add is not told that its key is live by an execution of which somebody knew that it had ended."""
    for key, calls in evidence.calls_by_key.items():
        ends = [(call.answered, call.generation) for call in calls if call.verb == "result" and call.answer]
        for call in calls:
            if call.answer.get("disposition") == "already_scheduled":
                for ended, generation in ends:
                    if ended < call.invoked and generation == call.answer["generation"]:
                        yield key, f"{call.call} was refused for generation {generation}, which had ended before"


# Strikes -------------------------------------------------------------------------------------------------------------


def strikes_hold(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Between the answer to a strike and the call that takes it back, the task is neither added nor begun."""
    changes = [call for call in evidence.calls.values() if call.verb in {"strike", "restore"}]
    for call, after in pairwise([*changes, None]):
        if call is None or call.verb != "strike" or not call.answer:
            continue
        until = inf if after is None else after.invoked
        for run in evidence.runs.values():
            if run.task == call.task and call.answered < run.asked and run.taken < until and run.started < inf:
                yield run.key, f"{run.claim} was begun between {call.answered:.3f} and {until:.3f}, when it was struck"
        for other in evidence.calls.values():
            is_scheduled = other.task == call.task and other.acknowledged is not None
            if is_scheduled and call.answered < other.invoked and other.answered < until:
                yield other.key, f"{other.call} was scheduled when {call.task} was struck"


# The table of transitions, and the keyspace --------------------------------------------------------------------------


def states_follow_the_table(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """Announced states follow one another as the table of transitions allows, and generations in order."""
    for key, states in evidence.states.items():
        for (generation, state, heard), (following, to, heard_later) in pairwise(states):
            gap = heard != heard_later
            if following < generation:
                yield key, f"generation {following} was announced {to} after generation {generation}"
            elif following == generation:
                if not (_reachable(state, to) if gap else state.may_become(to)):
                    yield key, f"generation {generation} went from {state} to {to}"
            elif not gap and state is ExecutionState.RUNNING:
                yield key, f"generation {following} began while generation {generation} was running"
            elif not gap and to not in {ExecutionState.SCHEDULED, ExecutionState.QUEUED}:
                yield key, f"generation {following} began as {to}"


def nothing_left_behind(evidence: Evidence, remains: Remains) -> Iterator[Finding]:
    """In the end everything has ended, and every key has an owner."""
    for what in remains.untidy:
        yield None, what
    for key, left in remains.records.items():
        if left["state"] not in _TERMINAL:
            yield key, f"{key!r} is still {left['state']}"


def _reachable(state: ExecutionState, to: ExecutionState) -> bool:
    reached, frontier = {state}, [state]
    while frontier:
        current = frontier.pop()
        new = [other for other in ExecutionState if current.may_become(other) and other not in reached]
        reached.update(new)
        frontier += new
    return to in reached


def _results(evidence: Evidence, remains: Remains) -> Iterator[tuple[str, int, Any, float]]:
    for key, left in remains.records.items():
        if left["state"] == ExecutionState.COMPLETED:
            yield key, left["generation"], left.get("result"), inf
    for call in evidence.calls.values():
        if call.verb == "result" and call.answer.get("state") == "completed" and call.generation is not None:
            yield call.key, call.generation, call.answer.get("result"), call.answered


RULES: dict[str, Rule] = {
    "nothing is lost": nothing_lost,
    "one copy at a time": one_copy_at_a_time,
    "fenced": fenced,
    "losers do not count": losers_do_not_count,
    "each call once": one_call_each,
    "finished means finished": finished_means_finished,
    "cancel sticks": cancel_sticks,
    "ended keys are free": ended_keys_are_free,
    "strikes hold": strikes_hold,
    "states follow the table": states_follow_the_table,
    "nothing is left behind": nothing_left_behind,
}
