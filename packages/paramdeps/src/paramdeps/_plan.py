"""`Plan`: a function's dependencies, compiled once, and kept no longer than the function."""

from collections.abc import Callable, Coroutine, Mapping
from inspect import Signature
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, final

from ._codegen import runner_of, source_of
from ._factories import Kind, call_of
from ._introspection import PlannedStep, listing, parameters_of, steps_of
from ._keeping import Kept, kept_by
from ._layouts import Layout, layout_of
from ._overrides import overrides_in_force, presence
from ._placeholders import refuse_passed
from ._program import Program
from ._resolution import Resolution, run_in_loop
from ._scopes import Scope
from ._signatures import name_of, origin_of
from .errors import InvalidDependencyError

if TYPE_CHECKING:
    from .dependency import Dependency

_ATTRIBUTE = "__paramdeps__"
_ASYNCHRONOUS = (Kind.AWAITABLE, Kind.ASYNC_GENERATOR, Kind.ASYNC_MANAGER)


@final
class Plan[R]:
    """What a function's dependencies are and how to resolve them; made by `plan`, and never changed.

    Printed, it lists the steps.

    Attributes:
        function: the function it was made for.
        signature: its signature; empty if it has none, as some builtins have.
        dependencies: the parameters that are dependencies, and what they were declared with: an instance of
            `Dependency`, or what `Depends`, `Fresh`, `Shared` or `Argument` returned. Those of factories are not
            among them.
        wrappers: the parameters that have dependencies in their hints, and these.
        is_empty: whether there are neither, so that the function can as well be called directly.
        is_stream: whether the function is a generator function, async or not; such are not called, but streamed.
    """

    __slots__ = ("_full", "_layout", "dependencies", "function", "is_empty", "is_stream", "signature", "wrappers")

    def __init__(self, function: Callable[..., R], layout: Layout) -> None:
        self.function: Callable[..., R] = function
        self.signature: Signature = layout.signature
        self.dependencies: Mapping[str, object] = layout.dependencies
        self.wrappers: Mapping[str, tuple[Dependency[Any], ...]] = layout.declaration.wrappers
        self.is_empty: bool = not layout.dependencies and not layout.declaration.wrappers
        self.is_stream: bool = layout.is_stream
        self._layout = layout
        self._full = layout.full

    def __repr__(self) -> str:
        return f"<Plan of {name_of(self.function)}() with {len(self.dependencies)} dependencies>"

    def __str__(self) -> str:
        return listing(self._full, self.signature)

    @property
    def stripped_signature(self) -> Signature:
        """The signature without the parameters that are dependencies: what is left for the caller to pass."""
        left = [each for name, each in self.signature.parameters.items() if name not in self.dependencies]
        return self.signature.replace(parameters=left)

    @property
    def steps(self) -> tuple[PlannedStep, ...]:
        """What is entered for a call that passes none of the dependencies itself, in this order."""
        return steps_of(self._full)

    @property
    def supplied(self) -> Mapping[str, int]:
        """The parameters that are supplied, and by which of the `steps`."""
        return parameters_of(self._full, self.signature)

    @property
    def source(self) -> str | None:
        """The source that is generated for calls which leave all dependencies to be resolved.

        None if there can be none; such calls are always run by a loop, with the same outcome.
        """
        return source_of(self._full, self.function)

    def resolve(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], app: Scope | None = None) -> Resolution:
        """What resolves the dependencies of one call, when it is entered as an async context manager.

        Parameters:
            args: the positional arguments that the caller passes.
            kwargs: the keyword arguments that the caller passes. A dependency that is among either is not
                entered. Whether the arguments fit the function is left to the function.
            app: the `App` whose shared values and ways are used.
        """
        refuse_passed(self.function, args, kwargs)
        return Resolution(self._program_for(args, kwargs), args, kwargs, app)

    def run(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], app: Scope | None = None
    ) -> Coroutine[Any, Any, Any]:
        """Resolve the dependencies of one call, call the function, and clean up, when it is awaited: see `call`.

        Parameters:
            args: the positional arguments that the caller passes.
            kwargs: the keyword arguments that the caller passes.
            app: the `App` whose shared values and ways are used.
        """
        if args or kwargs:
            refuse_passed(self.function, args, kwargs)
        # The usual case is written out here: to ask `_program_for` takes a tenth of a small call.
        if kwargs or presence.blocks or len(args) > self._layout.first:
            program = self._program_for(args, kwargs)
        else:
            program = self._full
        if app is not None and app.is_special and not self.is_stream:
            return run_in_loop(program, self.function, args, kwargs, app)
        return (program.run or runner_of(program, self.function))(program, self.function, args, kwargs, app)

    def declared[K](self, kind: Callable[..., K]) -> tuple[K, ...]:
        """The `Dependency` instances of `kind` declared here or for factories, in order of entering.

        They are the shared default values, not the copies of any call; for those see `Resolution.instances`.

        Parameters:
            kind: a class, an abstract base class or a runtime-checkable protocol. (Typed as a callable that
                returns one, because mypy does not take the latter two for a `type`.)
        """
        instances: tuple[Any, ...] = self._full.instances
        return tuple([instances[index] for index in self._full.matching(kind)])

    def asynchronous(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """The paths of what has to be awaited for a call with these arguments, as far as code tells beforehand."""
        steps = self._program_for(args, kwargs).steps
        return tuple([step.path for step in steps if step.kind in _ASYNCHRONOUS])

    def shared(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, ...]:
        """The paths of what an application must have for a call with these arguments."""
        return tuple([step.path for step in self._program_for(args, kwargs).steps if step.unit is not None])

    def _program_for(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Program:
        """The program for calls with these arguments."""
        layout = self._layout
        overrides = overrides_in_force() if presence.blocks else None
        if len(args) <= layout.first and (not kwargs or layout.keywords.isdisjoint(kwargs)):
            return self._full if overrides is None else layout.full_for(overrides)
        return layout.program_for(args, kwargs, overrides)


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
    elif isinstance(function, MethodType) and type(inner := function.__func__) is FunctionType:
        memo = inner.__dict__.get(_ATTRIBUTE)
        if memo is not None and memo.owner is inner and memo.method_layout is not None:
            return Plan(function, memo.method_layout)
    return _planned(function)


@final
class _Memo(Kept):
    """The plan of a function, and the layout that the plans of all methods made of it share."""

    __slots__ = ("method_layout", "plan")

    def __init__(self, owner: object = None) -> None:
        super().__init__(owner)
        self.plan: Plan[Any] | None = None
        self.method_layout: Layout | None = None


def _planned(function: Callable[..., Any]) -> Plan[Any]:
    """The plan of a callable that has none yet, or whose plan cannot be kept by it."""
    if not callable(function):
        raise InvalidDependencyError(f"a plan is made for a callable, not for {function!r}")
    method = _method_of(function)
    if method is not None:
        memo = kept_by(method, _ATTRIBUTE, _Memo)
        layout = memo.method_layout
        if layout is None:
            layout = memo.method_layout = layout_of(function)
        return Plan(function, layout)
    memo = kept_by(function, _ATTRIBUTE, _Memo)
    if memo.plan is None:
        memo.plan = Plan(function, layout_of(function))
    return memo.plan


def _method_of(function: Callable[..., Any]) -> object | None:
    """The function that a bound method, or an object with `__call__`, passes its calls on to.

    None if the signature depends on more than that function: classes have that of their constructor, and
    objects that stand for a function they decorate have that one's.
    """
    if isinstance(function, MethodType):
        return function.__func__
    if isinstance(origin_of(function), type) or hasattr(function, "__signature__") or hasattr(function, "__wrapped__"):
        return None
    call = call_of(function)
    return call if isinstance(call, FunctionType) else None
