"""Worker processes that a test starts, signals and kills, and the tasks that they run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TASKS = """
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def say(*words):
    with open(HERE / "diary", "a") as diary:
        diary.write(" ".join(map(str, words)) + "\\n")


async def hold():
    say("begin", os.getpid())
    while not (HERE / f"go-{os.getpid()}").exists():
        await asyncio.sleep(0.01)
    say("end", os.getpid())
    return os.getpid()


async def endure():
    say("begin", os.getpid())
    while not (HERE / f"go-{os.getpid()}").exists():
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            say("endured", os.getpid())


async def brief(number):
    await asyncio.sleep(0.02)
    say("brief", number)


async def linger(number):
    await asyncio.sleep(0.3)
    say("lingered", number)


async def leave():
    say("begin", os.getpid())
    os._exit(3)


async def kill():
    say("begin", os.getpid())
    os.kill(os.getpid(), signal.SIGKILL)


async def exit_in_child():
    say("begin", os.getpid())

    async def child():
        sys.exit(3)

    await asyncio.gather(child())


async def cancel_all():
    say("begin", os.getpid())
    this = asyncio.current_task()
    for task in asyncio.all_tasks():
        if task is not this:
            task.cancel()
    await asyncio.Event().wait()


async def block():
    say("begin", os.getpid())
    while not (HERE / f"go-{os.getpid()}").exists():
        time.sleep(0.01)
    say("end", os.getpid())


tasks = [hold, endure, brief, linger, leave, kill, exit_in_child, cancel_all, block]
"""

FRAIL = """
import asyncio
import sys
from datetime import timedelta

from acceptance_tasks import tasks
from docket import Docket, Worker


async def main(name, url):
    moment, minute = timedelta(milliseconds=50), timedelta(minutes=1)
    async with Docket(name, url, heartbeat_interval=moment, missed_heartbeats=4) as docket:
        for task in tasks:
            docket.register(task)
        await Worker(docket, minimum_check_interval=minute, scheduling_resolution=minute).run_forever()


asyncio.run(main(*sys.argv[1:]))
"""
"""A worker that is soon taken for dead, and that waits for work for a minute at a time."""


class WorkerProcess:
    """A worker in a process of its own."""

    def __init__(self, directory: Path, command: list[str]) -> None:
        self.log = directory / f"worker-{len(list(directory.glob('worker-*')))}.log"
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(directory), *sys.path]), "PYTHONUNBUFFERED": "1"}
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, env=environment, cwd=directory, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def told(self) -> str:
        """What it has logged."""
        return self.log.read_text()

    @property
    def exit_code(self) -> int | None:
        """How it has ended; None while it runs."""
        return self._process.poll()

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it as a crash would, also while it is stopped, and wait for its end."""
        self._process.kill()
        self._process.wait(timeout=10)


class Crew:
    """Worker processes on one docket, and what they tell."""

    def __init__(self, directory: Path, docket: str, url: str) -> None:
        self.directory = directory
        self.docket = docket
        self.url = url
        self.workers: list[WorkerProcess] = []
        (directory / "acceptance_tasks.py").write_text(TASKS)
        (directory / "frail.py").write_text(FRAIL)

    def start(self, *options: str) -> WorkerProcess:
        """Start a worker by the command line."""
        # fmt: off
        return self._start([
            sys.executable, "-W", "error", "-m", "docket", "worker",
            "--docket", self.docket, "--url", self.url, "--tasks", "acceptance_tasks:tasks",
            "--reconnection-delay", "50ms", *options,
        ])
        # fmt: on

    def start_frail(self) -> WorkerProcess:
        """Start a worker that is soon taken for dead."""
        return self._start([sys.executable, "-W", "error", "frail.py", self.docket, self.url])

    def diary(self, word: str) -> list[int]:
        """The numbers that tasks have noted after a word."""
        diary = self.directory / "diary"
        lines = diary.read_text().splitlines() if diary.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(f"{word} ")]

    def let_go(self, pid: int) -> None:
        """Let the task that a process holds end."""
        (self.directory / f"go-{pid}").touch()

    def _start(self, command: list[str]) -> WorkerProcess:
        self.workers.append(WorkerProcess(self.directory, command))
        return self.workers[-1]


@contextmanager
def crew_of(directory: Path, docket: str, url: str) -> Iterator[Crew]:
    """A crew, of which nobody is left at the end."""
    crew = Crew(directory, docket, url)
    try:
        yield crew
    finally:
        for worker in crew.workers:
            worker.kill()
