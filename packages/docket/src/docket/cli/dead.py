"""`docket dead`: what could not be run to an end of its own."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated

import typer

from ..docket import Docket
from ..execution import Execution
from ..model.states import Disposal
from ._docket import DEFAULT_NAME, DEFAULT_URL, Name, SigningKeys, Url, shown, with_docket

app: typer.Typer = typer.Typer(help="List, inspect, requeue and drop executions that have died.", no_args_is_help=True)
"""The command `docket dead`, with commands of its own."""

Keys = Annotated[list[str] | None, typer.Argument(metavar="KEY...", help="The keys of the executions.")]

_TROUBLE = {
    Disposal.UNKNOWN: "nothing is known of it",
    Disposal.STRUCK: "it is struck, and stays where it is: restore it first",
    Disposal.NOT_DEAD: "it is not dead: it was scheduled anew, or never died",
}


@app.command("ls")
def ls(
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    limit: Annotated[int, typer.Option(min=1, help="How many to list at most.")] = 50,
    offset: Annotated[int, typer.Option(min=0, help="How many to pass over.")] = 0,
) -> None:
    """List dead executions, one a line, the one that died first before all others."""

    async def listed(opened: Docket) -> tuple[int, Sequence[Execution]]:
        return await opened.dead.count(), await opened.dead.list(limit, offset)

    total, executions = with_docket("dead ls", docket, url, listed)
    head = ("KEY", "TASK", "DIED", "DELIVERIES", "REASON")
    rows = [
        (
            shown(each.key),
            shown(each.function_name),
            _time(each.completed_at),
            f"{each.deliveries}",
            shown(each.error or ""),
        )
        for each in executions
    ]
    for line in _table([head, *rows]):
        typer.echo(line)
    if len(executions) < total:
        typer.echo(f"{len(executions)} of {total}: --offset and --limit show others")


@app.command("show")
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key of the execution.")],
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    signing_key: SigningKeys = None,
) -> None:
    """Tell all that is known of a dead execution. The values of its arguments are not shown, for they may be secret."""

    async def inspected(opened: Docket) -> Execution | Disposal:
        if (execution := await opened.dead.inspect(key)) is not None:
            return execution
        return Disposal.UNKNOWN if await opened.get_execution(key) is None else Disposal.NOT_DEAD

    found = with_docket("dead show", docket, url, inspected, signing_key)
    if isinstance(found, Disposal):
        raise _trouble("dead show", {key: found})
    for line in _table(
        [
            ("key", shown(found.key)),
            ("task", shown(found.function_name)),
            ("call", shown(found.call_repr())),
            ("reason", shown(found.error or "not recorded")),
            ("died", _time(found.completed_at)),
            ("scheduled", _time(found.scheduled_at)),
            ("due", _time(found.when)),
            ("started", _time(found.started_at)),
            ("worker", shown(found.worker or "none")),
            ("generation", f"{found.generation}"),
            ("attempt", f"{found.attempt}"),
            ("deliveries", f"{found.deliveries}"),
        ]
    ):
        typer.echo(line)


@app.command("requeue")
def requeue(
    keys: Keys = None,
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
    every: Annotated[bool, typer.Option("--all", help="All that are dead by now.")] = False,
    function: Annotated[str | None, typer.Option(help="All of this task that are dead by now.")] = None,
    signing_key: SigningKeys = None,
) -> None:
    """Have dead executions run again: the same calls, now, with no attempt used. Those that are struck stay."""
    if [bool(keys), every, function is not None].count(True) != 1:
        raise typer.BadParameter("name keys, or --all, or a --function")
    if keys:
        _each("dead requeue", docket, url, keys, lambda opened: opened.dead.requeue, signing_key)
    else:
        number = with_docket("dead requeue", docket, url, lambda opened: opened.dead.requeue_all(function), signing_key)
        typer.echo(f"requeued: {number}")


@app.command("drop")
def drop(
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="The keys of the executions.")],
    docket: Name = DEFAULT_NAME,
    url: Url = DEFAULT_URL,
) -> None:
    """Remove dead executions, and all that is known of them."""
    _each("dead drop", docket, url, keys, lambda opened: opened.dead.drop)


def _each(
    command: str,
    name: str,
    url: str,
    keys: Iterable[str],
    verb: Callable[[Docket], Callable[[str], Awaitable[Disposal]]],
    signing_keys: list[str] | None = None,
) -> None:
    async def dispose(opened: Docket) -> dict[str, Disposal]:
        return {key: await verb(opened)(key) for key in dict.fromkeys(keys)}

    disposals = with_docket(command, name, url, dispose, signing_keys)
    for key, disposal in disposals.items():
        if disposal not in _TROUBLE:
            typer.echo(f"{disposal.value}: {shown(key)}")
    if any(disposal in _TROUBLE for disposal in disposals.values()):
        raise _trouble(command, disposals)


def _trouble(command: str, disposals: dict[str, Disposal]) -> typer.Exit:
    for key, disposal in disposals.items():
        if disposal in _TROUBLE:
            typer.echo(f"docket {command}: {shown(key)}: {_TROUBLE[disposal]}", err=True)
    return typer.Exit(1)


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
