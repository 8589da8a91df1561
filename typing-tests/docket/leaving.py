"""An error that ends the block of a docket, a worker or a list of strikes goes on: none of them swallows it."""

from docket import Docket, StrikeList, Worker


# What may swallow an error may leave its block without a `return`.
async def of_a_docket() -> int:
    async with Docket():
        return 1


async def of_a_worker(docket: Docket) -> int:
    async with Worker(docket):
        return 1


async def of_strikes() -> int:
    async with StrikeList():
        return 1
