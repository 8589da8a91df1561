"""Docket does what its model does, whatever comes in whatever order.

Every time the same two hundred runs, unless more are asked for:

    DOCKET_MODEL_EXAMPLES=5000 uv run pytest tests/docket/model/test_guarantees.py --timeout 0
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.docket.model.machine import DocketBesideItsModel
from tests.docket.model.virtual_time import virtual_time
from tests.servers import running_server

EXAMPLES = int(os.environ.get("DOCKET_MODEL_EXAMPLES", "0"))
"""How many runs to look at: if it is given, each time others, and what fails is made as short as possible."""

SETTINGS = settings(
    max_examples=EXAMPLES or 200,
    derandomize=not EXAMPLES,
    stateful_step_count=50,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
    report_multiple_bugs=False,
    print_blob=False,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose clock is the test's."""
    with running_server(tmp_path_factory.mktemp("server")) as server:
        yield server.url


@pytest.mark.timeout(300)
def test_docket_does_what_its_model_does(server_url: str) -> None:
    """In every order of steps, states, generations, dispositions, results and what is left on the server agree."""
    with virtual_time():
        run_state_machine_as_test(lambda: DocketBesideItsModel(server_url), settings=SETTINGS)
