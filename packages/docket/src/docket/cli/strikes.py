"""`docket strikes`."""

import typer

from ..strikes import StrikeList
from ._strikes import Name, Url, with_strikes


def strikes(docket: Name = "docket", url: Url = "redis://localhost:6379/0") -> None:
    """List the strikes that are in force, one a line."""

    async def listed(opened: StrikeList) -> list[str]:
        return sorted(str(strike) for strike in opened)

    for line in with_strikes("strikes", docket, url, listed):
        typer.echo(line)
