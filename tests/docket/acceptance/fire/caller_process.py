"""A caller of the harness: `python -m tests.docket.acceptance.fire.caller_process PART`.

It schedules, replaces, cancels and awaits until it gets SIGTERM. What it does next is decided by its seed alone, never
by an answer; an answer decides only what the history says.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from docket import Docket, Execution
from docket.errors import ExecutionCancelled, ResultTimeout, ResultUnavailable, ServerTrouble

from . import tasks
from .part import DOCKET_NAME, HEARTBEAT, MISSED_HEARTBEATS, Part
from .sabotage import sabotage

_FLOWS = 4
_LONGEST_PAUSE_SECONDS = 0.25
_RESULT_TIMEOUT = timedelta(seconds=20)
_SHARED_KEYS = [
    *(f"shared-{number}" for number in range(20)),
    "a:b:c",
    "{brace}",
    "line\nbreak",
    "nul\0",
    "\udce9",
    "*?[",
]
_ORDINARY: list[tuple[int, Callable[[Random], tuple[Any, ...]]]] = [
    (6, lambda _: (tasks.quick,)),
    (6, lambda choices: (tasks.nap, choices.uniform(0.01, 0.4))),
    (1, lambda choices: (tasks.nap, choices.uniform(2, 4))),
    (1, lambda choices: (tasks.stubborn, choices.uniform(0.05, 1))),
    (4, lambda _: (tasks.struck,)),
    (2, lambda choices: (tasks.flaky, choices.randint(0, 3))),
    (1, lambda _: (tasks.messy,)),
    (1, lambda _: (tasks.KNOWN_TO_SOME,)),
]
_STEPS = {"own": 40, "shared": 20, "chain": 4, "replace": 10, "cancel": 10, "result": 13, "poison": 3}
_POISON = {**dict.fromkeys([*tasks.POISON, tasks.Bomb], 4), tasks.kills: 1, tasks.deadly: 0.5, tasks.blocks: 2}
_RECENT = 40


class Flow:
    """One thing after the other, of which a caller does several at a time."""

    def __init__(self, docket: Docket, part: Part, number: int) -> None:
        """A flow with choices of its own."""
        self._docket = docket
        self._part = part
        self._choices = Random(f"{part.seed}/{number}")
        self._name = f"{part.who}.{number}"
        self._made = 0
        self._keys: list[str] = []
        self._handles: dict[str, Execution] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Go on until told to stop, and then wait for what was begun."""
        while not stopping.is_set():
            await self._step()
            await asyncio.sleep(self._choices.uniform(0, _LONGEST_PAUSE_SECONDS))
        for waiting in self._waiting:
            waiting.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)

    async def _step(self) -> None:
        choices = self._choices
        kind = choices.choices(list(_STEPS), _STEPS.values())[0]
        when = None if choices.random() < 0.6 else self._part.true_time() + timedelta(seconds=choices.uniform(-1, 2))
        shared, recent, own = choices.choice(_SHARED_KEYS), choices.random(), choices.random() < 0.5
        _, draw = choices.choices(_ORDINARY, [weight for weight, _ in _ORDINARY])[0]
        task, poison, length = (
            draw(choices),
            choices.choices(list(_POISON), _POISON.values())[0],
            choices.randint(1, 6),
        )
        self._made += 1
        call = f"{self._name}.{self._made}"
        known = self._keys[-1 - int(recent * min(len(self._keys), _RECENT))] if self._keys else shared
        either = known if own else shared
        match kind:
            case "own":
                await self._add(call, self._own(call), when, *task)
            case "shared":
                await self._add(call, shared, when, *task)
            case "chain":
                await self._add(call, either if own else f"chain-{shared}", when, tasks.chain, length)
            case "replace":
                moment = when or self._part.true_time()
                await self._place("replace", call, either, self._docket.replace(task[0], moment, either), *task)
            case "cancel":
                await self._said(call, "cancel", either, self._docket.cancel(either), lambda what: {"did": what.value})
            case "poison" if poison is tasks.Bomb:
                await self._add(call, self._own(call), when, tasks.quick, tasks.Bomb())
            case "poison":
                await self._add(call, self._own(call), when, poison)
            case _:
                self._await_result(call, known)

    def _own(self, call: str) -> str:
        self._keys.append(f"own-{call}")
        return self._keys[-1]

    async def _add(self, call: str, key: str, when: datetime | None, task: Any, *more: Any) -> None:
        await self._place("add", call, key, self._docket.add(task, when, key), task, *more)

    async def _place(
        self, verb: str, call: str, key: str, place: Callable[..., Awaitable[Execution]], task: Any, *more: Any
    ) -> None:
        name = task if isinstance(task, str) else task.__name__

        def answered(execution: Execution) -> dict[str, Any]:
            self._handles[key] = execution
            return {"disposition": execution.disposition.value, "generation": execution.generation}

        await self._said(call, verb, key, place(call, *more), answered, task=name)

    async def _said[T](
        self, call: str, verb: str, key: str, doing: Awaitable[T], answered: Callable[[T], dict[str, Any]], **more: Any
    ) -> None:
        tasks.journal.note("invoke", call=call, verb=verb, key=key, **more)
        try:
            answer = await doing
        except ServerTrouble as error:
            tasks.journal.note("unknown", call=call, error=type(error).__name__)
        else:
            tasks.journal.note("answer", call=call, **answered(answer))

    def _await_result(self, call: str, key: str) -> None:
        if (handle := self._handles.get(key)) is not None:
            waiting = asyncio.create_task(self._result(call, handle))
            self._waiting.add(waiting)
            waiting.add_done_callback(self._waiting.discard)

    async def _result(self, call: str, handle: Execution) -> None:
        tasks.journal.note("invoke", call=call, verb="result", key=handle.key, generation=handle.generation)
        try:
            result = await handle.get_result(timeout=_RESULT_TIMEOUT)
        except (ServerTrouble, ResultTimeout, ResultUnavailable) as error:
            tasks.journal.note("unknown", call=call, error=type(error).__name__)
        except ExecutionCancelled:
            tasks.journal.note("answer", call=call, state="cancelled")
        except Exception as error:  # noqa: BLE001 - whatever the task has raised
            tasks.journal.note("answer", call=call, state="failed", error=type(error).__name__)
        else:
            tasks.journal.note("answer", call=call, state="completed", result=result)


async def main(part: Part) -> None:
    """Call until told to stop by a signal."""
    tasks.journal.open(Path(part.directory), part.who)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    while not stopping.is_set():
        try:
            async with Docket(DOCKET_NAME, part.url, HEARTBEAT, MISSED_HEARTBEATS) as docket:
                tasks.journal.note("calling", skew=part.skew_seconds)
                await asyncio.gather(*[Flow(docket, part, number).run(stopping) for number in range(_FLOWS)])
                return
        except ServerTrouble as error:
            tasks.journal.note("trouble", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(0.2)


if __name__ == "__main__":
    given = Part.from_argument()
    sabotage(given)
    asyncio.run(main(given))
