"""`Layout`: what all plans of a function, and of the methods made of it, have in common."""

import sys
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from types import MappingProxyType
from typing import Any, NoReturn, final

from ._compiler import Declaration, compile_program, raise_it
from ._declarations import Report, check_held, check_placed, wrappers_of
from ._factories import Kind, kind_of
from ._overrides import Overrides
from ._placeholders import is_declared
from ._program import Program
from ._signatures import POSITIONAL, name_of, signature_of
from .errors import StreamError


@final
class Layout:
    """A function's declaration, and the programs that have been compiled for it.

    Attributes:
        declaration: what it declares.
        signature: its signature.
        dependencies: its parameters that are dependencies, and what they were declared with.
        is_stream: whether it is a generator function, async or not.
        first: the position of the first of these among the positional parameters.
        keywords: those that can be passed by name.
        full: the program for calls that pass none of them.
    """

    __slots__ = (
        "_by_name", "_end", "_programs", "declaration", "dependencies", "first", "full", "is_stream", "keywords",
        "signature",
    )  # fmt: skip

    def __init__(self, declaration: Declaration, is_stream: bool) -> None:
        parameters = list(declaration.signature.parameters.values())
        declared = [each for each in parameters if is_declared(each.default)]
        positions = {each.name: parameters.index(each) for each in declared if each.kind in POSITIONAL}
        self.declaration: Declaration = declaration
        self.signature: Signature = declaration.signature
        self.dependencies: Mapping[str, object] = MappingProxyType({each.name: each.default for each in declared})
        self.is_stream: bool = is_stream
        self.first: int = min(positions.values(), default=sys.maxsize)
        self.keywords: frozenset[str] = frozenset(
            each.name for each in declared if each.kind is not Parameter.POSITIONAL_ONLY
        )
        self.full: Program = self._compiled(frozenset(), None)
        self._by_name = {each.name: positions.get(each.name, sys.maxsize) for each in declared}
        self._end = max(positions.values(), default=-1) + 1
        self._programs: dict[object, Program] = {(self, frozenset()): self.full}

    def program_for(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], overrides: Overrides | None = None
    ) -> Program:
        """The program for calls that pass the same dependencies themselves, and override the same."""
        # What is compiled for overrides is theirs, so that it goes with them.
        programs: dict[object, Program] = self._programs if overrides is None else overrides.programs
        passed = (self, min(len(args), self._end), *[name for name in kwargs if name in self.keywords])
        program = programs.get(passed)
        if program is None:
            given = frozenset(
                name
                for name, position in self._by_name.items()
                if position < len(args) or (name in self.keywords and name in kwargs)
            )
            key = (self, given)  # which several ways to pass them have in common
            program = programs.get(key)
            if program is None:
                program = programs[key] = self._compiled(given, overrides)
            programs[passed] = program
        return program

    def full_for(self, overrides: Overrides) -> Program:
        """The program for calls that pass no dependencies, with these replaced."""
        program: Program | None = overrides.programs.get(self)
        if program is None:
            program = overrides.programs[self] = self.program_for((), {}, overrides)
        return program

    def _compiled(self, given: frozenset[str], overrides: Overrides | None) -> Program:
        program = compile_program(self.declaration, given, overrides)
        if self.is_stream:
            program.run = _refuse  # rather than to look in each call whether it is one
        return program


def refuse_generator(name: str) -> NoReturn:
    """Say that a generator function is not called."""
    raise StreamError(
        f"{name}() is a generator function: what it needs would be cleaned up before its first item; "
        "stream() it, if it is async, rather than call it"
    )


async def _refuse(program: Program, *_: Any) -> NoReturn:
    refuse_generator(program.name)


def declaration_of(function: Callable[..., Any], report: Report) -> Declaration:
    """What `function` declares."""
    name = name_of(function)
    signature = signature_of(function) or Signature()
    wrappers: dict[str, Any] = {}
    check_placed(function, (), report)
    for parameter in signature.parameters.values():
        check_held(parameter.default, (f"{name}.{parameter.name}",), report)
        if found := wrappers_of(name, function, parameter, (f"{name}.{parameter.name}",), report):
            wrappers[parameter.name] = found
    return Declaration(name, signature, MappingProxyType(wrappers))


def layout_of(function: Callable[..., Any]) -> Layout:
    """The layout of `function`.

    Raises:
        DeclarationError: its dependencies cannot work.
    """
    return Layout(declaration_of(function, raise_it), kind_of(function) in (Kind.ASYNC_GENERATOR, Kind.GENERATOR))
