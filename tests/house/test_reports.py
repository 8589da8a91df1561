"""What processes that run the tests tell one another."""

import pytest
from execnet import dumps, loads


def test_what_is_no_text_can_be_told(pytestconfig: pytest.Config) -> None:
    """A name with a lone surrogate, in the log or the error of a test, does not end the run of all the others."""
    report = pytest.TestReport(
        nodeid="a_test.py::\udcff",
        location=("a_test.py", 1, "\udcff"),
        keywords={"\udcff": 1},
        outcome="failed",
        longrepr="no \udcff",
        when="call",
        sections=[("log", "lost \udcff")],
    )
    told = pytestconfig.hook.pytest_report_to_serializable(config=pytestconfig, report=report)
    heard = pytestconfig.hook.pytest_report_from_serializable(config=pytestconfig, data=loads(dumps(told)))
    assert heard.failed
    assert heard.longrepr == r"no \udcff"
    assert heard.sections == [("log", r"lost \udcff")]
