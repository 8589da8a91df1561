"""The graph of what a function depends on."""

from collections.abc import AsyncIterator

import pytest

from paramdeps import CircularDependencyError, Dependency, Depends, Shared, mermaid


class Retry(Dependency[None]):
    """A dependency."""

    async def __aenter__(self) -> None: ...


async def pool() -> AsyncIterator[str]:
    yield "pool"


async def connection(pool: str = Shared(pool)) -> AsyncIterator[str]:
    yield pool


async def report(
    day: int, db: str = Depends(connection), retry: None = Depends(Retry()), x: int = Depends(lambda: 1)
) -> None: ...


def test_the_graph_shows_what_is_needed_by_what() -> None:
    """Names that are no words are quoted; what is shared is in a box."""
    assert mermaid(report).splitlines() == [
        "flowchart LR",
        '    called[["report()"]]',
        "    subgraph app",
        '        step0["pool"]',
        "    end",
        '    step1["connection"]',
        '    step2{{"Retry"}}',
        '    step3(["&lt;lambda&gt;"])',
        "    step0 --> step1",
        '    step1 -- "db" --> called',
        '    step2 -- "retry" --> called',
        '    step3 -- "x" --> called',
    ]


def test_what_cannot_work_has_no_graph() -> None:
    """The error is that of the plan."""

    def circular(x: int = 1) -> int:
        return x

    circular.__defaults__ = (Depends(circular),)
    with pytest.raises(CircularDependencyError):
        mermaid(circular)
