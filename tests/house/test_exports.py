"""What the packages make public is there, and says what it is."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from itertools import pairwise
from types import ModuleType

import pytest

from tests.repository import SOURCES, package_modules


def modules() -> Iterator[ModuleType]:
    """All modules of the packages but those that are programs."""
    for package, folder in SOURCES.items():
        for path in package_modules(package):
            parts = path.relative_to(folder.parent).with_suffix("").parts
            if parts[-1] != "__main__":
                yield importlib.import_module(".".join(part for part in parts if part != "__init__"))


def described_names() -> set[str]:
    """The names of variables and type aliases that have a docstring below them, in any module."""
    described: set[str] = set()
    for path in package_modules():
        body = ast.parse(path.read_text("utf-8")).body
        for pair in pairwise(body):
            match pair:
                case (
                    ast.Assign(targets=[ast.Name(id=name)])
                    | ast.AnnAssign(target=ast.Name(id=name))
                    | ast.TypeAlias(name=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str())),
                ):
                    described.add(name)
                case _:
                    pass
    return described


def public_names() -> list[tuple[str, str]]:
    """Every name in the `__all__` of a module, with the module's name."""
    return [(module.__name__, name) for module in modules() for name in getattr(module, "__all__", [])]


def test_the_packages_say_what_is_public() -> None:
    """Each package's root has an `__all__`, sorted and without repetitions."""
    for package in SOURCES:
        names: list[str] = importlib.import_module(package).__all__
        assert len({*names}) == len(names) > 0


def test_every_public_name_exists() -> None:
    """Whatever an `__all__` promises can be imported."""
    missing = [
        f"{module}.{name}" for module, name in public_names() if not hasattr(importlib.import_module(module), name)
    ]
    assert not missing


def test_every_public_name_has_a_docstring() -> None:
    """A class or function says itself what it is, whatever it has inherited; a variable has a docstring below it."""
    described = described_names()
    silent: list[str] = []
    for module, name in public_names():
        thing = getattr(importlib.import_module(module), name, None)
        speaks = bool(thing.__dict__.get("__doc__")) if inspect.isclass(thing) else False
        if inspect.isroutine(thing) or inspect.ismodule(thing):
            speaks = bool(thing.__doc__)
        if not speaks and name not in described and name != "__version__":
            silent.append(f"{module}.{name}")
    assert not silent


@pytest.mark.parametrize("package", SOURCES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    """Without `py.typed`, type checkers ignore all its annotations."""
    assert (SOURCES[package] / "py.typed").is_file()
