"""`docket worker`."""

import asyncio
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DocketError
from ..worker import Worker
from ..worker._departure import abandoned
from ._docket import SigningKeys
from ._durations import parse_duration
from ._logging import LogFormat, LogLevel, set_up_logging

logger: logging.Logger = logging.getLogger("docket.worker")


async def _run(*args: Any, **kwargs: Any) -> None:
    await Worker.run(*args, **kwargs)
    if abandoned:
        # The event loop would wait for them for ever, and others may begin the same work now.
        logger.error("ending the process, in which %d tasks run on although they were cancelled", len(abandoned))
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)


def _duration(envvar: str, default: str, description: str) -> object:
    return typer.Option(
        parser=parse_duration, metavar="DURATION", envvar=envvar, show_default=default, help=description
    )


def worker(  # noqa: PLR0913, PLR0917 - each is an option of the command
    tasks: Annotated[
        list[str] | None,
        typer.Option(envvar="DOCKET_TASKS", help="A list of tasks, as module:attribute. May be repeated."),
    ] = None,
    docket: Annotated[str, typer.Option(envvar="DOCKET_NAME", help="The name of the docket.")] = "docket",
    url: Annotated[str, typer.Option(envvar="DOCKET_URL", help="Its server.")] = "redis://localhost:6379/0",
    name: Annotated[
        str | None,
        typer.Option(envvar="DOCKET_WORKER_NAME", help="What the worker is called.", show_default="host#pid"),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, envvar="DOCKET_WORKER_CONCURRENCY", help="How many tasks run at the same time.")
    ] = 10,
    redelivery_timeout: Annotated[
        timedelta,
        _duration("DOCKET_WORKER_REDELIVERY_TIMEOUT", "5m", "After what silence its tasks go to another worker."),
    ] = timedelta(minutes=5),
    reconnection_delay: Annotated[
        timedelta,
        _duration("DOCKET_WORKER_RECONNECTION_DELAY", "5s", "How long to wait before a lost server is tried again."),
    ] = timedelta(seconds=5),
    minimum_check_interval: Annotated[
        timedelta,
        _duration("DOCKET_WORKER_MINIMUM_CHECK_INTERVAL", "2s", "How long to go without looking for work, at most."),
    ] = timedelta(seconds=2),
    scheduling_resolution: Annotated[
        timedelta,
        _duration("DOCKET_WORKER_SCHEDULING_RESOLUTION", "2s", "The same for scheduled work; the shorter counts."),
    ] = timedelta(seconds=2),
    max_redeliveries: Annotated[
        int,
        typer.Option(
            min=0,
            envvar="DOCKET_WORKER_MAX_REDELIVERIES",
            help="How often a task is handed out again after its worker was lost, before it counts as dead.",
        ),
    ] = 5,
    shutdown_timeout: Annotated[
        timedelta,
        _duration("DOCKET_WORKER_SHUTDOWN_TIMEOUT", "25s", "Within what time of a signal it has left."),
    ] = timedelta(seconds=25),
    signing_key: SigningKeys = None,
    healthcheck_port: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=65535,
            envvar="DOCKET_WORKER_HEALTHCHECK_PORT",
            help="Where to answer HTTP requests: 200 while the worker is healthy, 503 while it is not.",
            show_default="nowhere",
        ),
    ] = None,
    healthcheck_host: Annotated[
        str | None,
        typer.Option(
            envvar="DOCKET_WORKER_HEALTHCHECK_HOST", help="On which interface.", show_default="all interfaces"
        ),
    ] = None,
    until_finished: Annotated[
        bool,
        typer.Option("--until-finished", envvar="DOCKET_WORKER_UNTIL_FINISHED", help="End when all work is done."),
    ] = False,
    logging_level: Annotated[
        LogLevel, typer.Option(envvar="DOCKET_LOGGING_LEVEL", help="What is logged at least.", case_sensitive=False)
    ] = LogLevel.INFO,
    logging_format: Annotated[
        LogFormat | None,
        typer.Option(
            envvar="DOCKET_LOGGING_FORMAT", help="In which form.", show_default="rich on a terminal, or plain"
        ),
    ] = None,
) -> None:
    """Run a worker: it executes the tasks that it knows until it is told to stop.

    The first Ctrl-C or SIGTERM lets it finish what is running; the second one makes it give that back at once. What is
    not finished when four fifths of the shutdown timeout are over is given back as well.
    """
    set_up_logging(logging_level, logging_format)
    # As `python -m` has it and an installed command does not: the user's modules are where the command is given.
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.insert(0, here)
    try:
        asyncio.run(
            _run(
                docket,
                url,
                name=name,
                concurrency=concurrency,
                redelivery_timeout=redelivery_timeout,
                reconnection_delay=reconnection_delay,
                minimum_check_interval=minimum_check_interval,
                scheduling_resolution=scheduling_resolution,
                max_redeliveries=max_redeliveries,
                shutdown_timeout=shutdown_timeout,
                healthcheck_port=healthcheck_port,
                healthcheck_host=healthcheck_host,
                until_finished=until_finished,
                tasks=tasks or (),
                signing_key=signing_key or None,
            )
        )
    except (DocketError, ValueError, OSError) as error:
        typer.echo(f"docket worker: {error}", err=True)
        raise typer.Exit(1) from None
