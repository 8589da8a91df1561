"""A plugin for pytest that fails each test after which a socket of asyncio's is still open, or was closed by chance.

    pytest -p tests.transports tests/docket/behaviour

It looks at all objects after each test, which takes too long for every run; what it finds would otherwise fail some
later test by a ResourceWarning.
"""

import asyncio.selector_events
import gc
from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Look when all fixtures, the event loop's included, are gone."""
    outcome = yield
    open_ones = [
        repr(thing)
        for thing in gc.get_objects()
        if isinstance(thing, asyncio.selector_events._SelectorTransport)
        and thing._sock is not None
        and thing._loop.is_closed()
    ]
    gc.collect()
    assert not open_ones, f"{item.nodeid} has left sockets open: {open_ones}"
    return outcome
