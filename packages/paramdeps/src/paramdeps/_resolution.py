"""`Resolution`: runs a program for one call, and cleans up after it."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, final

from ._concurrency import Entry
from ._entering import make
from ._factories import Kind, is_awaitable, nature
from ._generators import FINISHED, refuse_empty
from ._leaving import abandon, close, unwind
from ._program import MISSING, Lookup, Opened, Program, Step
from ._scopes import Scope
from .errors import MissingAppError, MissingArgumentError, ReusedResolutionError

# Members of an enumeration are slower to reach than module globals, and the loop below asks for them often.
_CALL = Kind.CALL
_VALUE = Kind.VALUE
_AWAITABLE = Kind.AWAITABLE
_GENERATOR = Kind.GENERATOR
_ASYNC_GENERATOR = Kind.ASYNC_GENERATOR
_MANAGER = Kind.MANAGER
_ASYNC_MANAGER = Kind.ASYNC_MANAGER
_DEPENDENCY = Kind.DEPENDENCY
_SHARED = Kind.SHARED


@final
class Resolution:
    """One call of a function: a context manager that enters its dependencies, and leaves them in reverse.

        resolution = plan.resolve(args, kwargs)
        async with resolution:
            await function(*resolution.args, **resolution.kwargs)

    Entering raises what the first failing dependency raised, after leaving those that were entered, even when
    one of these suppresses it: there is nothing to go on with. A cancellation that one of these suppresses becomes an
    `EntryCancelledError`. Leaving calls every clean-up, passes it the
    exception that ended the body or replaced it since, and suppresses that if one of them says so, as
    `contextlib.AsyncExitStack` does.

    Attributes:
        args: the positional arguments; complete once entered.
        kwargs: the keyword arguments; complete once entered.
    """

    __slots__ = ("_instances", "_opened", "_program", "_scope", "args", "kwargs")

    def __init__(
        self, program: Program, args: tuple[Any, ...], kwargs: Mapping[str, Any], scope: Scope | None = None
    ) -> None:
        self.args: tuple[Any, ...] = args
        self.kwargs: Mapping[str, Any] = kwargs
        self._program = program
        self._scope = scope
        self._opened: Opened | None = None
        self._instances: list[Any] | None = None

    async def __aenter__(self) -> Self:  # noqa: C901, PLR0912, PLR0915 - split up, it is half as slow again
        if self._opened is not None:
            raise ReusedResolutionError("a resolution serves one call: ask the plan for another by resolve()")
        opened: Opened = []
        self._opened = opened
        program = self._program
        values = program.template.copy()
        scope = self._scope
        if program.prepares:
            self._prepare(values)
        if scope is not None and scope.enters_specially:
            return await self._enter_specially(values, scope)
        step = None
        try:
            for step in program.steps:
                kind = step.kind
                if step.only is not None:
                    made = step.function(values[step.only])
                elif step.positional or step.keywords:
                    made = make(step, values)
                else:
                    made = step.function()
                if kind is _CALL:
                    if type(made) is program.plain[step.slot]:
                        values[step.slot] = made
                        continue
                    kind = nature(made, step.path)
                    if kind is _VALUE:
                        program.plain[step.slot] = type(made)
                if kind is _VALUE or kind is _AWAITABLE:
                    values[step.slot] = made if kind is _VALUE else await made
                    continue
                if kind is _ASYNC_GENERATOR:
                    value = await anext(made, FINISHED)
                elif kind is _GENERATOR:
                    value = next(made, FINISHED)
                elif kind is _MANAGER:
                    value = made.__enter__()
                elif kind is _SHARED:
                    values[step.slot] = made if made is not MISSING else await self._built(step)
                    continue
                else:
                    value = await made.__aenter__()
                    if kind is not _ASYNC_MANAGER:
                        if self._instances is None:
                            self._instances = []
                        self._instances.append(made)
                        if kind is not _DEPENDENCY:
                            values[step.slot] = value
                            continue
                if value is FINISHED:
                    refuse_empty(step.path)
                opened.append((kind, made, step))
                values[step.slot] = value
        except BaseException as error:
            await abandon(opened, error, step, None if scope is None else scope.cleanup_seconds)
            raise
        self._complete(values)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool:
        opened = self._opened
        if not opened:
            return False
        seconds = None if self._scope is None else self._scope.cleanup_seconds
        if exc is not None:
            return await unwind(opened, exc, pending=False, seconds=seconds)
        if seconds is None:
            await close(opened)
        else:
            await unwind(opened, None, pending=False, seconds=seconds)
        return False

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to clean up."""
        return bool(self._opened)

    def instances[K](self, kind: Callable[..., K]) -> tuple[K, ...]:
        """This call's copies of the `Dependency` instances of `kind` that have been entered, in order.

        They stay available after the call, and after an entry that failed half-way.

        Parameters:
            kind: as for `Plan.declared`.
        """
        entered = self._instances
        if entered is None:
            return ()
        indices = [index for index in self._program.matching(kind) if index < len(entered)]
        return tuple([entered[index] for index in indices if entered[index] is not None])

    def _complete(self, values: list[Any]) -> None:
        """Add to the arguments what has been resolved."""
        program = self._program
        if program.keywords:
            self.kwargs = kwargs = {**self.kwargs}
            for name, slot in program.keywords:
                kwargs[name] = values[slot]
        # With a required argument missing the call is wrong; the function itself says so best.
        if program.positional and program.required <= len(self.args) < len(program.positional):
            missing = program.positional[len(self.args) :]
            self.args = (*self.args, *[values[slot] for slot in missing])

    async def _enter_specially(self, values: list[Any], scope: Scope) -> Self:
        entry = Entry(self._program, values, scope)
        self._instances = entry.instances
        await entry.enter()
        self._opened = entry.opened
        self._complete(values)
        return self

    async def _built(self, step: Step) -> Any:
        """A shared value that is not there yet."""
        return no_app(self._program) if self._scope is None or step.unit is None else await self._scope.build(step.unit)

    def _prepare(self, values: list[Any]) -> None:
        """Fetch the arguments that dependencies want, and what the application has built."""
        args, kwargs = self.args, self.kwargs
        if self._program.found is not None:
            values[self._program.found] = no_app(self._program) if self._scope is None else self._scope.found_here()
        for lookup in self._program.lookups:
            if lookup.position < len(args):
                values[lookup.slot] = args[lookup.position]
            elif lookup.keyword is not None and lookup.keyword in kwargs:
                values[lookup.slot] = kwargs[lookup.keyword]
            elif lookup.required:
                missing(lookup)


async def run_in_loop(
    program: Program,
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    scope: Scope | None,
) -> Any:
    """Resolve, call `function`, and clean up; None if one of its dependencies suppressed what it raised."""
    resolution = Resolution(program, args, kwargs, scope)
    # As `async with` would do it, but without a coroutine for leaving when there is nothing to leave.
    await resolution.__aenter__()
    try:
        result = function(*resolution.args, **resolution.kwargs)
        if is_awaitable(result):
            result = await result
    except BaseException as error:
        if not await resolution.__aexit__(type(error), error, error.__traceback__):
            raise
        return None
    if resolution.is_open:
        await resolution.__aexit__(None, None, None)
    return result


def missing(lookup: Lookup) -> NoReturn:
    """Say that the call does not pass what `lookup` asks for."""
    raise MissingArgumentError(
        f"{lookup.path} needs the argument {lookup.name!r}, which this call does not pass and which has no default",
        lookup.name,
    )


def no_app(program: Program) -> NoReturn:
    """Say that the call needs an application."""
    path = next(step.path for step in program.steps if step.unit is not None)
    raise MissingAppError(
        f"{path} is shared by an App, and {program.name}() was called without one: "
        f"use `async with App() as app: await app.call({program.name}, ...)`"
    )
