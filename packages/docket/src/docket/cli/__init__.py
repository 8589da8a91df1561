"""The command line: one command a file."""

import typer

from . import dead
from .restore import restore
from .strike import strike
from .strikes import strikes
from .version import version
from .worker import worker

app: typer.Typer = typer.Typer(
    name="docket",
    help="Distributed background tasks for async Python.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
"""The command `docket`."""

app.command()(version)
app.command()(worker)
app.command()(strike)
app.command()(restore)
app.command()(strikes)
app.add_typer(dead.app, name="dead")

__all__ = ["app"]
