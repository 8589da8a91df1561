"""`Scope`: the values that an application shares, and how its calls are run."""

import asyncio
import weakref
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from dataclasses import replace
from datetime import timedelta
from traceback import clear_frames
from types import TracebackType
from typing import Any, Self, final

from ._cancellation import shielded
from ._duplicates import duplicate
from ._entering import enter, make
from ._factories import Kind
from ._leaving import note_way, unwind
from ._program import Opened, Step, Unit
from ._tenures import Tenure
from .errors import CircularDependencyError, ClosedAppError

type _Task = asyncio.Task[Any] | None

_builder: ContextVar["tuple[_Cell, _Task] | None"] = ContextVar("paramdeps_builder", default=None)
"""The value that is being made, and the task that makes it: those that a factory starts inherit this, but may not be
waited for."""


def act_for(task: _Task) -> None:
    """Have the current task, for which `task` waits, make whatever value that makes."""
    builder = _builder.get()
    if builder is not None and builder[1] is task:
        _builder.set((builder[0], asyncio.current_task()))


class Scope:
    """What an `App` is, apart from calling functions.

    Attributes:
        found: the values that have been built and asked for, by the tokens of their units.
        collects: whether errors of entering are collected.
        is_concurrent: whether independent dependencies of a call are entered at the same time.
        cleanup_seconds: how long each clean-up may take; None for as long as it likes.
        enters_specially: whether entering is more than the usual loop does.
        is_special: whether anything is.
        is_open: whether it has been entered, and not left.
        loop: the event loop in which it is open, or being left; None if it is neither.
    """

    def __init__(self, collect_errors: bool, concurrent: bool, cleanup_timeout: timedelta | None) -> None:
        self.found: dict[object, Any] = {}
        self.collects: bool = collect_errors
        self.is_concurrent: bool = concurrent
        self.cleanup_seconds: float | None = None if cleanup_timeout is None else cleanup_timeout.total_seconds()
        self.enters_specially: bool = collect_errors or concurrent
        self.is_special: bool = self.enters_specially or cleanup_timeout is not None
        self._context = Context()
        self.is_open: bool = False
        self._is_closing = False
        self._cells: dict[object, _Cell] = {}
        self._built: list[_Cell | _Failure] = []
        self.loop: asyncio.AbstractEventLoop | None = None
        self._tokens: dict[object, weakref.ref[Unit]] = {}

    async def __aenter__(self) -> Self:
        if self.is_open or self._is_closing:
            raise ClosedAppError("this App has been entered already: it serves one `async with` at a time")
        # Not that of who asks first for a value: it is for all, and may last longer than a request's context.
        self._context = copy_context()
        self.loop = asyncio.get_running_loop()
        self.is_open = True
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool:
        self.is_open = False
        self._is_closing = True  # a clean-up may still ask for what is left after it
        unfinished = [cell for cell in self._cells.values() if not cell.entered.done()]
        for cell in unfinished:
            cell.give_up()
        opened: Opened = [(Kind.ASYNC_MANAGER, cell, cell.step) for cell in (*self._built, *unfinished)]
        try:
            return await unwind(opened, exc, pending=False, seconds=self.cleanup_seconds) and exc is not None
        finally:
            self._is_closing = False
            self._built.clear()
            self._cells.clear()
            self._tokens.clear()
            self.found.clear()
            # An application is often a global, and would keep alive what the context has, and the loop.
            self._context = Context()
            self.loop = None

    def found_here(self) -> dict[object, Any]:
        """`found`, for those in the same event loop; others find nothing, and are told why by `build`."""
        return self.found if asyncio.get_running_loop() is self.loop else {}

    async def build(self, unit: Unit) -> Any:
        """The value of a unit, which is built if it is not yet; those who come meanwhile wait for it too.

        Raises:
            ClosedAppError: the application is not open, or not in this event loop, or has been left meanwhile.
            CircularDependencyError: a factory calls what needs the very value that it makes.
        """
        cell = self._open_cell_of(unit)
        try:
            return await self._value_of(cell, unit)
        except BaseException as error:
            if cell.has_failed:
                note_way(error, _path_to(cell.origin, unit))
            raise

    async def values_for(self, cell: "_Cell") -> list[Any]:
        """The values that the step of a cell's unit is run with."""
        values = cell.unit.template.copy()
        for _, unit in cell.unit.needs:  # all are begun before one is waited for
            self._cell_of(unit)
        for slot, unit in cell.unit.needs:
            need = self._open_cell_of(unit)
            try:
                values[slot] = await self._value_of(need, unit)
            except BaseException:
                if need.has_failed:
                    cell.origin = need.origin
                raise
        return values

    def _open_cell_of(self, unit: Unit) -> "_Cell":
        """The cell of a unit, if there may be one."""
        if not (self.is_open or (self._is_closing and unit.key in self._cells)):
            state = "being left, and it is not there any more" if self._is_closing else "not open"
            raise ClosedAppError(f"{unit.step.path} is shared by an App that is {state}: enter it with `async with`")
        if asyncio.get_running_loop() is not self.loop:
            raise ClosedAppError(
                f"{unit.step.path} is shared by an App that is open in another event loop: each needs an App of its own"
            )
        return self._cell_of(unit)

    async def _value_of(self, cell: "_Cell", unit: Unit) -> Any:
        value = await cell.wait(unit)
        if self._cells.get(unit.key) is cell:
            self._remember(unit, value)
        return value

    def _cell_of(self, unit: Unit) -> "_Cell":
        cell = self._cells.get(unit.key)
        if cell is None:
            cell = self._cells[unit.key] = _Cell(self, unit)
            cell.start(self._context.copy())
        return cell

    def dependents_of(self, cell: "_Cell") -> list["_Cell"]:
        """The cells whose values are made of that of `cell`."""
        made = [each for each in self._built if isinstance(each, _Cell)]
        cells = dict.fromkeys((*made, *self._cells.values()))
        return [each for each in cells if any(need.key == cell.unit.key for _, need in each.unit.needs)]

    def keep(self, cell: "_Cell") -> None:
        """Remember to leave what has been built."""
        self._built.append(cell)

    def forget(self, cell: "_Cell") -> None:
        """Have a value that could not be built, or has come to an end, built anew for the next that wants it."""
        key = cell.unit.key
        if self._cells.get(key) is cell:
            del self._cells[key]
            for token, reference in list(self._tokens.items()):
                unit = reference()
                if unit is None or unit.key == key:
                    self._forget(token)

    def drop(self, cell: "_Cell", error: BaseException | None) -> None:
        """Keep nothing of what has come to an end, and been left, but the error that this raised."""
        if cell in self._built:
            if error is not None:
                clear_frames(error.__traceback__)  # they hold the value, and the cell
            place = self._built.index(cell)
            self._built[place : place + 1] = [] if error is None else [_Failure(cell.step, error)]

    def _remember(self, unit: Unit, value: Any) -> None:
        """Have `found` the value, as long as there is somebody to ask for it by this unit."""
        token = unit.token

        def forget(_: weakref.ref[Unit]) -> None:
            self._forget(token)

        self._tokens[token] = weakref.ref(unit, forget)
        self.found[token] = value

    def _forget(self, token: object) -> None:
        self._tokens.pop(token, None)
        self.found.pop(token, None)


