"""Somebody who hears every change of state that the server announces, on a connection that nobody disturbs."""

import asyncio

import redis.asyncio
from redis.exceptions import RedisError

from docket.storage.keys import Keys, decode

from .history import Journal

_AGAIN_SECONDS = 0.05


async def observe(url: str, keys: Keys, journal: Journal) -> None:
    """Write down all announcements, and each time that some may have been missed, until cancelled."""
    while True:
        try:
            async with redis.asyncio.from_url(url) as client, client.pubsub() as announcements:
                await announcements.psubscribe(keys.events + b"*")
                async for message in announcements.listen():
                    if message["type"] == "psubscribe":
                        journal.note("listening")
                    elif message["type"] == "pmessage":
                        generation, state = message["data"].decode().split()
                        key = decode(message["channel"].removeprefix(keys.events))
                        journal.note("state", key=key, generation=int(generation), state=state)
        except (RedisError, OSError):
            await asyncio.sleep(_AGAIN_SECONDS)
