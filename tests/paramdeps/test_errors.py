"""The kinds of errors."""

import pytest

import paramdeps
from paramdeps import ParamdepsError

ERRORS = [each for name in paramdeps.__all__ if name.endswith("Error") for each in [getattr(paramdeps, name)]]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_one_of_the_packages(error: type[Exception]) -> None:
    """So that one `except` catches them all."""
    assert issubclass(error, ParamdepsError)
