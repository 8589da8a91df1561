"""The kinds of errors."""

import copy
import pickle
from collections.abc import Callable

import pytest

import paramdeps
from paramdeps import (
    CircularDependencyError,
    CleanUpTimeoutError,
    DependencyErrors,
    DuplicateDependencyError,
    InvalidDependencyError,
    MissingArgumentError,
    ParamdepsError,
    UnresolvableHintError,
)

ERRORS = [each for name in paramdeps.__all__ if name.endswith("Error") for each in [getattr(paramdeps, name)]]


@pytest.mark.parametrize("error", ERRORS)
def test_every_error_is_one_of_the_packages(error: type[Exception]) -> None:
    """So that one `except` catches them all."""
    assert issubclass(error, ParamdepsError)


@pytest.mark.parametrize(
    "error",
    [
        CircularDependencyError("a circle", ("f.a",), ("a", "b", "a")),
        CleanUpTimeoutError("too long", 1.5),
        DuplicateDependencyError("twice", ("f.a",), int),
        InvalidDependencyError("wrong", ("f.a",)),
        MissingArgumentError("not passed", "day"),
        UnresolvableHintError("unknown", ("f.a",), "a", "Unknown", is_lost=False),
        DependencyErrors("several", [ValueError("one"), MissingArgumentError("not passed", "day")]),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy], ids=["pickle", "copy"])
def test_errors_can_be_pickled(error: Exception, again: Callable[[Exception], Exception]) -> None:
    """They cross to another process with all that they tell, notes included."""
    error.add_note("where it was")
    other = again(error)
    assert type(other) is type(error)
    assert (str(other), repr(other)) == (str(error), repr(error))
    assert vars(other).keys() == vars(error).keys()
    for name, value in vars(error).items():
        assert repr(getattr(other, name)) == repr(value)
