"""`docket strikes`."""

import typer

from ..strikes import StrikeList
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url
from ._strikes import with_strikes


def strikes(docket: Name = DEFAULT_NAME, url: Url = DEFAULT_URL, signing_key: SigningKeys = None) -> None:
    """List the strikes that are in force, one a line."""

    async def listed(opened: StrikeList) -> list[str]:
        return sorted(str(strike) for strike in opened)

    for line in with_strikes("strikes", docket, url, listed, signing_key):
        typer.echo(line)
