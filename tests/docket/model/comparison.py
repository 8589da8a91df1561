"""Whether what can be seen of a docket is what its model says."""

import asyncio
from collections.abc import Sequence

from docket import Docket, Execution, ExecutionState
from docket.errors import ExecutionCancelled, ResultUnavailable, TaskFailed
from docket.model.record import to_ms
from tests.docket.leftovers import leftovers, loose_ends
from tests.docket.model.guarantees import TERMINAL, Guarantees, Held


async def compare_executions(docket: Docket, model: Guarantees) -> None:
    """Look at the record of each key."""
    one, two = await asyncio.gather(docket.get_execution("one"), docket.get_execution("two"))
    for key, execution in (("one", one), ("two", two)):
        held = model.held.get(key)
        assert (execution is None) == (held is None)
        if execution is not None and held is not None:
            _compare_execution(execution, held)


async def compare_everything(docket: Docket, model: Guarantees, handles: Sequence[Execution[int]], crew: int) -> None:
    """Look at every handle that a caller ever got, at the lists, and at what is left on the server."""
    call, prefix = docket.storage._wire.call, docket.storage._keys.prefix
    snapshot, dead, left, ends, *_ = await asyncio.gather(
        docket.snapshot(),
        docket.dead.list(),
        leftovers(call, prefix),
        loose_ends(call, prefix),
        *[_compare_handle(handle, model.held[handle.key]) for handle in handles],
    )
    assert not left
    assert not ends
    assert {execution.key for execution in snapshot.running} == model.in_state("running")
    assert {execution.key for execution in snapshot.future} == model.in_state("scheduled", "queued")
    assert snapshot.total_tasks == len(model.in_state("scheduled", "queued", "running"))
    assert len(snapshot.workers) == crew
    assert {execution.key for execution in dead} == model.in_state("dead")


def _compare_execution(execution: Execution[int], held: Held) -> None:
    assert execution.state.value == held.state
    assert execution.args == (held.call.number,)
    assert to_ms(execution.when) == held.call.due
    assert (execution.generation, execution.attempt) == (held.call.generation, held.attempt)
    assert execution.redelivered == (held.deliveries > 1)
    assert (execution.completed_at is not None) == (held.state in TERMINAL)


async def _compare_handle(handle: Execution[int], held: Held) -> None:
    try:
        await handle.sync()
    except ResultUnavailable:
        assert held.call.generation > handle.generation
        return
    if held.call.generation == handle.generation:
        _compare_execution(handle, held)
    else:
        # A successor that is still to come, or will not.
        assert held.call.generation < handle.generation
        assert handle.state.value == ("cancelled" if held.state in TERMINAL else "scheduled")
    if handle.state.is_terminal:
        await _compare_result(handle)


async def _compare_result(handle: Execution[int]) -> None:
    match handle.state:
        case ExecutionState.COMPLETED:
            assert await handle.result() == handle.args[0]
        case ExecutionState.CANCELLED:
            assert isinstance(await _failure(handle), ExecutionCancelled)
        case _:
            assert isinstance(await _failure(handle), TaskFailed)


async def _failure(handle: Execution[int]) -> Exception | None:
    try:
        await handle.result()
    except (ExecutionCancelled, TaskFailed) as error:
        return error
    return None
