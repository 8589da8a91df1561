"""`docket worker` and `docket version`, as programs."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

import docket
from docket import Docket
from docket.cli._durations import parse_duration
from tests.docket.conftest import opening
from tests.docket.harness import later, until
from tests.servers import ServerProcess, refusing_port

MODULE = """
import sys
from docket import Retry, TaskLogger

async def greet(name, logger=TaskLogger()):
    logger.info("greeting %s", name)
    print("Hello,", name, flush=True)

async def fail():
    raise RuntimeError("no good")

def blocking():
    pass

tasks = [greet, fail]
sync_tasks = [blocking]
"""

DOCKET = [str(Path(sys.executable).with_name("docket"))]
MODULE_DOCKET = [sys.executable, "-m", "docket"]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A directory with a user's module."""
    (tmp_path / "cli_tasks.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def name() -> str:
    """The name of a docket that nobody else uses."""
    return f"cli-{uuid4().hex}"


def environment(**variables: str) -> dict[str, str]:
    """The environment of a program, without settings of docket but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOCKET_")}
    # The tests' warnings are the program's errors too; colours and the width of the terminal are not at issue.
    return kept | {"PYTHONWARNINGS": "error", "NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"} | variables


async def run(home: Path, *arguments: str, program: list[str] | None = None, **variables: str) -> tuple[int, str, str]:
    """Run the command until it ends; returns its exit code, and what it has printed and told."""
    process = await asyncio.to_thread(
        subprocess.run,
        [*(program or DOCKET), *arguments],
        cwd=home,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return process.returncode, process.stdout, process.stderr


async def add(url: str, name: str, function: str, *arguments: str, key: str | None = None) -> None:
    """Schedule a task by its name."""
    async with Docket(name, url) as docket:
        await docket.add(function, key=key)(*arguments)


@pytest.mark.parametrize("program", [DOCKET, MODULE_DOCKET], ids=["docket", "python -m docket"])
async def test_the_version_is_printed(home: Path, program: list[str]) -> None:
    """`docket version` prints the version, and nothing else; `python -m docket` is the same command."""
    assert await run(home, "version", program=program) == (0, f"{docket.__version__}\n", "")


async def test_help_lists_the_commands(home: Path) -> None:
    """`docket --help`, and `docket` alone, tell what there is."""
    code, out, _ = await run(home, "--help")
    assert code == 0
    _, alone, told = await run(home)
    for text in (out, alone + told):
        assert {"version", "worker"} <= set(re.findall(r"\w+", text))


async def test_help_lists_the_options(home: Path) -> None:
    """`docket worker --help` tells each option and its environment variable."""
    code, out, _ = await run(home, "worker", "--help")
    assert code == 0
    for option in (
        "--tasks",
        "--docket",
        "--url",
        "--name",
        "--concurrency",
        "--redelivery-timeout",
        "--until-finished",
        "--shutdown-timeout",
        "--healthcheck-port",
        "--healthcheck-host",
    ):
        assert option in out
    for variable in ("DOCKET_NAME", "DOCKET_URL", "DOCKET_TASKS", "DOCKET_LOGGING_LEVEL"):
        assert variable in out


async def test_a_worker_runs_the_tasks_of_a_collection(home: Path, name: str, own_server: ServerProcess) -> None:
    """With `--until-finished` it does all there is, by a module in its working directory, and ends with 0."""
    await add(own_server.url, name, "greet", "Jane", key="the key")
    code, out, told = await run(
        home, "worker", "--docket", name, "--url", own_server.url, "--tasks", "cli_tasks:tasks", "--until-finished"
    )
    assert code == 0, told
    assert out == "Hello, Jane\n"
    assert "greeting Jane" in told


async def test_a_worker_is_set_up_by_the_environment(home: Path, name: str, own_server: ServerProcess) -> None:
    """Each option can be given by its variable; an option on the command line wins."""
    await add(own_server.url, name, "greet", "Joe")
    code, out, told = await run(
        home,
        "worker",
        "--name",
        "by option",
        DOCKET_NAME=name,
        DOCKET_URL=own_server.url,
        DOCKET_TASKS="cli_tasks:tasks",
        DOCKET_WORKER_NAME="by variable",
        DOCKET_WORKER_CONCURRENCY="3",
        DOCKET_WORKER_REDELIVERY_TIMEOUT="1m",
        DOCKET_WORKER_RECONNECTION_DELAY="100ms",
        DOCKET_WORKER_MINIMUM_CHECK_INTERVAL="0.5s",
        DOCKET_WORKER_SCHEDULING_RESOLUTION="1h",
        DOCKET_WORKER_SHUTDOWN_TIMEOUT="10s",
        DOCKET_WORKER_HEALTHCHECK_PORT="0",
        DOCKET_WORKER_HEALTHCHECK_HOST="127.0.0.1",
        DOCKET_WORKER_UNTIL_FINISHED="true",
        DOCKET_LOGGING_LEVEL="INFO",
        DOCKET_LOGGING_FORMAT="plain",
    )
    assert code == 0, told
    assert out == "Hello, Joe\n"
    assert f"worker by option on docket '{name}'" in told
    assert "3 at a time; tasks: greet, fail" in told


async def test_several_collections_are_given(home: Path, name: str, own_server: ServerProcess) -> None:
    """`--tasks` may be repeated."""
    (home / "more_tasks.py").write_text("async def more(): print('more', flush=True)\ntasks = (more,)\n")
    await add(own_server.url, name, "more")
    arguments = ["--tasks", "cli_tasks:tasks", "--tasks", "more_tasks:tasks"]
    code, out, told = await run(
        home, "worker", "--docket", name, "--url", own_server.url, *arguments, "--until-finished"
    )
    assert code == 0, told
    assert out == "more\n"


async def test_log_lines_are_plain(home: Path, name: str, own_server: ServerProcess) -> None:
    """Plainly, a line has its time, its level, its logger and its message; a failure has its traceback."""
    await add(own_server.url, name, "fail", key="bad")
    arguments = ["--tasks", "cli_tasks:tasks", "--until-finished", "--logging-format", "plain"]
    code, _, told = await run(home, "worker", "--docket", name, "--url", own_server.url, *arguments)
    assert code == 0
    line = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|ERROR) +docket\.\S+: .+$")
    told_lines = [text for text in told.splitlines() if line.match(text)]
    assert any("fail(){bad} failed: RuntimeError: no good" in text and " ERROR " in text for text in told_lines)
    assert "Traceback (most recent call last):" in told


async def test_log_lines_are_json(home: Path, name: str, own_server: ServerProcess) -> None:
    """As JSON, each line is an object, with the fields of a task's own records."""
    await add(own_server.url, name, "greet", "Jane", key="good")
    await add(own_server.url, name, "fail", key="bad\n\udcff")
    arguments = ["--tasks", "cli_tasks:tasks", "--until-finished", "--logging-format", "json", "--name", "w"]
    code, _, told = await run(home, "worker", "--docket", name, "--url", own_server.url, *arguments)
    assert code == 0, told
    lines = [json.loads(line) for line in told.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    (own,) = [line for line in lines if line["logger"] == "docket.task.greet"]
    assert own["message"] == "greeting Jane"
    fields = {field: own[field] for field in ("docket", "worker", "task", "key", "attempt")}
    assert fields == {"docket": name, "worker": "w", "task": "greet", "key": "good", "attempt": 1}
    assert any("RuntimeError: no good" in line.get("exception", "") for line in lines)


async def test_the_level_of_the_log_is_chosen(home: Path, name: str, own_server: ServerProcess) -> None:
    """At level `error` a worker without failures says nothing."""
    await add(own_server.url, name, "greet", "Jane")
    arguments = ["--tasks", "cli_tasks:tasks", "--until-finished", "--logging-level", "Error"]
    code, out, told = await run(home, "worker", "--docket", name, "--url", own_server.url, *arguments)
    assert (code, out, told) == (0, "Hello, Jane\n", "")


async def test_a_worker_on_a_server_of_its_own_runs(home: Path, name: str) -> None:
    """`file://` needs no server to be installed."""
    url = f"file://{home / 'data'}"
    async with opening(url) as open_docket:
        docket = await open_docket(name)
        await docket.add("greet", when=later(milliseconds=100))("Jane")
        arguments = ["--docket", name, "--url", url, "--tasks", "cli_tasks:tasks", "--until-finished"]
        code, out, told = await run(home, "worker", *arguments)
    assert code == 0, told
    assert out == "Hello, Jane\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(
            ["--url", "http://localhost"], "'http://localhost' names no server that docket knows", id="a bad URL"
        ),
        pytest.param(["--url", "redis://localhost:port"], "port", id="a bad port"),
        pytest.param(
            ["--tasks", "no_such_module:tasks"], "cannot load the tasks 'no_such_module:tasks'", id="no module"
        ),
        pytest.param(["--tasks", "cli_tasks:nothing"], "cannot load the tasks 'cli_tasks:nothing'", id="no attribute"),
        pytest.param(["--tasks", "cli_tasks"], "should be 'module:attribute'", id="no colon"),
        pytest.param(["--tasks", "cli_tasks:sync_tasks"], "cli_tasks.blocking is not async", id="not async"),
        pytest.param(["--redelivery-timeout", "0s"], "at least a millisecond", id="no time"),
    ],
)
async def test_a_mistake_is_told_in_a_line(home: Path, arguments: list[str], reason: str) -> None:
    """What the user got wrong is told without a traceback, and the exit code is 1."""
    code, out, told = await run(home, "worker", *arguments, "--logging-level", "critical", DOCKET_URL="memory://")
    assert (code, out) == (1, "")
    assert told.startswith("docket worker: ")
    assert reason in told
    assert "Traceback" not in told


