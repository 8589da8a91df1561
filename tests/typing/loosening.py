"""Mutants that need no idea of what a signature is for: every public one, loosened in each of a few ways.

Whatever a package's `__all__` names is looked up in its source, the public methods, properties and fields of its
classes included. So what is added to the packages has mutants at once, and they live until a typing test is about it.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType

from tests.repository import SOURCES
from tests.typing.mutation import Mutant

MODULES = ("paramdeps", "docket", "docket.dependencies")
SPECIAL = {"__init__", "__aenter__", "__call__"}
INTERNAL = {
    *("Docket.storage", "Docket.execution", "Execution.__init__", "DeadLetters.__init__", "ExecutionState.may_become"),
    *("Plan.__init__", "Resolution.__init__"),
    *(f"Strike.{name}" for name in ("of", "load", "dump", "pickled", "is_same_as", "blocks", "outline")),
    *("Docket.seal", "Scope.__init__"),
}
"""Public only to the parts of the package itself; as is all of `Scope`, the base of `App`, but how it is entered."""

type Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A file of a package."""

    file: str
    text: bytes
    tree: ast.Module

    def mutant(self, name: str, *edits: tuple[ast.expr | ast.arg, str]) -> Mutant:
        """The file with some nodes written otherwise."""
        return self.edited(name, *((*self.span(node), new) for node, new in edits))

    def edited(self, name: str, *edits: tuple[int, int, str]) -> Mutant:
        """The file with some pieces of it written otherwise."""
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new.encode() + text[end:]
        return Mutant(name, self.file, text.decode())

    def span(self, node: ast.expr | ast.arg) -> tuple[int, int]:
        """Where a node begins and ends."""
        lines = self.text.splitlines(keepends=True)
        begins = [sum(map(len, lines[:number])) for number in (node.lineno - 1, (node.end_lineno or 0) - 1)]
        return begins[0] + node.col_offset, begins[1] + (node.end_col_offset or 0)


@cache
def source_of(definition: type | FunctionType) -> Source:
    """The file that something is defined in."""
    path = Path(inspect.getsourcefile(definition) or "")
    package = definition.__module__.partition(".")[0]
    text = path.read_bytes()
    return Source(path.relative_to(SOURCES[package].parent).as_posix(), text, ast.parse(text))


def loosened() -> Iterator[Mutant]:
    """A mutant for each way in which a public signature can be loosened."""
    definitions = {
        definition: None
        for module in map(importlib.import_module, MODULES)
        for name in module.__all__
        for definition in _definitions(getattr(module, name))
    }
    for definition in definitions:
        source = source_of(definition)
        nodes = [node for node in source.tree.body if getattr(node, "name", None) == definition.__name__]
        yield from _of_body(source, nodes)


def _definitions(public: object) -> list[type | FunctionType]:
    """What it takes to know a public class, or function: the classes that it derives from are part of it."""
    if isinstance(public, FunctionType):
        return [inspect.unwrap(public)]
    classes = public.__mro__ if isinstance(public, type) and not issubclass(public, BaseException) else ()
    return [each for each in classes if each.__module__.partition(".")[0] in SOURCES]


def _of_body(source: Source, nodes: list[ast.stmt], owner: str = "") -> Iterator[Mutant]:
    overloads: dict[str, int] = {}
    for node in nodes:
        match node:
            case ast.ClassDef(name=name, body=body):
                yield from _of_body(source, body, f"{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_public(f"{owner}{name}"):
                decorators = {ast.unparse(each) for each in node.decorator_list}
                if "overload" in decorators:
                    overloads[name] = overloads.get(name, 0) + 1
                    yield from _of_function(source, node, f"{owner}{name} ({overloads[name]})")
                elif name not in overloads:
                    yield from _of_function(source, node, f"{owner}{name}")
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if _is_public(f"{owner}{name}"):
                if ast.unparse(annotation) != "Any":
                    yield source.mutant(f"{owner}{name} is anything", (annotation, "Any"))
            case _:
                pass


def _is_public(name: str) -> bool:
    last = name.rpartition(".")[2]
    return name not in INTERNAL and (last in SPECIAL or (not name.startswith("Scope.") and not last.startswith("_")))


def _of_function(source: Source, node: Function, name: str) -> Iterator[Mutant]:
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    named = [*arguments.args, *arguments.kwonlyargs]
    returned = node.returns
    for parameter in [*positional, *arguments.kwonlyargs]:
        if parameter.annotation is None:
            continue
        if ast.unparse(parameter.annotation) not in {"Any", "object"}:
            yield source.mutant(f"{name} takes anything for {parameter.arg}", (parameter.annotation, "Any"))
        if parameter in named:
            uses = [each for each in ast.walk(node) if isinstance(each, ast.Name) and each.id == parameter.arg]
            start = source.span(parameter)[0]
            edits = [(start, start + len(parameter.arg), "renamed"), *((*source.span(use), "renamed") for use in uses)]
            yield source.edited(f"{name} calls {parameter.arg} otherwise", *edits)
    for parameter, default in _optional(arguments):
        end = source.span(default)[1]
        yield source.edited(f"{name} requires {parameter.arg}", (source.span(parameter)[1], end, ""))
    if arguments.kwonlyargs and not arguments.vararg:
        star = source.text.rindex(b"*", 0, source.span(arguments.kwonlyargs[0])[0])
        comma = source.text.index(b",", star)
        yield source.edited(f"{name} takes its options by position", (star, comma + 1, ""))
    elif arguments.args and arguments.args[-1].annotation and not arguments.vararg:
        last = source.span(arguments.args[-1])[0]
        yield source.edited(f"{name} takes {arguments.args[-1].arg} by its name alone", (last, last, "*, "))
    if returned is None or ast.unparse(returned) in {"None", "Any"}:
        return
    yield source.mutant(f"{name} gives anything", (returned, "Any"))
    match returned:
        case ast.BinOp(left=left, right=ast.Constant(value=None)):
            yield source.mutant(f"{name} never gives None", (returned, ast.unparse(left)))
        case _:
            pass


def _optional(arguments: ast.arguments) -> list[tuple[ast.arg, ast.expr]]:
    """The parameters that could be required without changing others, and their defaults."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first = list(zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True))[:1]
    return first + [
        (parameter, default)
        for parameter, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    ]
