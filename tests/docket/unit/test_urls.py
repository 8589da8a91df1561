"""Which kind of server a URL names."""

import re

import pytest

from docket import Docket
from docket.errors import DocketError, InvalidURL
from docket.storage.connections.embedded import Embedded
from docket.storage.connections.standalone import StandaloneServer
from docket.storage.connections.urls import server_at, without_password


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


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://localhost:6379/0", "redis://localhost:6379/0"),
        ("redis://user@host", "redis://user@host"),
        ("redis://user:hunter2@host:6379/0", "redis://host:6379/0"),
        ("rediss://:hunter2@host", "rediss://host"),
        ("redis://user:hun@ter2@host", "redis://host"),
        ("redis://host?password=hunter2", "redis://host"),
        ("redis://host/1?db=2&password=hunter2&ssl=no", "redis://host/1?db=2&ssl=no"),
        ("unix:///tmp/s?password=hunter2", "unix:///tmp/s"),
        ("unix://user:pw@/tmp/s", "unix:///tmp/s"),
        ("unix:///tmp/s?db=2", "unix:///tmp/s?db=2"),
        ("memory://", "memory://"),
        ("file:///var/lib/docket", "file:///var/lib/docket"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    """Neither a password before the host nor one among the options is shown, and the rest is as it was."""
    assert without_password(url) == Docket("urls", url).location == shown
