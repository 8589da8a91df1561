"""Enters the dependencies of a call as an application wishes: at the same time, or all that can be."""

import asyncio
from contextvars import copy_context
from types import TracebackType
from typing import Any, final

from ._entering import enter, make
from ._factories import Kind
from ._leaving import abandon, note_path
from ._program import MISSING, Opened, Program, Step
from ._scopes import Scope, act_for
from ._tenures import Tenure
from .errors import DependencyErrors

_REMEMBERED = (Kind.DEPENDENCY, Kind.DEPENDENCY_WITHOUT_EXIT)


@final
class Entry:
    """One entering of all steps of a program, other than by the usual loop.

    Attributes:
        opened: what has been entered and is to be left.
        instances: the copies of `Dependency` instances, in the order of their steps; None for those not entered.
    """

    def __init__(self, program: Program, values: list[Any], scope: Scope) -> None:
        self._program = program
        self._values = values
        self._scope = scope
        self._makers = {step.slot: index for index, step in enumerate(program.steps)}
        self.opened: Opened = []
        self.instances: list[Any] = [None] * len(program.instances)
        remembered = [step.slot for step in program.steps if step.kind in _REMEMBERED]
        self._places = {slot: place for place, slot in enumerate(remembered)}

    async def enter(self) -> None:
        """Enter them all, or none: then raise why."""
        if self._scope.is_concurrent:
            errors = await self._enter_concurrently()
        else:
            errors = await self._enter_in_order()
        if errors:
            for error, step in errors:
                note_path(error, step)
            group = DependencyErrors(
                f"{self._program.name}() cannot be called: {len(errors)} of its dependencies failed",
                [error for error, _ in errors],
            )
            await abandon(self.opened, group, None, self._scope.cleanup_seconds)
            raise group

    async def make(self, step: Step) -> Any:
        """What the function of `step` returns."""
        made = make(step, self._values)
        if made is MISSING and step.unit is not None:
            return await self._scope.build(step.unit)
        return made

    async def note(self, step: Step, made: Any) -> tuple[Kind, Any, Any]:
        """Enter what was made, remember it, and note its value."""
        kind, resource, value = await enter(step, made)
        if step.slot in self._places:
            self.instances[self._places[step.slot]] = made
        self._values[step.slot] = value
        return kind, resource, value

    def needs_of(self, step: Step) -> list[int]:
        """The indices of the steps whose values a step needs."""
        return [self._makers[slot] for slot in step.slots if slot in self._makers]

    async def _enter_in_order(self) -> list[tuple[Exception, Step]]:
        errors: list[tuple[Exception, Step]] = []
        absent: set[int] = set()
        for step in self._program.steps:
            if absent.intersection(step.slots):
                absent.add(step.slot)
                continue
            try:
                kind, resource, _ = await self.note(step, await self.make(step))
            except Exception as error:  # noqa: BLE001 - they are all raised in the end
                errors.append((error, step))
                absent.add(step.slot)
            except BaseException as error:
                await abandon(self.opened, error, step, self._scope.cleanup_seconds)
                raise
            else:
                if resource is not None:
                    self.opened.append((kind, resource, step))
        return errors

    async def _enter_concurrently(self) -> list[tuple[Exception, Step]]:
        members = [_Member(self, step) for step in self._program.steps]
        for member in members:
            member.needs = [members[index] for index in self.needs_of(member.step)]
        for member in members:
            member.start(copy_context())
        # In the order of the steps, whichever was entered first.
        self.opened = [(Kind.ASYNC_MANAGER, member, member.step) for member in members]
        until = asyncio.ALL_COMPLETED if self._scope.collects else asyncio.FIRST_EXCEPTION
        try:
            if members:
                await asyncio.wait([member.entered for member in members], return_when=until)
        except BaseException as error:
            await abandon(self.opened, error, None, self._scope.cleanup_seconds)
            raise
        faults = [(member.fault, member.step) for member in members if member.fault is not None]
        errors = [(fault, step) for fault, step in faults if isinstance(fault, Exception)]
        if faults and (len(errors) < len(faults) or not self._scope.collects):
            # Those that are still entering are given up one by one, each before what it needs is left. A cancellation
            # goes before errors, as it may be that of the whole call.
            first, step = next((each for each in faults if not isinstance(each[0], Exception)), faults[0])
            await abandon(self.opened, first, step, self._scope.cleanup_seconds)
            raise first
        return errors


class _NeedFailed(Exception):
    """What a step needs could not be entered, so it is not made either."""


@final
class _Member(Tenure):
    """One step among those that are entered at the same time."""

    needs: list["_Member"]

    def __init__(self, entry: Entry, step: Step) -> None:
        super().__init__(step)
        self._entry = entry
        self._starter = asyncio.current_task()

    @property
    def fault(self) -> BaseException | None:
        """What it has raised of its own accord."""
        error = self.entered.exception() if self.entered.done() else None
        return None if isinstance(error, _NeedFailed) else error

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        suppressed = await super().__aexit__(exc_type, exc, tb)
        if self.is_unwanted and isinstance(self.fault, Exception):
            raise self.fault  # nobody else waits for what is raised while it is given up
        return suppressed

    async def make(self) -> Any:
        act_for(self._starter)
        for need in self.needs:
            await asyncio.wait([need.entered])
            if not need.is_held:
                raise _NeedFailed
        return await self._entry.make(self.step)

    async def enter(self, made: Any) -> tuple[Kind, Any, Any]:
        return await self._entry.note(self.step, made)
