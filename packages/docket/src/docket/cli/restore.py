"""`docket restore`."""

from typing import Annotated

import typer

from ..docket import Docket
from ..model.printable import printable
from ..model.strikes import UnreadableStrike
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url, with_docket
from ._strikes import Comparison, Function, Parameter, Value, rule_of


def restore(
    function: Function,
    parameter: Parameter = None,
    operator: Comparison = "==",
    value: Value = None,
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    signing_key: SigningKeys = None,
    unreadable: Annotated[
        bool,
        typer.Option("--unreadable", help="FUNCTION is the identity of an unreadable strike, from `docket strikes`."),
    ] = False,
) -> None:
    """Take back the strike of the same task, parameter, operator and value; any other one stays."""

    async def take_out_of_force(opened: Docket) -> str:
        if unreadable:
            unread = UnreadableStrike(function, reason="", signed=False)
            return f"restored: {function}" if await opened.restore(unread) else f"no unreadable strike: {function}"
        rule = rule_of(function, parameter, operator, value)
        changed = await opened.restore(rule.function, rule.parameter, rule.operator, rule.value)
        return f"restored: {rule}" if changed else f"was not struck: {rule}"

    typer.echo(printable(with_docket("restore", docket, url, take_out_of_force, signing_key)))
