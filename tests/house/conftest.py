"""The slow tools of the house, each run once, side by side."""

import pytest

from tests.repository import ROOT
from tests.typing.checkers import Report, mypy, pyright, run_together


@pytest.fixture(scope="session")
def type_reports() -> dict[str, Report]:
    """What the type checkers say of the packages."""
    return {report.checker: report for report in run_together(mypy(), pyright(ROOT / "pyproject.toml"))}
