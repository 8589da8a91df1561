"""`Shared`: what it accepts and refuses."""

from typing import Any

import pytest

from paramdeps import Dependency, InvalidDependencyError, Shared


class Clock(Dependency[int]):
    """Says what time it is."""

    async def __aenter__(self) -> int:
        return 12


@pytest.mark.parametrize("what", [5, Clock, Clock()])
def test_what_is_no_factory_is_refused(what: Any) -> None:
    """Neither values nor dependencies, of which each call has its own copy."""
    with pytest.raises(InvalidDependencyError, match=r"Shared\("):
        Shared(what)


def test_an_unknown_binding_is_refused_when_declared() -> None:
    """As for `Depends`."""

    def pool(size: int = 1) -> int:
        return size

    with pytest.raises(InvalidDependencyError, match=r"Shared\(pool, \.\.\.\)"):
        Shared(pool, sise=3)  # type: ignore[call-arg]


def test_a_marker_shows_how_it_was_written() -> None:
    """For those who print a signature."""

    def pool(size: int = 1) -> int:
        return size

    assert repr(Shared(pool, size=3)) == "Shared(pool, 3)"
