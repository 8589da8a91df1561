"""Nothing that is meant for one person, one machine or another day is left in the repository."""

import io
import os
import re
import tokenize
from urllib.parse import urlsplit

from tests.repository import listed, shown, tracked_files

# Written in pieces, so that this file itself names none of them.
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org"]  # in pieces, or this file would name them
SETTINGS = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_REMINDER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" * 3, "HA" + "CK")) + r")\b")


def registries() -> set[str]:
    """The hosts of package registries: the well-known ones, and those that this machine is set up with."""
    urls = [url for name in SETTINGS for url in os.environ.get(name, "").split()]
    hosts = {urlsplit(url.rpartition("=")[2]).hostname for url in urls}
    return {*REGISTRIES, *(host for host in hosts if host and host not in LOOPBACK)}


def test_no_file_names_a_package_registry() -> None:
    """Where packages come from is a matter of each machine, not of the project."""
    names = re.compile("|".join(re.escape(host) for host in registries()).encode())
    assert not [shown(path) for path in tracked_files() if names.search(path.read_bytes())]


def test_the_lock_file_is_not_tracked() -> None:
    """It would name the registry that it was resolved from."""
    assert listed("--", "uv.lock", "*/uv.lock") == []


def test_no_comment_is_a_reminder() -> None:
    """What is left to do is done, or is in the issue tracker."""
    reminders: list[str] = []
    for path in tracked_files():
        if path.suffix == ".py":
            tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
            comments = [(token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT]
        elif path.suffix in {".lua", ".toml", ".sh"}:
            comments = list(enumerate(path.read_text("utf-8").splitlines(), 1))
        else:
            continue
        reminders += [f"{shown(path)}:{line}" for line, comment in comments if _REMINDER.search(comment)]
    assert not reminders
