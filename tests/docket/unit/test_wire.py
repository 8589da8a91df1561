"""A connection that all tasks share, against servers that do exactly what a test needs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError

from docket.errors import ConnectionLost, DocketError, ReplyTimeout, ServerRefusal, ServerStartError, ServerUnreachable
from docket.storage.connections._link import Link, connect_to
from docket.storage.connections._wire import Wire
from tests.docket.unit.fake_server import FakeServer


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    """A server that has just been started."""
    fake = FakeServer()
    await fake.start()
    yield fake
    fake.release()
    await fake.stop()


@pytest.fixture
async def wire(server: FakeServer) -> AsyncIterator[Wire]:
    """A wire to it, which has not connected yet."""
    made = Wire(lambda: connect_to(server.url, 10))
    yield made
    await made.close()


def begin[T](call: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Make a call as a task of its own; its command is on its way when this returns."""
    return asyncio.Task(call, loop=asyncio.get_running_loop(), eager_start=True)


async def soon[T](waited_for: Awaitable[T]) -> T:
    """What is awaited, if it comes within some seconds."""
    async with asyncio.timeout(10):
        return await waited_for


async def test_a_command_is_answered(server: FakeServer, wire: Wire) -> None:
    """Words, bytes and numbers leave as they are, and answers come as bytes."""
    assert await soon(wire.call("echo", b"\x00\xff", 12)) == b"12"
    assert server.commands == [[b"echo", b"\x00\xff", b"12"]]


async def test_nothing_is_connected_before_it_is_needed(server: FakeServer, wire: Wire) -> None:
    """The first command makes the connection, and all others use it."""
    assert server.connections == []
    for number in range(3):
        await soon(wire.call("echo", number))
    assert len(server.connections) == 1


async def test_commands_issued_together_leave_in_one_write(server: FakeServer, wire: Wire) -> None:
    """A thousand tasks that call at the same time cost one round trip, and each gets its own answer."""
    answers = await soon(asyncio.gather(*[wire.call("echo", number) for number in range(1000)]))
    assert answers == [b"%d" % number for number in range(1000)]
    assert server.reads == [1000]
    assert len(server.connections) == 1


async def test_very_many_commands_leave_in_several_writes(server: FakeServer, wire: Wire) -> None:
    """So that whoever calls next does not wait for the answers to all of them, however many there are."""
    answers = await soon(asyncio.gather(*[wire.call("echo", number) for number in range(2500)]))
    assert answers == [b"%d" % number for number in range(2500)]
    assert server.reads == [1000, 1000, 500]
    assert len(server.connections) == 1


async def test_nobody_waits_longer_because_many_wait(server: FakeServer) -> None:
    """All who have waited for a server that is silent hear of it when the first ones do, and none was sent twice."""
    wire = Wire(lambda: connect_to(server.url, 0.3))
    calls = [begin(wire.call("hold", number)) for number in range(3000)]
    await server.held()
    await soon(asyncio.wait(calls))
    errors = [call.exception() for call in calls]
    assert all(isinstance(error, ReplyTimeout) for error in errors[:1000])
    assert all(isinstance(error, ServerUnreachable) for error in errors[1000:])
    assert len(server.connections) == 1
    await wire.close()


async def test_all_who_wait_hear_that_there_is_no_server(server: FakeServer, wire: Wire) -> None:
    """To connect is tried once for all of them, however many they are."""
    await server.stop()
    tries = 0

    async def connect() -> Link:
        nonlocal tries
        tries += 1
        return await connect_to(server.url, 10)

    wire = Wire(connect)
    answers = await soon(asyncio.gather(*[wire.call("echo", n) for n in range(3000)], return_exceptions=True))
    assert all(isinstance(answer, ServerUnreachable) for answer in answers)
    assert tries == 1
    await server.start()
    await wire.close()


async def test_what_is_sent_over_a_lost_connection_is_refused(server: FakeServer) -> None:
    """It is not made anew by whoever comes late, who may come from several tasks at once."""
    link = await connect_to(server.url, 10)
    server.hang_up()
    with pytest.raises(RedisConnectionError):
        await soon(link.receive())
    for sending in (link.send("PING"), link.send_packed(b"*1\r\n$4\r\nPING\r\n")):
        with pytest.raises(RedisConnectionError, match="has been lost"):
            await soon(sending)
    assert server.connections == []
    await link.close()


async def test_what_is_called_while_an_answer_is_awaited_leaves_together(server: FakeServer, wire: Wire) -> None:
    """It waits for the answer under way, and then goes in one piece."""
    held = begin(wire.call("hold", "first"))
    await server.held()
    later = [begin(wire.call("echo", number)) for number in range(50)]
    assert server.reads == [1]
    server.release()
    assert await soon(held) == b"first"
    assert await soon(asyncio.gather(*later)) == [b"%d" % number for number in range(50)]
    assert server.reads == [1, 50]


