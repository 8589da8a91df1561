"""Which kind of server a URL names."""

import re

import pytest

from docket.errors import DocketError, InvalidURL
from docket.storage.connections.embedded import Embedded
from docket.storage.connections.standalone import StandaloneServer
from docket.storage.connections.urls import server_at


@pytest.mark.parametrize("url", ["redis://localhost:6379/0", "rediss://host", "unix:///tmp/x.sock", "REDIS://host"])
def test_one_server(url: str) -> None:
    """TCP, TLS and Unix sockets lead to one server; nothing is connected yet."""
    assert isinstance(server_at(url), StandaloneServer)


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "", "redis", "://", "postgres://secret@host"])
def test_an_unknown_kind_is_refused(url: str) -> None:
    """The error shows the URL and names all kinds that there are; it is a ValueError, too."""
    with pytest.raises(InvalidURL, match=re.escape(repr(url))) as caught:
        server_at(url)
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, ValueError)
    for scheme in ("redis://", "rediss://", "unix://", "memory://", "file://"):
        assert scheme in str(caught.value)


def test_a_refusal_does_not_show_the_password() -> None:
    """A misspelled scheme does not put a secret into the logs."""
    with pytest.raises(InvalidURL) as caught:
        server_at("reddis://user:hunter2@host:6379/0")
    assert "hunter2" not in str(caught.value)


async def test_embedded_servers() -> None:
    """memory:// names a server that docket brings along, and naming it starts none."""
    server = server_at("memory://urls")
    assert isinstance(server, Embedded)
    await server.close()
