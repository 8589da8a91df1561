"""A docket in a directory is shared by the processes of a machine, and outlives each of them, the server's included."""

import os
import signal
from pathlib import Path

from docket import Docket
from tests.docket.acceptance.processes import Crew, crew_of
from tests.docket.conftest import opening
from tests.docket.harness import command, until

WAIT_SECONDS = 60.0


async def all_done(crew: Crew, docket: Docket, count: int) -> None:
    """Wait until so many tasks have been done, and their ends recorded."""
    await until(lambda: set(crew.diary("brief")) == set(range(count)), "all are done", WAIT_SECONDS)

    async def recorded() -> bool:
        return (await docket.snapshot()).total_tasks == 0

    await until(recorded, "all are recorded", WAIT_SECONDS)


async def server_pid(docket: Docket) -> int:
    """The process id of the docket's server."""
    information: bytes = await command(docket, "INFO", "server")
    return int(information.partition(b"process_id:")[2].split()[0])


async def test_processes_share_a_directory_whose_starter_is_killed(tmp_path: Path) -> None:
    """The worker that has started the server is killed; the server, and all others, go on, and nothing is lost."""
    url = f"file://{tmp_path / 'data'}"
    with crew_of(tmp_path, "shared", url) as crew:
        starter = crew.start("--redelivery-timeout", "500ms", "--concurrency", "2")
        await until(lambda: "worker " in starter.told, "it has opened the docket", WAIT_SECONDS)
        async with opening(url) as open_docket:
            docket = await open_docket("shared")
            before = await server_pid(docket)
            for number in range(60):
                await docket.add("brief")(number)
            await until(lambda: len(crew.diary("brief")) >= 5, "some are done", WAIT_SECONDS)
            starter.kill()
            crew.start("--redelivery-timeout", "500ms")
            crew.start("--redelivery-timeout", "500ms")
            await all_done(crew, docket, 60)
            assert await server_pid(docket) == before
            for worker in crew.workers:
                worker.kill()


async def test_processes_share_a_directory_whose_server_is_killed(tmp_path: Path) -> None:
    """When the server is killed, whoever needs it next starts it again, and nothing acknowledged is lost."""
    url = f"file://{tmp_path / 'data'}"
    with crew_of(tmp_path, "shared", url) as crew:
        async with opening(url) as open_docket:
            docket = await open_docket("shared")
            for number in range(60):
                await docket.add("brief")(number)
            crew.start("--redelivery-timeout", "1s", "--concurrency", "2")
            crew.start("--redelivery-timeout", "1s", "--concurrency", "2")
            await until(lambda: len(crew.diary("brief")) >= 5, "some are done", WAIT_SECONDS)
            before = await server_pid(docket)
            os.kill(before, signal.SIGKILL)
            await all_done(crew, docket, 60)
            assert await server_pid(docket) != before
            for worker in crew.workers:
                worker.kill()


async def test_what_was_added_without_a_worker_is_there_for_a_later_process(tmp_path: Path) -> None:
    """A program schedules and ends; a worker that is started later finds the work on disk."""
    url = f"file://{tmp_path / 'data'}"
    async with opening(url) as open_docket:
        docket = await open_docket("shared")
        for number in range(10):
            await docket.add("brief")(number)
    with crew_of(tmp_path, "shared", url) as crew:
        worker = crew.start("--until-finished")
        await until(lambda: worker.exit_code is not None, "it has ended", WAIT_SECONDS)
        assert worker.exit_code == 0, worker.told
        assert sorted(crew.diary("brief")) == list(range(10))
