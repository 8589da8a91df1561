"""`docket strike`."""

import typer

from ..strikes import StrikeList
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url
from ._strikes import Comparison, Function, Parameter, Value, rule_of, with_strikes


def strike(
    function: Function,
    parameter: Parameter = None,
    operator: Comparison = "==",
    value: Value = None,
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    signing_key: SigningKeys = None,
) -> None:
    """Strike a task, or calls with some argument: nobody adds them, and no worker begins with one.

    What is pending stays, and is cancelled if its time comes before `docket restore`. What is running goes on.
    """

    async def put_into_force(strikes: StrikeList) -> str:
        rule = rule_of(function, parameter, operator, value)
        changed = await strikes.strike(rule.function, rule.parameter, rule.operator, rule.value)
        return f"struck: {rule}" if changed else f"was struck before: {rule}"

    typer.echo(with_strikes("strike", docket, url, put_into_force, signing_key))