async def test_a_pipeline_is_answered_in_order(server: FakeServer, wire: Wire) -> None:
    """Its commands leave in one write; of none there is nothing to wait for."""
    assert await soon(wire.read(("echo", 1), ("echo", "two"), ("echo", b"3"))) == [b"1", b"two", b"3"]
    assert server.reads == [3]
    assert await soon(wire.read()) == []


async def test_a_cancelled_caller_keeps_the_connection_in_step(server: FakeServer, wire: Wire) -> None:
    """The answer to its command is read and dropped, so that nobody else gets it."""
    given_up = begin(wire.call("hold", "mine"))
    await server.held()
    waiting = begin(wire.call("echo", "yours"))
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    server.release()
    assert await soon(waiting) == b"yours"
    assert await soon(wire.call("echo", "next")) == b"next"
    assert len(server.connections) == 1


async def test_a_caller_that_is_cancelled_before_its_turn_disturbs_nobody(server: FakeServer, wire: Wire) -> None:
    """Whether its command still leaves or not, all others get their own answers."""
    held = begin(wire.call("hold", "first"))
    await server.held()
    calls = [begin(wire.call("echo", number)) for number in range(6)]
    for call in calls[::2]:
        call.cancel()
    server.release()
    assert await soon(held) == b"first"
    answers = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert answers[1::2] == [b"1", b"3", b"5"]
    assert all(isinstance(answer, asyncio.CancelledError) for answer in answers[::2])


async def test_a_cancelled_pipeline_keeps_the_connection_in_step(server: FakeServer, wire: Wire) -> None:
    """The answers to all its commands are read and dropped."""
    given_up = begin(wire.read(("hold", "a"), ("echo", "b")))
    await server.held()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    server.release()
    assert await soon(wire.call("echo", "next")) == b"next"
    assert len(server.connections) == 1


async def test_a_refusal_fails_only_its_own_caller(server: FakeServer, wire: Wire) -> None:
    """The neighbours in the same write get their answers, and the connection stays."""
    calls = [wire.call("echo", 1), wire.call("refuse"), wire.call("noscript"), wire.call("echo", 2)]
    first, refused, unknown, last = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert (first, last) == (b"1", b"2")
    assert isinstance(refused, ServerRefusal)
    assert str(refused) == "the server refused a command: refused"
    assert isinstance(unknown.__cause__, NoScriptError)
    assert len(server.connections) == 1


async def test_a_command_that_cannot_be_written_fails_only_its_own_caller(server: FakeServer, wire: Wire) -> None:
    """Text without UTF-8 bytes is its caller's mistake, and no reason to lose the connection."""
    calls = [wire.call("echo", 1), wire.call("echo", "\ud800"), wire.call("echo", 2)]
    first, failed, last = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert (first, last) == (b"1", b"2")
    assert isinstance(failed, UnicodeEncodeError)
    assert len(server.connections) == 1


async def test_a_lost_connection_fails_those_who_wait(server: FakeServer, wire: Wire) -> None:
    """Nobody is left waiting, and nothing is repeated: whether a command was carried out is not known."""
    calls = [begin(wire.call("hangup")), *[begin(wire.call("echo", 1)) for _ in "ab"]]
    answers = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert [type(answer) for answer in answers] == [ConnectionLost] * 3
    assert isinstance(answers[0], DocketError)
    assert isinstance(answers[0], ConnectionError)
    assert server.commands.count([b"hangup"]) == 1


async def test_what_was_answered_before_the_loss_is_answered(server: FakeServer, wire: Wire) -> None:
    """Only those whose answers are missing fail."""
    calls = [wire.call("echo", 1), wire.call("hangup"), wire.call("echo", 2)]
    answers = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert [type(answer) for answer in answers[1:]] == [ConnectionLost] * 2


async def test_what_was_called_meanwhile_goes_over_a_new_connection(server: FakeServer, wire: Wire) -> None:
    """A command that had not left when the connection was lost has no part in that."""
    held = begin(wire.call("hold"))
    await server.held()
    waiting = begin(wire.call("echo", "still"))
    server.hang_up()
    with pytest.raises(ConnectionLost):
        await soon(held)
    assert await soon(waiting) == b"still"


async def test_the_next_call_reconnects(server: FakeServer, wire: Wire) -> None:
    """After a loss, as after a restart of the server, commands are answered again."""
    for number in range(3):
        with pytest.raises(ConnectionLost):
            await soon(wire.call("hangup"))
        assert await soon(wire.call("echo", number)) == b"%d" % number


async def test_a_server_that_is_away_fails_each_call_until_it_is_back(server: FakeServer, wire: Wire) -> None:
    """The error says what could not be reached."""
    await soon(wire.call("echo", 1))
    await server.stop()
    for _ in range(3):
        with pytest.raises(ConnectionLost):
            await soon(wire.call("echo", 2))
    with pytest.raises(ConnectionLost, match=r"127\.0\.0\.1"):
        await soon(wire.call("echo", 2))
    await server.start()
    assert await soon(wire.call("echo", 3)) == b"3"


