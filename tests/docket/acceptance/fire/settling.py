"""What happens after the faults: the docket comes to rest, its workers leave, and one sees what is left."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from docket import Docket
from docket.errors import PayloadError, ServerTrouble
from docket.model import payload
from docket.model.record import Record
from docket.model.states import ExecutionState
from docket.storage.keys import GROUP, decode
from tests.docket.leftovers import docket_keys, leftovers, loose_ends

PATIENCE_SECONDS = 150.0
"""How long to wait for the next step: a busy machine must not look like a broken one, and what was given back again and
again, always by workers that do not know the task, rests for a minute."""

LONGEST_SECONDS = 300.0
"""How long to wait in all."""

_LOOK_EVERY_SECONDS = 0.1


@dataclass
class Remains:
    """What is left in the server when everything has come to rest."""

    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By key: `generation`, `state`, and the `result` of what is completed."""

    untidy: list[str] = field(default_factory=list)
    """What should not be there, in words."""


async def settled(docket: Docket) -> list[str]:
    """Wait until nothing is to be done and only living workers are known; says what is left when that takes long."""
    problems = []
    if not await _comes_to_none(docket, _unfinished):
        snapshot = await docket.snapshot()
        left = [f"{execution.key!r} is {execution.state.value}" for execution in (*snapshot.running, *snapshot.future)]
        problems.append(f"{snapshot.total_tasks} do not get finished: {', '.join(left[:10])}")
    now_ms = await docket.storage.now_ms()
    # One that has just died is taken for a living one until it has missed its heartbeats.
    if not await _comes_to_none(docket, lambda docket: _silent_since(docket, now_ms)):
        problems.append(f"dead workers are still known: {await _consumers(docket)}, {await _last_beats(docket)}")
    return problems


async def remains(docket: Docket, problems: list[str]) -> Remains:
    """See what is left, after the workers have left as well."""
    call, prefix, runs = docket.storage._wire.call, docket.storage._keys.prefix, docket.storage._keys.runs
    left = Remains(untidy=list(problems))
    left.untidy += [f"the key {key!r} has no owner and no TTL" for key in await leftovers(call, prefix)]
    left.untidy += await loose_ends(call, prefix)
    left.untidy += [f"the consumer {name} was left behind" for name in await _consumers(docket)]
    left.untidy += [f"the worker {name} is still on the roster" for name in await _last_beats(docket)]
    names = [key.removeprefix(runs) for key in await docket_keys(call, prefix) if key.startswith(runs)]
    for name in names:
        record = await docket.storage.executions.load(decode(name))
        if record is not None:
            left.records[record.key] = _told(record)
    return left


def _told(record: Record) -> dict[str, Any]:
    told: dict[str, Any] = {"generation": record.generation, "state": record.state.value, "error": record.error}
    if record.state is ExecutionState.COMPLETED:
        try:
            told["result"] = payload.loads_result(record.result)
        except PayloadError as error:
            told["result"] = str(error)
    return told


async def _comes_to_none(docket: Docket, left: Callable[[Docket], Awaitable[int]]) -> bool:
    begun = moved = time.monotonic()
    least = -1
    while time.monotonic() < min(begun + LONGEST_SECONDS, moved + PATIENCE_SECONDS):
        with suppress(ServerTrouble):  # the server may still be reading its data
            if not (now_left := await left(docket)):
                return True
            if least < 0 or now_left < least:
                least, moved = now_left, time.monotonic()
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return False


async def _unfinished(docket: Docket) -> int:
    return (await docket.snapshot()).total_tasks


async def _silent_since(docket: Docket, when_ms: int) -> int:
    beats = await _last_beats(docket)
    return sum(beats.get(name, 0) <= when_ms for name in {*beats, *await _consumers(docket)})


async def _consumers(docket: Docket) -> list[str]:
    if not await docket.storage._wire.call("EXISTS", docket.storage._keys.ready):
        return []
    found = await docket.storage._wire.call("XINFO", "CONSUMERS", docket.storage._keys.ready, GROUP)
    return [decode(fields[1]) for fields in found]


async def _last_beats(docket: Docket) -> dict[str, int]:
    found = await docket.storage._wire.call("ZRANGE", docket.storage._keys.workers, 0, -1, "WITHSCORES")
    return {decode(name): int(beat) for name, beat in zip(found[::2], found[1::2], strict=True)}
