"""What a program does, for people: its steps as records, and as a text."""

from dataclasses import dataclass
from inspect import Signature
from typing import Literal

from ._factories import Kind
from ._program import Program, Step, Unit
from ._unrolling import Unrolled, unroll

_FORMS: dict[Kind, Literal["value", "resource", "dependency"]] = {
    Kind.CALL: "value",
    Kind.VALUE: "value",
    Kind.AWAITABLE: "value",
    Kind.GENERATOR: "resource",
    Kind.ASYNC_GENERATOR: "resource",
    Kind.MANAGER: "resource",
    Kind.ASYNC_MANAGER: "resource",
    Kind.DEPENDENCY: "dependency",
    Kind.DEPENDENCY_WITHOUT_EXIT: "dependency",
}


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One dependency, as `Plan.steps` lists them.

    Attributes:
        name: what makes it: a factory, or a class of dependencies.
        form: whether it is a value, a resource, which is left after the call, or an instance of `Dependency`.
            A plain function may turn out to return a resource when it is called.
        scope: whose it is: the call's, or the application's.
        path: how it first came to be needed: `report.db -> connection.pool -> pool`.
        needs: the indices of the steps whose values it is made of.
    """

    name: str
    form: Literal["value", "resource", "dependency"]
    scope: Literal["call", "app"]
    path: str
    needs: tuple[int, ...]


class _Listed:
    """The steps that have been listed so far."""

    def __init__(self) -> None:
        self.steps: list[PlannedStep] = []
        self.by_slot: dict[int, int] = {}
        self._by_unit: dict[Unit, int] = {}

    def add(self, step: Step, scope: Literal["call", "app"], needs: list[int]) -> int:
        self.steps.append(PlannedStep(step.name, _FORMS[step.kind], scope, step.path, tuple(dict.fromkeys(needs))))
        return len(self.steps) - 1

    def add_unit(self, unit: Unit) -> Unrolled[int]:
        if unit not in self._by_unit:
            needs: list[int] = []
            for _, need in unit.needs:
                needs.append((yield self.add_unit(need)))
            self._by_unit[unit] = self.add(unit.step, "app", needs)
        return self._by_unit[unit]


def _listed(program: Program) -> _Listed:
    listed = _Listed()
    for step in program.steps:
        if step.unit is not None:
            listed.by_slot[step.slot] = unroll(listed.add_unit(step.unit))
        else:
            needs = [listed.by_slot[slot] for slot in step.slots if slot in listed.by_slot]
            listed.by_slot[step.slot] = listed.add(step, "call", needs)
    return listed


def steps_of(program: Program) -> tuple[PlannedStep, ...]:
    """The steps of a program; those that an application takes once are before the first that needs them."""
    return tuple(_listed(program).steps)


def parameters_of(program: Program, signature: Signature) -> dict[str, int]:
    """The parameters of the function that steps supply, and the indices of these."""
    by_slot = _listed(program).by_slot
    positional = [name for name, each in signature.parameters.items() if each.kind is each.POSITIONAL_ONLY]
    pairs = [*zip(positional, program.positional, strict=False), *program.keywords]
    return {name: by_slot[slot] for name, slot in pairs if slot in by_slot}


def listing(program: Program, signature: Signature) -> str:
    """A program as a text: a line for each step, and one for the call."""
    steps = steps_of(program)
    if not steps:
        return f"{program.name}() has no dependencies"
    rows: list[tuple[str, ...]] = [
        (
            f"{number}.",
            step.name,
            step.form,
            step.scope,
            ", ".join(str(need + 1) for need in step.needs),
            step.path.rpartition(" -> ")[0],
        )
        for number, step in enumerate(steps, 1)
    ]
    rows.insert(0, ("", "name", "form", "scope", "needs", "for"))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    supplied = [f"{name}={index + 1}" for name, index in parameters_of(program, signature).items()]
    return "\n".join([*lines, f"{program.name}({', '.join(['...', *supplied])})"])
