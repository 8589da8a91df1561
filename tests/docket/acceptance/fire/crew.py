"""The processes of a round: each behind a proxy of its own, and started anew whenever it has ended."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from random import Random

from tests.repository import ROOT
from tests.waiting import eventually

from .history import Journal
from .part import Part
from .proxy import Proxy

_PACKAGE = __package__ or ""
_RESTART_SECONDS = 0.1
_MOST_SKEW_SECONDS = 3600.0
_PATIENCE_SECONDS = 60.0
_ORDERLY = {0, -signal.SIGKILL, -signal.SIGTERM}


class Member:
    """A worker or a caller, from one of its processes to the next."""

    def __init__(
        self, kind: str, slot: int, seed: str, directory: Path, port: int, nemesis: Journal, sabotage: str
    ) -> None:
        """A member of a kind, `worker` or `caller`; `nemesis` is where to write down what becomes of it."""
        self.kind = kind
        self.name = f"{kind}-{slot}"
        self.proxy = Proxy(port)
        self.strange_exits: list[str] = []
        self._slot = slot
        self._seed = f"{seed}/{self.name}"
        self._directory = directory
        self._nemesis = nemesis
        self._sabotage = sabotage
        self._choices = Random(f"{self._seed}/skew")
        self._started = 0
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._on_duty = True

    async def start(self) -> None:
        """Have it run from now on."""
        await self.proxy.start()
        await self._start()
        self._keeper = asyncio.create_task(self._keep(), name=f"keeper of {self.name}")

    async def ready(self) -> None:
        """Wait until its first process has something to say, which takes some time on a busy machine."""
        journal = self._directory / f"{self.name}.1.jsonl"
        what = f"{self.name} has started, see {self._log}"
        await eventually(lambda: journal.exists() and journal.stat().st_size, what, _PATIENCE_SECONDS)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to its process, if there is one at the moment."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def dismiss(self) -> bool:
        """Have it leave for good, in an orderly way; says whether it did so in time."""
        self._on_duty = False
        self.send(signal.SIGTERM)
        assert self._keeper is not None
        _, late = await asyncio.wait([self._keeper], timeout=_PATIENCE_SECONDS)
        return not late

    async def end(self) -> None:
        """Make sure that nothing is left of it."""
        self._on_duty = False
        self.send(signal.SIGKILL)
        if self._keeper is not None:
            await self._keeper
            await self.proxy.close()

    async def _keep(self) -> None:
        while True:
            assert self._process is not None
            code = await self._process.wait()
            who = f"{self.name}.{self._started}"
            self._nemesis.note("dead", process=who, code=code)
            if code not in _ORDERLY:
                self.strange_exits.append(f"{who} has ended with {code}, see {self._log}")
            if not self._on_duty:
                return
            await asyncio.sleep(_RESTART_SECONDS)
            if not self._on_duty:
                return
            await self._start()

    async def _start(self) -> None:
        self._started += 1
        part = Part(
            who=f"{self.name}.{self._started}",
            slot=self._slot,
            seed=f"{self._seed}/{self._started}",
            url=f"redis://127.0.0.1:{self.proxy.port}/0",
            skew_seconds=round(self._choices.uniform(-_MOST_SKEW_SECONDS, _MOST_SKEW_SECONDS), 3),
            directory=str(self._directory),
            sabotage=self._sabotage,
        )
        module = f"{_PACKAGE}.{self.kind}_process"
        command = ["-W", "error", "-m", f"{_PACKAGE}.skewed", str(part.skew_seconds), module, part.to_argument()]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                cwd=ROOT,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def _log(self) -> Path:
        return self._directory / f"{self.name}.log"
