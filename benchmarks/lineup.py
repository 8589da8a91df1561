"""Who takes part, and the command line that runs each of them."""

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

PEER_VERSION = "0.27.0"
"""The released pydocket that is measured against."""

_PROGRAMS = Path(__file__).parent / "contenders"
_SLOTS_PER_SHARE = 10
_CONNECTIONS_PER_SLOT = 4


@dataclass(frozen=True)
class Contender:
    """One row of the table."""

    name: str
    label: str
    program: str
    released: bool = False
    """Whether it runs with the released pydocket, in an environment of its own, instead of this workspace."""

    polling_ms: int | None = None
    slow: bool = False
    """Whether it would take minutes, and so drains fewer tasks."""

    def command(self, url: str, tasks: int, concurrency: int) -> list[str]:
        """The command line of one drain."""
        if self.released:
            # It takes a connection per command from a pool of 100, which refuses the 101st: at concurrency 100 it would
            # spend its time reconnecting.
            url = f"{url}?max_connections={_CONNECTIONS_PER_SLOT * max(100, concurrency)}"
        order = ["--url", url, "--tasks", str(tasks), "--concurrency", str(concurrency)]
        if self.polling_ms is not None:
            order += ["--polling-ms", str(self.polling_ms)]
        python = str(_peer_python()) if self.released else sys.executable
        return [python, str(_PROGRAMS / self.program), *order]

    def prepare(self) -> None:
        """Install what it needs, once; needs the network the first time, and only for a released pydocket."""
        if not self.released:
            return
        environment = _peer_python().parents[1]
        if not _peer_python().exists():
            subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, environment], check=True)
        # The very client that docket uses, and the fast parser, which is optional there: the client's speed is not
        # what is compared.
        client = [f"{package}=={version(package)}" for package in ("redis", "hiredis")]
        needed = [f"pydocket=={PEER_VERSION}", *client]
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", environment, *needed], check=True)

    def share(self, tasks: int, slow_tasks: int, concurrency: int) -> int:
        """How many of the tasks it drains; one that sleeps in between drains in proportion to its slots."""
        return min(tasks, slow_tasks * concurrency // _SLOTS_PER_SHARE) if self.slow else tasks


def _peer_python() -> Path:
    """The interpreter of the released pydocket's environment: it is called `docket` as well, so it needs its own."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}"
    return cache / "docket-benchmarks" / f"pydocket-{PEER_VERSION}-{python}" / "bin" / "python"


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender("docket", "docket, this workspace", "docket_drain.py"),
        Contender(
            "pydocket", f"pydocket {PEER_VERSION}, default settings", "docket_drain.py", released=True, slow=True
        ),
        Contender(
            "pydocket-1ms", f"pydocket {PEER_VERSION}, 1 ms polling", "docket_drain.py", released=True, polling_ms=1
        ),
        Contender("floor", "the floor: a loop written by hand", "floor_drain.py"),
    )
}
