"""Mutants that need no idea of what a signature is for: every public one, loosened in each of a few ways.

Whatever a package's `__all__` names is looked up in its source, the public methods, properties and fields of its
classes included; of an error its attributes and bases, for the packages alone make errors. So what is added to the
packages has mutants at once, and they live until a typing test is about it.
"""

import ast
import importlib
import inspect
from collections.abc import Iterator, Sequence
from types import FunctionType

from tests.repository import SOURCES
from tests.typing import signatures
from tests.typing.mutation import Mutant
from tests.typing.sources import Edit, Source, source_of

MODULES = ("paramdeps", "docket", "docket.dependencies", "docket.errors")
SPECIAL = {"__init__", "__aenter__", "__aexit__", "__call__"}
INTERNAL = {
    *("Docket.storage", "Docket.execution", "Docket.seal"),
    *("Execution.__init__", "Execution.claim", "Execution.function", "ExecutionState.may_become"),
    *("DeadLetters.__init__", "Plan.__init__", "Resolution.__init__", "Scope.__init__"),
    *(f"Strike.{name}" for name in ("of", "load", "dump", "pickled", "is_same_as", "blocks", "outline")),
}
"""Public only to the parts of the package itself; as is all of `Scope`, the base of `App`, but how it is entered."""


_ROOTS = {"StrEnum": "Enum"}
"""What a class derives from instead when it has lost its only base; others from `object`, errors from `Exception`."""


def public_names(module: str) -> Sequence[str]:
    """What a module has for users: what its `__all__` names, or without one, what it defines."""
    imported = importlib.import_module(module)
    defined = [name for name, value in vars(imported).items() if getattr(value, "__module__", "") == module]
    return getattr(imported, "__all__", [name for name in defined if not name.startswith("_")])


def loosened() -> Iterator[Mutant]:
    """A mutant for each way in which a public signature can be loosened."""
    definitions = {
        definition: None
        for module in MODULES
        for name in public_names(module)
        for definition in _definitions(getattr(importlib.import_module(module), name))
    }
    for definition in definitions:
        source = source_of(definition)
        nodes = [node for node in source.tree.body if getattr(node, "name", None) == definition.__name__]
        if isinstance(definition, type) and issubclass(definition, BaseException):
            yield from _of_class(source, nodes[0], "Exception")
        else:
            yield from _of_body(source, nodes)


def _definitions(public: object) -> list[type | FunctionType]:
    """What it takes to know a public class, or function: the classes that it derives from are part of it."""
    if isinstance(public, FunctionType):
        return [inspect.unwrap(public)]
    classes = public.__mro__ if isinstance(public, type) else ()
    return [each for each in classes if each.__module__.partition(".")[0] in SOURCES]


def _of_body(source: Source, nodes: list[ast.stmt], owner: str = "") -> Iterator[Mutant]:
    overloads: dict[str, int] = {}
    for node in nodes:
        match node:
            case ast.ClassDef(name=name, body=body):
                yield from _of_class(source, node, "object")
                yield from _of_body(source, body, f"{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if _is_public(f"{owner}{name}"):
                decorators = {ast.unparse(each) for each in node.decorator_list}
                if "overload" in decorators:
                    overloads[name] = overloads.get(name, 0) + 1
                    yield from signatures.loosened(source, node, f"{owner}{name} ({overloads[name]})")
                elif name == "__aexit__":
                    yield from _of_exit(source, node, f"{owner}{name}")
                elif name not in overloads:
                    yield from signatures.loosened(source, node, f"{owner}{name}")
                if "property" in decorators:
                    setter = f"\n\n    @{name}.setter\n    def {name}(self, value: Any) -> None: ..."
                    yield source.mutant(f"{owner}{name} can be set", (*[source.span(node)[1]] * 2, setter))
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if _is_public(f"{owner}{name}"):
                if ast.unparse(annotation) != "Any":
                    yield source.mutant(f"{owner}{name} is anything", source.instead(annotation, "Any"))
            case _:
                pass


def _is_public(name: str) -> bool:
    last = name.rpartition(".")[2]
    return name not in INTERNAL and (last in SPECIAL or (not name.startswith("Scope.") and not last.startswith("_")))


def _of_class(source: Source, node: ast.stmt, root: str) -> Iterator[Mutant]:
    assert isinstance(node, ast.ClassDef)
    yield from _of_bases(source, node, root)
    yield from _of_members(source, node)
    for name, edit in _attributes(source, node):
        if _is_public(f"{node.name}.{name}"):
            yield source.mutant(f"{node.name}.{name} is anything", edit)
    if not any(ast.unparse(decorator) == "final" for decorator in node.decorator_list):
        yield from _of_derived(source, node)
    for decorator in node.decorator_list:
        if ast.unparse(decorator) == "final":
            begin, end = source.span(decorator)
            yield source.mutant(f"{node.name} can be derived from", (begin - len("@"), end, ""))
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg == "frozen":
                yield source.mutant(f"{node.name} can be changed", source.instead(keyword.value, "False"))


def _of_members(source: Source, node: ast.ClassDef) -> Iterator[Mutant]:
    """Without each of its constants; these are the members of enums."""
    for statement in node.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper():
                yield source.mutant(f"{node.name}.{name} is lost", (*source.span(statement), "pass"))
            case _:
                pass


def _of_derived(source: Source, node: ast.ClassDef) -> Iterator[Mutant]:
    """What gives a derived class gives its base: of a final class nobody could tell."""
    for method in node.body:
        match method:
            case (
                ast.FunctionDef(returns=ast.Name("Self") as given)
                | ast.AsyncFunctionDef(returns=ast.Name("Self") as given)
            ) if _is_public(f"{node.name}.{method.name}"):
                new = source.instead(given, f'"{node.name}"')
                yield source.mutant(f"{node.name}.{method.name} gives a {node.name}", new)
            case _:
                pass


def _attributes(source: Source, node: ast.ClassDef) -> Iterator[tuple[str, Edit]]:
    """What `__init__` assigns to `self`, and how that would be of any type."""
    initialisers = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
    for statement in ast.walk(initialisers[0]) if initialisers else ():
        match statement:
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation):
                yield name, source.instead(annotation, "Any")
            case ast.Assign(targets=[ast.Attribute(attr=name) as target]):
                yield name, (*[source.span(target)[1]] * 2, ": Any")
            case _:
                pass


def _of_bases(source: Source, node: ast.ClassDef, root: str) -> Iterator[Mutant]:
    """Without each of its bases, that is taken for another one no more; and as one that holds anything."""
    bases = [ast.unparse(base) for base in node.bases]
    for base, written in zip(node.bases, bases, strict=True):
        others = ", ".join(each for each in bases if each != written) or _ROOTS.get(written, root)
        # Without `ABC`, mypy still takes a class with abstract methods for abstract.
        if written not in {others, "ABC"}:
            begin, end = source.span(node.bases[0])[0], source.span(node.bases[-1])[1]
            yield source.mutant(f"{node.name} is no {written}", (begin, end, others))
        if isinstance(base, ast.Subscript) and not written.startswith("Generic["):
            new = source.instead(base.slice, "Any")
            yield source.mutant(f"{node.name} is a {ast.unparse(base.value)} of anything", new)


def _of_exit(source: Source, node: signatures.Function, name: str) -> Iterator[Mutant]:
    """Whether an error may end in it decides what is reached after the block."""
    if node.returns is not None:
        other = "None" if ast.unparse(node.returns) == "bool" else "bool"
        yield source.mutant(f"{name} gives {other}", source.instead(node.returns, other))