@final
class _Failure:
    """What a value raised that came to an end before the application was left; then, and in its place, it is raised."""

    def __init__(self, step: Step, error: BaseException) -> None:
        self.step = step
        self._error = error

    async def __aexit__(self, *_: object) -> None:
        raise self._error


@final
class _Cell(Tenure):
    """The place of one shared value in an application.

    Attributes:
        unit: how the value is made.
        origin: if it cannot be, the unit that is to blame: this one, or one that it needs.
        waits_for: the cells that its factory is waiting for.
    """

    def __init__(self, scope: Scope, unit: Unit) -> None:
        super().__init__(unit.step)
        self.unit = unit
        self.origin = unit
        self.waits_for: list[_Cell] = []
        self._scope = scope
        self._waiting = 0
        self._dependents: list[_Cell] = []

    async def make(self) -> Any:
        _builder.set((self, asyncio.current_task()))
        return make(self.step, await self._scope.values_for(self))

    async def enter(self, made: Any) -> tuple[Kind, Any, Any]:
        # What is wrong with it is told to all who wait: to each, the path is a note of its own.
        return await enter(replace(self.step, path=self.step.name), made)

    def failed(self, error: BaseException) -> None:
        """Leave it to those who wait to note their paths."""

    def began(self) -> None:
        self._scope.keep(self)

    def ended(self) -> None:
        if self.is_held:
            self._dependents = self._scope.dependents_of(self)
            for each in self._dependents:
                each.end()
        self._scope.forget(self)

    def end(self) -> None:
        """Come to an end, because what it is made of does."""
        if self.task.done():  # there was nothing to leave
            self._end()
            self.gone()
        elif not self.is_asked and not self.has_ended:
            self.is_unwanted: bool = not self.is_held
            self.task.cancel()

    async def settled(self) -> None:
        while tasks := [each.task for each in self._dependents if not each.task.done()]:
            with suppress(asyncio.CancelledError), shielded():
                await asyncio.wait(tasks)

    def gone(self) -> None:
        if self.has_ended:
            self._scope.drop(self, None if self.task.cancelled() else self.task.exception())

    @property
    def has_failed(self) -> bool:
        """Whether it could not be entered."""
        return self.entered.done() and not self.is_held

    async def wait(self, unit: Unit) -> Any:
        """The value, for whoever wants it as `unit`; being cancelled meanwhile does not cancel the others."""
        builder, task = _builder.get() or (None, None)
        if builder is None or builder.entered.done() or task is not asyncio.current_task():
            return await self._value(unit)
        if circle := self.way_to(builder):
            names = (builder.step.name, *circle)
            raise CircularDependencyError(
                f"shared values wait for each other while they are made: {' -> '.join(names)}; "
                "let one of the factories do without the next",
                (),
                names,
            )
        builder.waits_for.append(self)
        try:
            return await self._value(unit)
        finally:
            builder.waits_for.remove(self)

    async def _value(self, unit: Unit) -> Any:
        self._waiting += 1
        try:
            if not self.entered.done():
                await asyncio.wait([self.entered])
            error = self.entered.exception()
            if error is None:
                return self.entered.result()
            raise self._told(error, unit)
        finally:
            self._waiting -= 1

    def _told(self, error: BaseException, unit: Unit) -> BaseException:
        """What whoever wants it as `unit` is told of the error."""
        if isinstance(error, asyncio.CancelledError) and self.is_unwanted:
            what = "its App was left" if self.is_asked else "a value that it needs came to an end: ask again"
            return ClosedAppError(f"{unit.step.path} was being made when {what}")
        # To await `entered` would raise the same for each, who would all change it. Only the last has the very one.
        return error if self._waiting == 1 else duplicate(error)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        self._scope.forget(self)  # nobody gets it from now on
        return await super().__aexit__(exc_type, exc, tb)

    def way_to(self, other: "_Cell") -> tuple[str, ...]:
        """The names of those that wait for each other, from here to `other`; () if there is no such way."""
        ways: list[tuple[_Cell, tuple[str, ...]]] = [(self, (self.step.name,))]
        while ways:
            cell, names = ways.pop()
            if cell is other:
                return names
            ways += [(each, (*names, each.step.name)) for each in cell.waits_for]
        return ()


def _path_to(origin: Unit, unit: Unit) -> str:
    """The path of what is `origin`, as it is for whoever wants `unit`: another function may have another way to it."""
    seen: set[int] = set()
    units = [unit]
    while units:
        each = units.pop()
        if each.key == origin.key:
            return each.step.path
        if id(each) not in seen:
            seen.add(id(each))
            units += [need for _, need in each.needs]
    return unit.step.path
