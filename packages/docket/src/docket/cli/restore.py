"""`docket restore`."""

import typer

from ..strikes import StrikeList
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url
from ._strikes import Comparison, Function, Parameter, Value, rule_of, with_strikes


def restore(
    function: Function,
    parameter: Parameter = None,
    operator: Comparison = "==",
    value: Value = None,
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    signing_key: SigningKeys = None,
) -> None:
    """Take back the strike of the same task, parameter, operator and value; any other one stays."""

    async def take_out_of_force(strikes: StrikeList) -> str:
        rule = rule_of(function, parameter, operator, value)
        changed = await strikes.restore(rule.function, rule.parameter, rule.operator, rule.value)
        return f"restored: {rule}" if changed else f"was not struck: {rule}"

    typer.echo(with_strikes("restore", docket, url, take_out_of_force, signing_key))
