"""What runs a call must make no difference: the tests of running are run with each of them."""

import sys

import pytest

from paramdeps import _codegen

RUNNING = {
    "test_arguments",
    "test_calling",
    "test_dependency",
    "test_depends",
    "test_factories",
    "test_resolution",
}
"""The modules whose tests call functions, and so are run twice."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of these modules by the loop, and by code that is generated before the first call."""
    if metafunc.module.__name__.rpartition(".")[2] in RUNNING:
        metafunc.parametrize("calls_before_code", [sys.maxsize, 0], ids=["loop", "code"], indirect=True)


@pytest.fixture(autouse=True)
def calls_before_code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide when code is generated; it is up to `paramdeps` where a test is not run twice."""
    if hasattr(request, "param"):
        monkeypatch.setattr(_codegen, "CALLS_BEFORE", request.param)
