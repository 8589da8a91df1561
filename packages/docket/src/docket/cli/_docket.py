"""How a command finds its docket, and tells what goes wrong with it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import typer

from ..docket import Docket
from ..errors import DocketError
from ..model.printable import printable

Name = Annotated[str, typer.Option("--docket", envvar="DOCKET_NAME", help="The name of the docket.")]
Url = Annotated[str, typer.Option("--url", envvar="DOCKET_URL", help="Its server.")]

SigningKeys = Annotated[
    list[str] | None,
    typer.Option(
        "--signing-key",
        envvar="DOCKET_SIGNING_KEY",
        help="The key that signs payloads; may be repeated, and then the first one signs and all are accepted. Better "
        "in the environment, with spaces between several, than where everybody sees the command line.",
        show_default="nothing is signed",
    ),
]

DEFAULT_NAME = "docket"
DEFAULT_URL = "redis://localhost:6379/0"


def with_docket[T](
    command: str,
    name: str,
    url: str,
    use: Callable[[Docket], Coroutine[Any, Any, T]],
    signing_keys: list[str] | None = None,
) -> T:
    """Use a docket while it is open. What goes wrong is told in a line, and ends the program with 1."""

    async def run() -> T:
        async with Docket(name, url, signing_key=signing_keys or None) as docket:
            return await use(docket)

    try:
        return asyncio.run(run())
    except (DocketError, ValueError) as error:
        typer.echo(printable(f"docket {command}: {error}"), err=True)
        raise typer.Exit(1) from None


def shown(text: str) -> str:
    """A key or a name in one line: as it is, or as Python writes it if it could not be told from something else."""
    return text if text.isprintable() and text and text.strip() == text else ascii(text)
