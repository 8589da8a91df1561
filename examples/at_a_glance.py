"""Greets Jane at once, and John three seconds later."""

import asyncio
from datetime import UTC, datetime, timedelta

from docket import Docket, Worker


async def greet(name: str, greeting: str = "Hello") -> None:
    print(f"{datetime.now():%H:%M:%S} {greeting}, {name}!")


async def main() -> None:
    async with Docket("greetings", "memory://") as docket:
        print(f"{datetime.now():%H:%M:%S} scheduling two greetings")
        in_three_seconds = datetime.now(UTC) + timedelta(seconds=3)
        await docket.add(greet)("Jane")
        await docket.add(greet, when=in_three_seconds)("John", greeting="Howdy")

        async with Worker(docket) as worker:
            await worker.run_until_finished()


asyncio.run(main())
