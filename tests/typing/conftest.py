"""The benches of the typing tests, and what the checkers say of them."""

import pytest

from tests.typing.benches import Bench, check_with_all, lay_out
from tests.typing.checkers import Report


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """The packages as they are."""
    return lay_out(tmp_path_factory.mktemp("benches") / "as-they-are")


@pytest.fixture(scope="session")
def reports(bench: Bench) -> dict[str, Report]:
    """What every checker says of them."""
    return check_with_all(bench)
