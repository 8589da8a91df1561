"""A line of the log is one line, which a terminal can be shown, whatever the names and messages in it hold."""

import logging
from uuid import uuid4

import pytest

from docket import Docket, Execution, Retry, TaskLogger
from docket.errors import ConnectionLost
from docket.worker._contact import Contact, Part
from tests.docket.conftest import OpenDocket
from tests.docket.harness import finish, later

UNRULY = "two\nlines\x00\x1b[31m\udcff"


def untold(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The lines, and the names of their loggers, that are more than a line or cannot be shown."""
    shown = [text for record in caplog.records for text in (record.name, record.getMessage())]
    assert shown
    return [text for text in shown if not text.isprintable()]


async def fail() -> None:
    raise ValueError(UNRULY)


async def fail_twice(retry: Retry = Retry(2)) -> None:
    raise ValueError(UNRULY)


async def tell(log: logging.LoggerAdapter[logging.Logger] = TaskLogger()) -> None:
    log.info("told")


async def exit_worker(unruly: str) -> None:
    raise SystemExit(unruly)


async def test_what_a_worker_tells_is_in_lines(open_docket: OpenDocket, caplog: pytest.LogCaptureFixture) -> None:
    """Of its own name, of tasks and keys, of what they raise and of what is struck."""
    caplog.set_level(logging.DEBUG)
    docket = await open_docket(UNRULY + uuid4().hex)
    for number, task in enumerate((fail, fail_twice, tell, exit_worker)):
        docket.register(task, [f"{UNRULY}{number}"])
    for number in range(3):
        await docket.add(f"{UNRULY}{number}", key=f"{number}{UNRULY}")()
    await docket.add(f"{UNRULY}3", key=f"3{UNRULY}")(UNRULY)
    await docket.add(f"{UNRULY}4", key=f"4{UNRULY}", when=later(days=1))()
    pending = await docket.add(f"{UNRULY}0", key=UNRULY)()
    await docket.strike(f"{UNRULY}4", UNRULY, "==", UNRULY)
    await docket.cancel(f"4{UNRULY}")
    await finish(docket, name=UNRULY)
    await pending.sync()
    assert pending.error
    assert {record.levelno for record in caplog.records} >= {logging.INFO, logging.WARNING, logging.ERROR}
    assert untold(caplog) == []
    await docket.restore(f"{UNRULY}4", UNRULY, "==", UNRULY)


async def test_what_is_struck_is_told_in_a_line(open_docket: OpenDocket, caplog: pytest.LogCaptureFixture) -> None:
    """A call that is met by a strike when it is to begin is told with the strike's names."""
    docket = await open_docket()
    docket.register(tell, [UNRULY])
    await docket.add(UNRULY)()
    await docket.strike(UNRULY)
    await finish(docket)
    assert "struck" in caplog.text
    assert untold(caplog) == []
    await docket.restore(UNRULY)


async def test_a_key_that_cannot_be_begun_is_told_in_a_line(
    docket: Docket, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever keeps a worker from beginning something, the line that says so is one."""
    original, failures = Docket.execution, [OSError()]

    def failing_once(self: Docket, *args: object, **kwargs: object) -> Execution:
        if failures:
            raise failures.pop()
        return original(self, *args, **kwargs)

    docket.register(tell)
    await docket.add(tell, key=UNRULY)()
    monkeypatch.setattr(Docket, "execution", failing_once)
    await finish(docket)
    assert "cannot begin" in caplog.text
    assert untold(caplog) == []


async def test_what_a_server_says_is_told_in_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """The reason of an outage, which the server or the network words, is one line."""
    caplog.set_level(logging.DEBUG)
    contact = Contact(1, {})
    for _ in range(2):
        contact.fails(Part.INTAKE, ConnectionLost(UNRULY), 1)
    assert len(caplog.records) == 2
    assert untold(caplog) == []
