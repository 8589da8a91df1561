"""`docket strike`."""

import typer

from ..docket import Docket
from ..model.printable import printable
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url, with_docket
from ._strikes import Comparison, Function, Parameter, Value, rule_of


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

    async def put_into_force(opened: Docket) -> str:
        rule = rule_of(function, parameter, operator, value)
        changed = await opened.strike(rule.function, rule.parameter, rule.operator, rule.value)
        return f"struck: {rule}" if changed else f"was struck before: {rule}"

    typer.echo(printable(with_docket("strike", docket, url, put_into_force, signing_key)))
