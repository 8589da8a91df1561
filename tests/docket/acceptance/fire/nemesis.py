"""The nemesis: all that goes wrong in a round, planned from a seed and then done."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from random import Random
from typing import NamedTuple

import redis.asyncio
from redis.exceptions import RedisError

from tests.servers import ServerProcess

from .crew import Member
from .history import Journal, now


class Fault(NamedTuple):
    """Something that goes wrong."""

    at_seconds: float
    """When, from the beginning of the round."""

    kind: str
    target: str
    """A member of the crew, `all` of them, or the `server`."""

    seconds: float
    """How long it lasts, where it does."""


_WEIGHTS = {
    "worker killed": 5,
    "worker frozen": 5,
    "worker restarted": 3,
    "worker hurried out": 2,
    "caller frozen": 1,
    "connections cut": 3,
    "connections reset": 3,
    "network slow": 2,
    "network holds up": 4,
    "answers lost": 6,
    "server restarted": 1,
    "server killed": 2,
    "server down": 1,
    "server frozen": 1,
    "scripts flushed": 1,
    "clients thrown out": 1,
}
_LONGEST_SECONDS = 3.5
_EVERY_SECONDS = 1.2
_FROM_SECONDS = 1.5
_ALL = 0.25


def plan(seed: str, seconds: float, workers: Sequence[str], callers: Sequence[str]) -> list[Fault]:
    """The faults of a round of so many seconds: the same for the same seed."""
    choices, faults, at = Random(f"{seed}/nemesis"), [], _FROM_SECONDS
    while at < seconds:
        kind = choices.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        everybody, worker, caller = choices.random() < _ALL, choices.choice(workers), choices.choice(callers)
        anybody = "all" if everybody else choices.choice([*workers, *callers])
        lasting = choices.uniform(0.05, 1) if choices.random() < 0.5 else choices.uniform(1, _LONGEST_SECONDS)
        subject = kind.split()[0]
        target = {"worker": worker, "caller": caller, "server": "server", "scripts": "server", "clients": "server"}
        faults.append(Fault(round(at, 3), kind, target.get(subject, anybody), round(lasting, 3)))
        at += choices.expovariate(1 / _EVERY_SECONDS)
    return faults


class Nemesis:
    """Does what is planned, and writes it down."""

    def __init__(self, crew: Sequence[Member], server: ServerProcess, journal: Journal) -> None:
        """The nemesis of a crew and its server."""
        self._crew = {member.name: member for member in crew}
        self._server = server
        self._server_lock = asyncio.Lock()
        self._journal = journal

    async def strike(self, faults: Sequence[Fault], seconds: float) -> None:
        """Do all that is planned, in so many seconds, and put everything right again."""
        begun = now()
        async with asyncio.TaskGroup() as under_way:
            for fault in faults:
                await asyncio.sleep(max(0.0, begun + fault.at_seconds - now()))
                under_way.create_task(self._do(fault))
            await asyncio.sleep(max(0.0, begun + seconds - now()))
        for member in self._crew.values():
            member.proxy.heal()
            member.send(signal.SIGCONT)
        self._journal.note("healed")

    async def _do(self, fault: Fault) -> None:
        self._journal.note("fault", fault=fault.kind, target=fault.target, seconds=fault.seconds)
        if fault.target == "server":
            async with self._server_lock:
                await _SERVER_FAULTS[fault.kind](self._server, fault.seconds)
        else:
            members = list(self._crew.values()) if fault.target == "all" else [self._crew[fault.target]]
            await asyncio.gather(*[_MEMBER_FAULTS[fault.kind](member, fault.seconds) for member in members])
        self._journal.note("over", fault=fault.kind, target=fault.target)


async def _kill(member: Member, _seconds: float) -> None:
    member.send(signal.SIGKILL)


async def _freeze(member: Member, seconds: float) -> None:
    member.send(signal.SIGSTOP)
    await asyncio.sleep(seconds)
    member.send(signal.SIGCONT)


async def _restart(member: Member, _seconds: float) -> None:
    member.send(signal.SIGTERM)


async def _hurry(member: Member, _seconds: float) -> None:
    member.send(signal.SIGTERM)
    await asyncio.sleep(0.2)
    member.send(signal.SIGTERM)


async def _cut(member: Member, _seconds: float) -> None:
    member.proxy.cut()


async def _reset(member: Member, _seconds: float) -> None:
    member.proxy.cut(reset=True)


async def _slow(member: Member, seconds: float) -> None:
    member.proxy.delay(seconds / 10)
    await asyncio.sleep(2 * seconds)
    member.proxy.heal()


async def _hold(member: Member, seconds: float) -> None:
    member.proxy.hold()
    # Beyond the time for which an answer is awaited: what is held arrives after its sender has tried again.
    await asyncio.sleep(seconds if seconds < 1 else 2 * seconds)
    member.proxy.heal()


async def _mute(member: Member, seconds: float) -> None:
    member.proxy.mute()
    await asyncio.sleep(seconds / 2)
    member.proxy.heal()


async def _stop_and_start(server: ServerProcess, _seconds: float) -> None:
    await asyncio.to_thread(server.restart)


async def _kill_and_start(server: ServerProcess, _seconds: float) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def _down(server: ServerProcess, seconds: float) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(server.start)


async def _freeze_server(server: ServerProcess, seconds: float) -> None:
    os.kill(server.pid, signal.SIGSTOP)
    await asyncio.sleep(seconds)
    os.kill(server.pid, signal.SIGCONT)


async def _flush_scripts(server: ServerProcess, _seconds: float) -> None:
    await _told(server, "SCRIPT", "FLUSH")


async def _throw_out(server: ServerProcess, _seconds: float) -> None:
    await _told(server, "CLIENT", "KILL", "TYPE", "normal")


async def _told(server: ServerProcess, *command: str) -> None:
    async with redis.asyncio.from_url(server.url) as client:
        with suppress(RedisError, OSError):
            await client.execute_command(*command)


_MEMBER_FAULTS: dict[str, Callable[[Member, float], Awaitable[None]]] = {
    "worker killed": _kill,
    "worker frozen": _freeze,
    "worker restarted": _restart,
    "worker hurried out": _hurry,
    "caller frozen": _freeze,
    "connections cut": _cut,
    "connections reset": _reset,
    "network slow": _slow,
    "network holds up": _hold,
    "answers lost": _mute,
}
_SERVER_FAULTS: dict[str, Callable[[ServerProcess, float], Awaitable[None]]] = {
    "server restarted": _stop_and_start,
    "server killed": _kill_and_start,
    "server down": _down,
    "server frozen": _freeze_server,
    "scripts flushed": _flush_scripts,
    "clients thrown out": _throw_out,
}
