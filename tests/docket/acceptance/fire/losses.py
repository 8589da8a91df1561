"""Whether anything was lost: everything that was acknowledged has an end, or somebody has taken it away."""

from collections.abc import Iterator, Mapping
from math import inf

from docket.model.states import ExecutionState

from .evidence import Call, Evidence
from .settling import Remains

_TERMINAL = {state.value for state in ExecutionState if state.is_terminal}
_CANCELLED = {"cancelled", "cancelling"}


def nothing_lost(evidence: Evidence, remains: Remains) -> Iterator[tuple[str | None, str]]:
    """What was acknowledged has ended, or was cancelled or replaced by somebody."""
    for key, calls in evidence.calls_by_key.items():
        ended = _ended_generations(evidence, remains, key)
        acknowledged = {call.acknowledged: call for call in calls if call.acknowledged is not None}
        for generation, call in acknowledged.items():
            if generation not in ended and not _was_taken_away(generation, call, acknowledged, calls):
                left = remains.records.get(key)
                yield key, f"generation {generation} ({call.call}) was acknowledged and has no end; left is {left}"


def _ended_generations(evidence: Evidence, remains: Remains, key: str) -> set[int]:
    ended = {generation for generation, state, _ in evidence.states[key] if state.is_terminal}
    if (left := remains.records.get(key)) is not None and left["state"] in _TERMINAL:
        ended.add(left["generation"])
    for call in evidence.calls_by_key[key]:
        if call.verb == "result" and call.answer and call.generation is not None:
            ended.add(call.generation)
    for run in evidence.runs_by_key.get(key, ()):
        if any(event["answer"] != "lost" and event["outcome"] in _TERMINAL for event in run.settlements):
            ended.add(run.generation)
    return ended


def _was_taken_away(generation: int, call: Call, acknowledged: Mapping[int, Call], calls: list[Call]) -> bool:
    later = min((number for number in acknowledged if number > generation), default=None)
    if later is not None and acknowledged[later].verb == "replace":
        return True
    before = inf if later is None else acknowledged[later].answered
    takers = [other for other in calls if call.invoked < other.answered and other.invoked < before]
    return any(
        (other.verb == "cancel" and (not other.answer or other.answer["did"] in _CANCELLED))
        or (other.verb == "replace" and not other.answer)
        for other in takers
    )
