"""A clock for the scripts that only the test moves: everything else of them is as it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import sha1
from importlib.resources import files

from docket.storage import scripts
from docket.storage.scripts import Script

CLOCK_KEY = b"virtual clock"
"""Where the server finds the time, in milliseconds."""

_REAL = (files("docket.storage") / "lua" / "parts" / "clock.lua").read_text("utf-8").encode()
_VIRTUAL = b"local function clock()\n  return tonumber(redis.call('GET', '" + CLOCK_KEY + b"'))\nend\n"

type Edit = Callable[[bytes], bytes]


@contextmanager
def virtual_time(edit: Edit = lambda source: source) -> Iterator[None]:
    """Have all scripts take the time from `CLOCK_KEY`; `edit` may change them in other ways, to see them fail."""
    real = scripts.load

    @cache
    def load(name: str) -> Script:
        source = edit(real(name).source.replace(_REAL, _VIRTUAL))
        assert b"'TIME'" not in source
        return Script(source, sha1(source).hexdigest().encode())

    scripts.load = load  # type: ignore[assignment]
    try:
        yield
    finally:
        scripts.load = real
