"""Code that the sender of a payload had and its reader has not: nothing hangs, and all are told what is missing."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from docket import Disposal, Docket, ExecutionState
from docket.errors import PayloadError, TaskDied, TaskFailed
from tests.docket.harness import finish, reaches, result_of, working

pytestmark = pytest.mark.timeout(20)

MODULE = """
class Thing:
    pass

class Broken(Exception):
    pass
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module that a test may take away."""
    (tmp_path / "shop_models.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("shop_models")
    sys.modules.pop("shop_models", None)


def take_away(shop: ModuleType, what: str) -> None:
    """Have a class, or its whole module, be missing."""
    if what == "module":
        sys.modules["shop_models"] = None  # type: ignore[assignment] # so an import fails
    else:
        delattr(shop, what)


def bring_back(shop: ModuleType, thing: type) -> None:
    """Have it be there again, as a deploy would."""
    sys.modules["shop_models"] = shop
    setattr(shop, thing.__name__, thing)


async def echo(value: Any = None) -> Any:
    return value


@pytest.mark.parametrize(
    ("missing", "reason"),
    [("module", "ModuleNotFoundError: .*shop_models"), ("Thing", "AttributeError: .*Thing")],
)
async def test_arguments_of_a_missing_class_are_dead_until_it_is_there(
    docket: Docket, shop: ModuleType, missing: str, reason: str
) -> None:
    """The reason names what is missing, the worker goes on, and with the code back the call runs when requeued."""
    thing = shop.Thing
    lost = await docket.add(echo, key="lost")(thing())
    take_away(shop, missing)
    async with working(docket):
        with pytest.raises(TaskDied, match=reason):
            await result_of(lost)
        assert await result_of(await docket.add(echo)("next")) == "next"
        bring_back(shop, thing)
        assert await docket.dead.requeue("lost") is Disposal.REQUEUED
        again = await docket.get_execution("lost")
        assert again is not None
        assert type(await result_of(again)) is thing


async def test_a_result_of_a_class_that_its_reader_has_not_is_told(docket: Docket, shop: ModuleType) -> None:
    """The execution has completed; whoever reads its result without the class gets an error that names it."""

    async def give() -> Any:
        return shop.Thing()

    given = await docket.add(give)()
    await finish(docket)
    take_away(shop, "module")
    with pytest.raises(PayloadError, match=r"ModuleNotFoundError: .*shop_models"):
        await result_of(given)
    assert given.state is ExecutionState.COMPLETED


async def test_an_exception_of_a_class_that_its_reader_has_not_is_told_in_words(
    docket: Docket, shop: ModuleType
) -> None:
    """Whoever asks is told what the worker has recorded, and why the exception itself cannot be had."""

    async def fail() -> None:
        raise shop.Broken("no good")

    async with working(docket):
        failed = await docket.add(fail)()
        await reaches(failed, ExecutionState.FAILED)
        take_away(shop, "Broken")
        with pytest.raises(TaskFailed, match="Broken: no good") as caught:
            await result_of(failed)
        assert isinstance(caught.value.__cause__, PayloadError)
        assert "Broken" in str(caught.value.__cause__)
        assert await result_of(await docket.add(echo)("next")) == "next"
