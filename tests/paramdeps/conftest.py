"""What runs a call must make no difference: the tests are run with each of the two."""

import sys

import pytest

from paramdeps import _codegen

ONCE = {
    "test_app_properties",
    "test_codegen",
    "test_errors",
    "test_graph",
    "test_plan",
    "test_properties",
    "test_validation",
}
"""The modules whose tests call nothing, or see to it themselves."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run tests by the loop, and by code that is generated before the first call."""
    if metafunc.module.__name__.rpartition(".")[2] not in ONCE:
        metafunc.parametrize("calls_before_code", [sys.maxsize, 0], ids=["loop", "code"], indirect=True)


@pytest.fixture(autouse=True)
def calls_before_code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decide when code is generated; it is up to `paramdeps` where a test is not run twice."""
    if hasattr(request, "param"):
        monkeypatch.setattr(_codegen, "CALLS_BEFORE", request.param)