async def test_a_server_that_cannot_be_reached_is_told_in_a_line(home: Path) -> None:
    """The line says which docket, which server and why, without the password; the exit code is 1."""
    with refusing_port() as port:
        url = f"redis://:secret@127.0.0.1:{port}/0"
        code, out, told = await run(home, "worker", "--docket", "orders", "--url", url)
    assert (code, out) == (1, "")
    assert "docket worker: cannot open the docket 'orders' at redis://127.0.0.1:" in told
    assert "secret" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["--redelivery-timeout", "soon"], "'soon' is no duration: write 500ms, 30s, 5m or 1h", id="words"),
        pytest.param(["--reconnection-delay", "-5s"], "'-5s' is no duration", id="negative"),
        pytest.param(["--minimum-check-interval", "5 days"], "'5 days' is no duration", id="another unit"),
        pytest.param(["--redelivery-timeout", "99999999999999h"], "is longer than anything lasts", id="for ever"),
        pytest.param(["--concurrency", "0"], "Invalid value for '--concurrency'", id="no concurrency"),
        pytest.param(["--logging-format", "xml"], "'xml' is not one of", id="no format"),
        pytest.param(["--nonsense"], "No such option", id="no option"),
    ],
)
async def test_a_wrong_option_is_told_with_the_usage(home: Path, arguments: list[str], reason: str) -> None:
    """An option that cannot be read is a matter of usage, with exit code 2."""
    code, out, told = await run(home, "worker", *arguments)
    assert (code, out) == (2, "")
    assert reason in re.sub(r"[\s│]+", " ", told)
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("1h", 3600), ("1.5s", 1.5), ("2", 2), (" 3s ", 3)],
)
def test_durations_are_read_as_people_write_them(text: str, seconds: float) -> None:
    """A number and its unit; without a unit, seconds."""
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_an_idle_worker(
    home: Path, name: str, own_server: ServerProcess, number: signal.Signals
) -> None:
    """Ctrl-C or SIGTERM ends a worker that has nothing to do, at once and with 0."""
    log = home / "log"
    with log.open("wb") as told:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting takes no time, and waiting is polling
            [*DOCKET, "worker", "--docket", name, "--url", own_server.url], cwd=home, env=environment(), stderr=told
        )
    try:
        async with Docket(name, own_server.url) as docket:
            await until(docket.workers, "it is on the roster", 15)
            process.send_signal(number)
            await until(lambda: process.poll() is not None, "it has ended")
            assert process.returncode == 0, log.read_text()
            assert await docket.workers() == []
    finally:
        process.kill()
        process.wait()
