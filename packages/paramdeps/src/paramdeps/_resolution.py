"""`Resolution`: runs a program for one call, and cleans up after it."""

import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, final

from ._factories import Kind, is_awaitable, leave, nature
from ._program import Lookup, Opened, Program, Step
from .errors import MissingArgumentError, ReusedResolutionError, YieldError

# Members of an enumeration are slower to reach than module globals, and the loop below asks for them often.
_CALL = Kind.CALL
_VALUE = Kind.VALUE
_AWAITABLE = Kind.AWAITABLE
_GENERATOR = Kind.GENERATOR
_ASYNC_GENERATOR = Kind.ASYNC_GENERATOR
_MANAGER = Kind.MANAGER
_ASYNC_MANAGER = Kind.ASYNC_MANAGER
_DEPENDENCY = Kind.DEPENDENCY

_FINISHED = object()


@final
class Resolution:
    """One call of a function: a context manager that enters its dependencies, and leaves them in reverse.

        resolution = plan.resolve(args, kwargs)
        async with resolution:
            await function(*resolution.args, **resolution.kwargs)

    Entering raises what the first failing dependency raised, after leaving those that were entered, even when
    one of these suppresses it: there is nothing to go on with. Leaving calls every clean-up, passes it the
    exception that ended the body or replaced it since, and suppresses that if one of them says so, as
    `contextlib.AsyncExitStack` does.

    Attributes:
        args: the positional arguments; complete once entered.
        kwargs: the keyword arguments; complete once entered.
    """

    __slots__ = ("_instances", "_opened", "_program", "args", "kwargs")

    def __init__(self, program: Program, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self.args: tuple[Any, ...] = args
        self.kwargs: Mapping[str, Any] = kwargs
        self._program = program
        self._opened: Opened | None = None
        self._instances: list[Any] | None = None

    async def __aenter__(self) -> Self:  # noqa: C901, PLR0912, PLR0915 - split up, it is half as slow again
        if self._opened is not None:
            raise ReusedResolutionError("a resolution serves one call: ask the plan for another by resolve()")
        opened: Opened = []
        self._opened = opened
        program = self._program
        values = program.template.copy()
        if program.lookups:
            self._look_up(values)
        step = None
        try:
            for step in program.steps:
                kind = step.kind
                if step.only is not None:
                    made = step.function(values[step.only])
                elif step.keywords:
                    made = step.function(
                        *[values[slot] for slot in step.positional],
                        **{name: values[slot] for name, slot in step.keywords},
                    )
                elif step.positional:
                    made = step.function(*[values[slot] for slot in step.positional])
                else:
                    made = step.function()
                if kind is _CALL:
                    if type(made) is program.plain[step.slot]:
                        values[step.slot] = made
                        continue
                    kind = nature(made, step.path)
                    if kind is _VALUE:
                        program.plain[step.slot] = type(made)
                if kind is _VALUE:
                    values[step.slot] = made
                    continue
                if kind is _AWAITABLE:
                    values[step.slot] = await made
                    continue
                if kind is _ASYNC_GENERATOR:
                    value = await anext(made, _FINISHED)
                elif kind is _GENERATOR:
                    value = next(made, _FINISHED)
                elif kind is _MANAGER:
                    value = made.__enter__()
                else:
                    value = await made.__aenter__()
                    if kind is not _ASYNC_MANAGER:
                        if self._instances is None:
                            self._instances = [made]
                        else:
                            self._instances.append(made)
                        if kind is not _DEPENDENCY:
                            values[step.slot] = value
                            continue
                if value is _FINISHED:
                    refuse(step, "ended without yielding a value")
                opened.append((kind, made, step))
                values[step.slot] = value
        except BaseException as error:
            await abandon(opened, error, step)
            raise
        if program.keywords:
            self.kwargs = kwargs = {**self.kwargs}
            for name, slot in program.keywords:
                kwargs[name] = values[slot]
        # With a required argument missing the call is wrong; the function itself says so best.
        if program.positional and program.required <= len(self.args) < len(program.positional):
            missing = program.positional[len(self.args) :]
            self.args = (*self.args, *[values[slot] for slot in missing])
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool:
        opened = self._opened
        if not opened:
            return False
        if exc is not None:
            return await unwind(opened, exc, pending=False)
        await close(opened)
        return False

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to clean up."""
        return bool(self._opened)

    def instances[K](self, kind: type[K] | Callable[..., K]) -> tuple[K, ...]:
        """This call's copies of the `Dependency` instances of `kind` that have been entered, in order.

        They stay available after the call, and after an entry that failed half-way.

        Parameters:
            kind: as for `Plan.declared`.
        """
        entered = self._instances
        if entered is None:
            return ()
        return tuple([entered[index] for index in self._program.matching(kind) if index < len(entered)])

    def _look_up(self, values: list[Any]) -> None:
        """Fetch the arguments that dependencies want."""
        args, kwargs = self.args, self.kwargs
        for lookup in self._program.lookups:
            if lookup.position < len(args):
                values[lookup.slot] = args[lookup.position]
            elif lookup.keyword is not None and lookup.keyword in kwargs:
                values[lookup.slot] = kwargs[lookup.keyword]
            elif lookup.required:
                missing(lookup)


async def run_in_loop(
    program: Program, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Any:
    """Resolve, call `function`, and clean up; None if one of its dependencies suppressed what it raised."""
    resolution = Resolution(program, args, kwargs)
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


async def abandon(opened: Opened, error: BaseException, step: Step | None) -> None:
    """Leave what is `opened` because entering `step` raised `error`, which the caller raises again."""
    if step is not None:
        _note(error, f"while resolving {step.path}")
    await unwind(opened, error, pending=False)


async def close(opened: Opened) -> None:
    """Leave what is `opened` after a body that went well."""
    failure = None
    step = None
    try:
        while opened:
            kind, resource, step = opened.pop()
            if kind is _ASYNC_GENERATOR:
                if await anext(resource, _FINISHED) is not _FINISHED:
                    await resource.aclose()
                    refuse(step, "yielded more than one value")
            elif kind is _GENERATOR:
                if next(resource, _FINISHED) is not _FINISHED:
                    resource.close()
                    refuse(step, "yielded more than one value")
            elif kind is _MANAGER:
                resource.__exit__(None, None, None)
            else:
                await resource.__aexit__(None, None, None)
    except BaseException as error:  # noqa: BLE001 - raised again when the others are cleaned up
        failure = error
    if failure is not None and step is not None:
        await fail_to_leave(opened, failure, step)


async def fail_to_leave(opened: Opened, failure: BaseException, step: Step) -> None:
    """Leave what is still `opened` because leaving `step` raised `failure`, and raise what becomes of that."""
    _note(failure, f"while cleaning up {step.path}")
    await unwind(opened, failure, pending=True)


async def unwind(opened: Opened, error: BaseException, *, pending: bool) -> bool:
    """Leave what is `opened` because of `error`, as `AsyncExitStack.__aexit__` does.

    Parameters:
        error: what the first clean-up is told.
        pending: whether `error` is to be raised at the end if nothing suppresses it.

    Returns:
        Whether `error`, and what came in its place, has been suppressed.
    """
    frame_error = sys.exception()
    current: BaseException | None = error
    while opened:
        kind, resource, step = opened.pop()
        try:
            if await leave(kind, resource, current):
                current, pending = None, False
        except BaseException as new_error:  # noqa: BLE001 - raised again when the others are cleaned up
            if new_error is not current:
                _note(new_error, f"while cleaning up {step.path}")
            _chain(new_error, current, frame_error)
            current, pending = new_error, True
    if current is not None and pending:
        context = current.__context__
        try:
            raise current
        finally:
            current.__context__ = context  # which raising it here has replaced
    return current is None


def _chain(error: BaseException, earlier: BaseException | None, frame_error: BaseException | None) -> None:
    """Put `earlier` at the end of the context of `error`, where Python has put the handled `frame_error`."""
    link = earlier
    while link is not None:
        if link is error:
            return
        link = link.__context__
    while (context := error.__context__) is not frame_error:
        if context is None or context is earlier:
            return
        error = context
    error.__context__ = earlier


def missing(lookup: Lookup) -> NoReturn:
    """Say that the call does not pass what `lookup` asks for."""
    raise MissingArgumentError(
        f"{lookup.path} asks for the argument {lookup.name!r}, which this call does not pass and which has no default",
        lookup.name,
    )


def refuse(step: Step, fault: str) -> NoReturn:
    """Say that the generator of `step` did not yield once."""
    raise YieldError(f"{step.path} {fault}; a generator that is a dependency yields exactly once")


def _note(error: BaseException, note: str) -> None:
    """Add a note once: the same exception may be raised by many calls."""
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
