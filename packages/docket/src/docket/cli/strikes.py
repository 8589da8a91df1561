"""`docket strikes`."""

import typer

from ..docket import Docket
from ..model.printable import printable
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url, shown, with_docket


def strikes(docket: Name = DEFAULT_NAME, url: Url = DEFAULT_URL, signing_key: SigningKeys = None) -> None:
    """List the strikes that are in force, one a line, and at the end those that cannot be read, with the reasons."""

    async def listed(opened: Docket) -> list[str]:
        lines = sorted(str(strike) for strike in await opened.strikes())
        unreadable = await opened.unreadable_strikes()
        return [*lines, *(f"unreadable {shown(strike.identity)}: {strike.reason}" for strike in unreadable)]

    for line in with_docket("strikes", docket, url, listed, signing_key):
        typer.echo(printable(line))