async def test_a_connection_that_was_lost_while_idle_is_noticed(server: FakeServer, wire: Wire) -> None:
    """The first command after it fails or is answered over a new connection, and the second is answered."""
    await soon(wire.call("echo", 1))
    server.hang_up()
    with suppress(ConnectionLost):
        await soon(wire.call("echo", 2))
    assert await soon(wire.call("echo", 3)) == b"3"


async def test_an_answer_that_does_not_come_in_time_fails(server: FakeServer) -> None:
    """Its caller is told that it was too late, and the answer does not reach anybody when it comes."""
    wire = Wire(lambda: connect_to(server.url, 0.05))
    try:
        with pytest.raises(ReplyTimeout) as caught:
            await soon(wire.call("hold", "late"))
        assert isinstance(caught.value, ConnectionLost)
        assert isinstance(caught.value, TimeoutError)
        server.release()
        assert await soon(wire.call("echo", "next")) == b"next"
        assert len(server.connections) == 2
    finally:
        await wire.close()


async def test_an_answer_that_makes_no_sense_is_a_lost_connection(server: FakeServer, wire: Wire) -> None:
    """Whatever speaks at the other end is not a server; nobody is left waiting."""
    calls = [wire.call("nonsense"), wire.call("echo", 1)]
    answers = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert [type(answer) for answer in answers] == [ConnectionLost] * 2
    assert await soon(wire.call("echo", 2)) == b"2"


async def test_why_there_is_no_connection_is_said() -> None:
    """An embedded server that does not start is a lost connection, with its own words and itself as the cause."""

    async def fail() -> None:
        raise ServerStartError("it will not start", command="valkey-server", log_tail="")

    wire = Wire(fail)  # type: ignore[arg-type]
    with pytest.raises(ConnectionLost, match="it will not start") as caught:
        await soon(wire.call("echo"))
    assert isinstance(caught.value.__cause__, ServerStartError)
    await wire.close()


async def test_each_who_waits_gets_an_error_of_its_own(server: FakeServer, wire: Wire) -> None:
    """One exception raised in many tasks would collect all their tracebacks and notes."""
    calls = [wire.call("hangup"), wire.call("echo", 1), wire.call("echo", 2)]
    errors = await soon(asyncio.gather(*calls, return_exceptions=True))
    assert len({id(error) for error in errors}) == 3


@pytest.mark.parametrize("begun", [False, True])
async def test_a_wire_goes_on_when_all_tasks_are_cancelled(server: FakeServer, wire: Wire, begun: bool) -> None:
    """An event loop that closes cancels the exchange too, perhaps before it has begun: the next call is answered."""
    call = begin(wire.call("hold", "first"))
    if begun:
        await server.held()
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task() and task.get_name() in {"docket wire", call.get_name()}:
            task.cancel()
    await asyncio.wait([call])
    next_call = begin(wire.call("echo", "second"))
    server.release()
    assert await soon(next_call) == b"second"


async def test_closing_gives_up_what_is_unanswered(server: FakeServer) -> None:
    """Those who wait are told; so is who calls afterwards, with what to do."""
    wire = Wire(lambda: connect_to(server.url, 10))
    held = begin(wire.call("hold"))
    await server.held()
    waiting = begin(wire.call("echo", 1))
    await soon(wire.close())
    for call in (held, waiting):
        with pytest.raises(ConnectionLost, match="closed before the server had answered"):
            await soon(call)
    with pytest.raises(ConnectionLost, match="this docket has been closed; use it inside its `async with` block"):
        await soon(wire.call("echo", 1))
    with pytest.raises(ConnectionLost, match="has been closed"):
        await soon(wire.read(("echo", 1), ("echo", 2)))


async def test_closing_in_the_very_turn_of_a_call_gives_it_up(server: FakeServer, wire: Wire) -> None:
    """A call whose command has not even begun to leave is told like all others, and nothing is connected for it."""
    call = begin(wire.call("echo", 1))
    await soon(wire.close())
    with pytest.raises(ConnectionLost, match="closed before the server had answered"):
        await soon(call)
    assert server.connections == []


async def test_closing_hangs_up(server: FakeServer, wire: Wire) -> None:
    """The server sees the end of the connection, and no task goes on."""
    await soon(wire.call("echo", 1))
    (writer,) = server.connections
    await soon(wire.close())
    await soon(writer.wait_closed())
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "docket wire"]


async def test_closing_is_safe_at_any_time(server: FakeServer) -> None:
    """Before the first command, while it connects, and again afterwards."""
    unused = Wire(lambda: connect_to(server.url, 10))
    await soon(unused.close())
    await soon(unused.close())

    connecting = asyncio.Event()

    async def never() -> None:
        connecting.set()
        await asyncio.Event().wait()

    stuck = Wire(never)  # type: ignore[arg-type]
    call = begin(stuck.call("echo"))
    await soon(connecting.wait())
    await soon(stuck.close())
    with pytest.raises(ConnectionLost):
        await soon(call)
