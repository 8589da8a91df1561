"""With `-n`, tests run in several processes, which tell one another how each test has ended."""

from collections.abc import Generator
from typing import Any

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """They can only tell what is UTF-8. Lone surrogates, which some names and messages have on purpose, are escaped."""
    return _escaped((yield))


def _escaped(told: Any) -> Any:
    match told:
        case str():
            return told.encode(errors="backslashreplace").decode()
        case dict():
            return {_escaped(key): _escaped(value) for key, value in told.items()}
        case list() | tuple():
            return type(told)(map(_escaped, told))
        case _:
            return told
