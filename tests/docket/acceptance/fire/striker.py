"""Somebody who strikes a task, and restores it, again and again."""

import asyncio
from random import Random

from docket import Docket
from docket.errors import ServerTrouble

from . import tasks
from .history import Journal

_LONGEST_SECONDS = 3.0
_AGAIN_SECONDS = 0.2


async def strike(docket: Docket, seed: str, journal: Journal, until: asyncio.Event) -> None:
    """Go on until told to stop; the task is not struck in the end."""
    choices, number = Random(f"{seed}/striker"), 0
    while not until.is_set():
        for verb, change in (("strike", docket.strike), ("restore", docket.restore)):
            await asyncio.sleep(choices.uniform(0, _LONGEST_SECONDS))
            answered = False
            while not answered:
                number += 1
                call = f"striker.{number}"
                journal.note("invoke", call=call, verb=verb, key="", task=tasks.struck.__name__)
                try:
                    journal.note("answer", call=call, changed=await change(tasks.struck))
                    answered = True
                except ServerTrouble as error:
                    journal.note("unknown", call=call, error=type(error).__name__)
                    await asyncio.sleep(_AGAIN_SECONDS)
