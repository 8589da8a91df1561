"""`Resolution`: runs a program for one call, and cleans up after it."""

import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, final

from ._factories import Kind, leave, nature
from ._program import Program, Step
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
        self._opened: list[tuple[Kind, Any, Step]] | None = None
        self._instances: list[Any] | None = None

    async def __aenter__(self) -> Self:  # noqa: C901, PLR0912, PLR0915 - split up, it is half as slow again
        if self._opened is not None:
            raise ReusedResolutionError("a resolution serves one call: ask the plan for another by resolve()")
        opened: list[tuple[Kind, Any, Step]] = []
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
                        self._instances = [*(self._instances or ()), made]
                        if kind is not _DEPENDENCY:
                            values[step.slot] = value
                            continue
                if value is _FINISHED:
                    _refuse(step, "ended without yielding a value")
                opened.append((kind, made, step))
                values[step.slot] = value
        except BaseException as error:
            if step is not None:
                _note(error, f"while resolving {step.path}")
            await _unwind(opened, error, pending=False)
            raise
        self._complete(values)
        return self

    def _complete(self, values: list[Any]) -> None:
        program = self._program
        if program.keywords:
            self.kwargs = kwargs = {**self.kwargs}
            for name, slot in program.keywords:
                kwargs[name] = values[slot]
        # With a required argument missing the call is wrong; the function itself says so best.
        if program.positional and program.required <= len(self.args) < len(program.positional):
            missing = program.positional[len(self.args) :]
            self.args = (*self.args, *[values[slot] for slot in missing])

    async def __aexit__(  # noqa: C901 - the same
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool:
        opened = self._opened
        if not opened:
            return False
        if exc is not None:
            return await _unwind(opened, exc, pending=False)
        failure = None
        step = None
        try:
            while opened:
                kind, resource, step = opened.pop()
                if kind is _ASYNC_GENERATOR:
                    if await anext(resource, _FINISHED) is not _FINISHED:
                        await resource.aclose()
                        _refuse(step, "yielded more than one value")
                elif kind is _GENERATOR:
                    if next(resource, _FINISHED) is not _FINISHED:
                        resource.close()
                        _refuse(step, "yielded more than one value")
                elif kind is _MANAGER:
                    resource.__exit__(None, None, None)
                else:
                    await resource.__aexit__(None, None, None)
        except BaseException as error:  # noqa: BLE001 - raised again when the others are cleaned up
            if step is not None:
                _note(error, f"while cleaning up {step.path}")
            failure = error
        if failure is not None:
            await _unwind(opened, failure, pending=True)
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
                raise MissingArgumentError(
                    f"{lookup.path} asks for the argument {lookup.name!r}, which this call does not pass "
                    "and which has no default",
                    lookup.name,
                )


async def _unwind(opened: list[tuple[Kind, Any, Step]], error: BaseException, *, pending: bool) -> bool:
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


def _refuse(step: Step, fault: str) -> NoReturn:
    raise YieldError(f"{step.path} {fault}; a generator that is a dependency yields exactly once")


def _note(error: BaseException, note: str) -> None:
    """Add a note once: the same exception may be raised by many calls."""
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
