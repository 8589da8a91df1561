"""The properties of a plan and the fields of its steps cannot be assigned to, and its classes not be derived from."""

from paramdeps import App, Plan, PlannedStep, Resolution


def written(planned: Plan[int], step: PlannedStep, resolution: Resolution) -> None:
    planned.stripped_signature = planned.signature  # E: readonly
    planned.steps = ()  # E: readonly
    planned.supplied = {}  # E: readonly
    planned.source = None  # E: readonly
    step.name = "another"  # E: readonly
    step.form = "value"  # E: readonly
    step.scope = "app"  # E: readonly
    step.path = "another"  # E: readonly
    step.needs = ()  # E: readonly
    resolution.is_open = True  # E: readonly


class Application(App): ...  # E: inheritance


class Planned(Plan[int]): ...  # E: inheritance


class Resolved(Resolution): ...  # E: inheritance
