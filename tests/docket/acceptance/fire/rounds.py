"""A round: a server and a crew, faults for some time, then rest, and then the verdict."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from docket import Docket
from tests.servers import ServerProcess, running_server

from . import nemesis, settling
from .checker import Violation, check, overlaps
from .crew import Member
from .evidence import Evidence
from .history import Event, Journal, read, told
from .observer import observe
from .part import DOCKET_NAME, HEARTBEAT, MISSED_HEARTBEATS
from .striker import strike

WORKERS = 3
CALLERS = 3
_SHOWN_EVENTS = 60
_SHOWN_OF_A_RULE = 2


@dataclass
class Verdict:
    """What came of a round."""

    seed: str
    seconds: float
    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)
    evidence: Evidence = field(default_factory=lambda: Evidence([]))
    directory: Path = Path()

    def report(self) -> str:
        """The violations, each with the history of its key, and how to have the same again."""
        since = self.evidence.history[0]["t"] if self.evidence.history else 0.0
        lines = [f"{len(self.violations)} violations; the histories are in {self.directory}"]
        shown: Counter[str] = Counter()
        for violation in self.violations:
            shown[violation.rule] += 1
            if shown[violation.rule] <= _SHOWN_OF_A_RULE:
                lines.append(f"\n{violation.rule}: {violation.what}")
                if violation.key is not None:
                    lines.append(told(self.evidence.of(violation.key)[-_SHOWN_EVENTS:], since))
        lines.append(f"\n{dict(shown)}")
        seed, _, number = self.seed.rpartition("/")
        lines.append(f"\nThe same choices again: {command(seed, self.seconds)} --round {number}")
        return "\n".join(lines)


def command(seed: str, round_seconds: float) -> str:
    """The command line of a seed's rounds."""
    return f"python -m tests.docket.acceptance.fire --seed {seed} --round-seconds {round_seconds:g}"


async def run_round(
    seed: str,
    seconds: float,
    directory: Path,
    *,
    binary: Path | None = None,
    sabotage: str = "",
    faults: Sequence[nemesis.Fault] | None = None,
) -> Verdict:
    """Run a round in an empty directory, perhaps with processes that are broken on purpose, or with chosen faults."""
    journal = Journal.of(directory, "nemesis")
    with running_server(directory, binary, appendonly=True, options=("--appendfsync", "always")) as server:
        members = [
            Member(kind, slot, seed, directory, server.port, journal, sabotage)
            for kind, count in (("worker", WORKERS), ("caller", CALLERS))
            for slot in range(count)
        ]
        if faults is None:
            faults = nemesis.plan(seed, seconds, _names(members, "worker"), _names(members, "caller"))
        async with (
            Docket(DOCKET_NAME, server.url, HEARTBEAT, MISSED_HEARTBEATS) as docket,
            _observed(server, docket, directory),
            _at_work(members),
        ):
            ended = asyncio.Event()
            async with asyncio.TaskGroup() as beside:
                beside.create_task(strike(docket, seed, journal, ended))
                await nemesis.Nemesis(members, server, journal).strike(faults, seconds)
                ended.set()
            left = await _rest(docket, members)
        # In threads, for other rounds may go on in this event loop.
        history = await asyncio.to_thread(read, directory)
    journal.close()
    evidence = await asyncio.to_thread(Evidence, history)
    violations = await asyncio.to_thread(check, evidence, left)
    figures = _figures(evidence, history, seconds)
    return Verdict(seed, seconds, figures, Counter(fault.kind for fault in faults), violations, evidence, directory)


def _names(members: Sequence[Member], kind: str) -> list[str]:
    return [member.name for member in members if member.kind == kind]


async def _rest(docket: Docket, members: list[Member]) -> settling.Remains:
    problems = []
    for kind in ("caller", "worker"):
        if kind == "worker":
            problems += await settling.settled(docket)
        left = await asyncio.gather(*[member.dismiss() for member in members if member.kind == kind])
        problems += [f"a {kind} does not leave when told to" for has_left in left if not has_left]
    problems += [problem for member in members for problem in member.strange_exits]
    return await settling.remains(docket, problems)


@asynccontextmanager
async def _at_work(members: list[Member]) -> AsyncIterator[None]:
    try:
        for member in members:
            await member.start()
        await asyncio.gather(*[member.ready() for member in members])
        yield
    finally:
        for member in members:
            await member.end()


@asynccontextmanager
async def _observed(server: ServerProcess, docket: Docket, directory: Path) -> AsyncIterator[None]:
    journal = Journal.of(directory, "observer")
    observer = asyncio.create_task(observe(server.url, docket.storage._keys, journal))
    try:
        yield
    finally:
        observer.cancel()
        await asyncio.wait([observer])
        journal.close()


def _figures(evidence: Evidence, history: list[Event], seconds: float) -> Counter[str]:
    figures: Counter[str] = Counter()
    for call in evidence.calls.values():
        figures[f"calls: {call.verb}"] += 1
        figures["calls, all"] += 1
        figures["answers lost"] += not call.answer and call.verb != "result"
    started = [run for run in evidence.runs.values() if run.started < float("inf")]
    figures["executions acknowledged"] = sum(call.acknowledged is not None for call in evidence.calls.values())
    figures["runs begun"] = len(started)
    figures["runs again after a lost lease"] = sum(run.deliveries > 1 for run in started)
    figures["overlaps, all after a lost lease"] = sum(1 for _ in overlaps(evidence))
    figures["outcomes fenced off"] = sum(
        event["answer"] == "lost" for run in evidence.runs.values() for event in run.settlements
    )
    figures["processes that died"] = sum(event["kind"] == "dead" for event in history)
    figures["announcements missed by the observer at"] = sum(event["kind"] == "listening" for event in history) - 1
    return figures
