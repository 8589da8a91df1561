"""`docket strike`."""

import typer

from ..strikes import StrikeList
from ._strikes import Comparison, Function, Name, Parameter, Url, Value, rule_of, with_strikes


def strike(
    function: Function,
    parameter: Parameter = None,
    operator: Comparison = "==",
    value: Value = None,
    docket: Name = "docket",
    url: Url = "redis://localhost:6379/0",
) -> None:
    """Strike a task, or calls with some argument: nobody adds them, and no worker begins with one.

    What is pending stays, and is cancelled if its time comes before `docket restore`. What is running goes on.
    """

    async def put_into_force(strikes: StrikeList) -> str:
        rule = rule_of(function, parameter, operator, value)
        changed = await strikes.strike(rule.function, rule.parameter, rule.operator, rule.value)
        return f"struck: {rule}" if changed else f"was struck before: {rule}"

    typer.echo(with_strikes("strike", docket, url, put_into_force))
