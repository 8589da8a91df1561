"""`Plan`: a function's dependencies, compiled once, and kept no longer than the function."""

import sys
from collections.abc import Callable, Coroutine, Mapping
from inspect import Parameter, Signature
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, final

from ._codegen import runner_of, source_of
from ._compiler import compile_program, is_declared
from ._factories import call_of
from ._program import Program
from ._resolution import Resolution
from ._signatures import POSITIONAL, name_of, signature_of
from .errors import InvalidDependencyError

_ATTRIBUTE = "__paramdeps__"


@final
class Plan[R]:
    """What a function's dependencies are and how to resolve them; made by `plan`, and never changed.

    Attributes:
        function: the function it was made for.
        signature: its signature; empty if it has none, as some builtins have.
        dependencies: the parameters that are dependencies, and what they were declared with: an instance of
            `Dependency`, or what `Depends` or `Argument` returned. Those of factories are not among them.
        is_empty: whether there are no dependencies, so that the function can as well be called directly.
    """

    __slots__ = ("_full", "_layout", "dependencies", "function", "is_empty", "signature")

    def __init__(self, function: Callable[..., R], layout: "_Layout") -> None:
        self.function: Callable[..., R] = function
        self.signature: Signature = layout.signature
        self.dependencies: Mapping[str, object] = layout.dependencies
        self.is_empty: bool = not layout.dependencies
        self._layout = layout
        self._full = layout.full

    def __repr__(self) -> str:
        return f"<Plan of {name_of(self.function)}() with {len(self.dependencies)} dependencies>"

    def resolve(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Resolution:
        """What resolves the dependencies of one call, when it is entered as an async context manager.

        Parameters:
            args: the positional arguments that the caller passes.
            kwargs: the keyword arguments that the caller passes. A dependency that is among either is not
                entered. Whether the arguments fit the function is left to the function.
        """
        return Resolution(self._program_for(args, kwargs), args, kwargs)

    def run(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
        """Resolve the dependencies of one call, call the function, and clean up, when it is awaited: see `call`.

        Parameters:
            args: the positional arguments that the caller passes.
            kwargs: the keyword arguments that the caller passes.
        """
        program = self._program_for(args, kwargs)
        return (program.run or runner_of(program))(program, self.function, args, kwargs)

    @property
    def source(self) -> str | None:
        """The source that is generated for calls which leave all dependencies to be resolved.

        None if there can be none; such calls are always run by a loop, with the same outcome.
        """
        return source_of(self._full)

    def declared[K](self, kind: type[K] | Callable[..., K]) -> tuple[K, ...]:
        """The `Dependency` instances of `kind` declared here or for factories, in order of entering.

        They are the shared default values, not the copies of any call; for those see `Resolution.instances`.

        Parameters:
            kind: a class, an abstract base class or a runtime-checkable protocol. (Typed as a callable too,
                because mypy takes the latter two for no `type`.)
        """
        instances: tuple[Any, ...] = self._full.instances
        return tuple([instances[index] for index in self._full.matching(kind)])

    def _program_for(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Program:
        """The program for calls with these arguments."""
        layout = self._layout
        if len(args) <= layout.first and (not kwargs or layout.keywords.isdisjoint(kwargs)):
            return self._full
        return layout.program_for(args, kwargs)


def plan[R](function: Callable[..., R], /) -> Plan[R]:
    """The plan of a function, compiled at the first use and kept as long as the function.

    Parameters:
        function: any callable. Methods share the plan of the function that they are made of.

    Raises:
        DeclarationError: its dependencies cannot work.
        InvalidDependencyError: it cannot be called.
    """
    if type(function) is FunctionType:
        memo: _Memo | None = function.__dict__.get(_ATTRIBUTE)
        if memo is not None and memo.owner is function and memo.plan is not None:
            return memo.plan
    return _planned(function)


@final
class _Layout:
    """What all plans of a function, and of the methods made of it, have in common."""

    __slots__ = ("_by_name", "_name", "_programs", "dependencies", "first", "full", "keywords", "signature")

    def __init__(self, name: str, signature: Signature) -> None:
        parameters = list(signature.parameters.values())
        declared = [each for each in parameters if is_declared(each.default)]
        positions = {each.name: parameters.index(each) for each in declared if each.kind in POSITIONAL}
        self.signature = signature
        self.dependencies = MappingProxyType({each.name: each.default for each in declared})
        self.first = min(positions.values(), default=sys.maxsize)
        self.keywords = frozenset(each.name for each in declared if each.kind is not Parameter.POSITIONAL_ONLY)
        self.full = compile_program(name, signature, frozenset())
        self._name = name
        self._by_name = {each.name: positions.get(each.name, sys.maxsize) for each in declared}
        self._programs: dict[frozenset[str], Program] = {frozenset(): self.full}

    def program_for(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Program:
        """The program for calls that pass the same dependencies themselves."""
        given = frozenset(
            name
            for name, position in self._by_name.items()
            if position < len(args) or (name in self.keywords and name in kwargs)
        )
        program = self._programs.get(given)
        if program is None:
            program = self._programs[given] = compile_program(self._name, self.signature, given)
        return program


@final
class _Memo:
    """What is kept of a function, on the function.

    A table of weak references would not do: a plan refers to the factories, these may refer to the function
    through a closure, and the table would so keep alive what it waits for to die. With an attribute, the same
    circle is one that the garbage collector sees.

    `functools.wraps` copies it to the wrapper, which is not the `owner`. A function that is pickled by value
    takes an empty one along.
    """

    __slots__ = ("layout", "method_layout", "owner", "plan")

    def __init__(self, owner: object = None) -> None:
        self.owner = owner
        self.plan: Plan[Any] | None = None
        self.layout: _Layout | None = None
        self.method_layout: _Layout | None = None

    def __reduce__(self) -> tuple[type["_Memo"], tuple[()]]:
        return (_Memo, ())


def _planned(function: Callable[..., Any]) -> Plan[Any]:
    """The plan of a callable that has none yet, or whose plan cannot be kept by it."""
    if not callable(function):
        raise InvalidDependencyError(f"a plan is made for a callable, not for {function!r}")
    method = _method_of(function)
    if method is not None:
        memo = _memo_of(method)
        layout = memo.method_layout
        if layout is None:
            layout = memo.method_layout = _layout_of(function)
        return Plan(function, layout)
    memo = _memo_of(function)
    if memo.plan is None:
        memo.plan = Plan(function, _layout_of(function))
    return memo.plan


def _method_of(function: Callable[..., Any]) -> object | None:
    """The function that a bound method, or an object with `__call__`, passes its calls on to.

    None if the signature depends on more than that function: classes have that of their constructor, and
    objects that stand for a function they decorate have that one's.
    """
    if isinstance(function, type) or hasattr(function, "__signature__") or hasattr(function, "__wrapped__"):
        return None
    if isinstance(function, MethodType):
        return function.__func__
    call = call_of(function)
    return call if isinstance(call, FunctionType) else None


def _memo_of(function: Any) -> _Memo:
    """The memo of `function`; a passing one if it can have no attributes."""
    memo = getattr(function, "__dict__", {}).get(_ATTRIBUTE)
    if isinstance(memo, _Memo) and memo.owner is function:
        return memo
    memo = _Memo(function)
    try:
        setattr(function, _ATTRIBUTE, memo)
    except (AttributeError, TypeError):
        return memo
    return memo


def _layout_of(function: Callable[..., Any]) -> _Layout:
    return _Layout(name_of(function), signature_of(function) or Signature())
