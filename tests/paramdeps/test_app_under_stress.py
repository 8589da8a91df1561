"""Applications with many callers, failures and cancellations anywhere: nothing is left, and nothing hangs."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from paramdeps import App, Depends, Shared


class World:
    """Random factories that need each other, and functions that need them.

    Attributes:
        live: the names of the resources that are open.
    """

    def __init__(self, seed: int) -> None:
        self.live: list[str] = []
        self.chance = random.Random(seed)
        self._factories: list[Any] = []
        for number in range(6):
            self._factories.append(self._factory(number))
        self.targets = [self._target() for _ in range(4)]

    async def pause(self) -> None:
        """Let others run, for a while."""
        for _ in range(self.chance.randrange(4)):
            await asyncio.sleep(0)

    def _needs(self, most: int) -> tuple[Any, ...]:
        chosen = self.chance.sample(self._factories, min(len(self._factories), most))
        return tuple((Shared if self.chance.random() < 0.6 else Depends)(each) for each in chosen)

    def _factory(self, number: int) -> Any:
        name = f"resource {number}"

        async def resource(a: Any = None, b: Any = None) -> AsyncIterator[str]:
            await self.pause()
            if self.chance.random() < 0.2:
                raise OSError(name)
            self.live.append(name)
            try:
                await self.pause()
                yield name
            finally:
                try:
                    await self.pause()
                finally:
                    self.live.remove(name)

        needs = self._needs(self.chance.randrange(3))
        resource.__defaults__ = (*needs, *[None] * (2 - len(needs)))
        return resource

    def _target(self) -> Any:
        async def target(a: Any, b: Any) -> None:
            await self.pause()

        target.__defaults__ = self._needs(2)
        return target


async def use(world: World, concurrent: bool, callers: list[asyncio.Task[None]]) -> None:
    """Call the functions in many tasks, cancel some, and leave the application, maybe before they are done."""
    async with App(concurrent=concurrent) as app:
        callers.extend(asyncio.create_task(app.call(world.chance.choice(world.targets))) for _ in range(12))
        for each in callers:
            if world.chance.random() < 0.3:
                await world.pause()
                each.cancel()
        if world.chance.random() < 0.7:
            await asyncio.gather(*callers, return_exceptions=True)


@pytest.mark.parametrize("concurrent", [False, True], ids=["in order", "concurrent"])
@pytest.mark.parametrize("eager", [False, True], ids=["lazy", "eager"])
@pytest.mark.parametrize("seed", range(15))
async def test_nothing_is_left_of_an_application(seed: int, eager: bool, concurrent: bool) -> None:
    """No resource is open and no task runs, whoever failed or was cancelled, the application itself included."""
    if eager:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
    before = asyncio.all_tasks()
    world = World(seed)
    callers: list[asyncio.Task[None]] = []
    running = asyncio.create_task(use(world, concurrent, callers))
    if world.chance.random() < 0.3:
        await world.pause()
        await world.pause()
        running.cancel()
    await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 20)
    for each in callers:
        each.cancel()
    await asyncio.wait_for(asyncio.gather(*callers, return_exceptions=True), 20)
    assert world.live == []
    assert asyncio.all_tasks() - before <= {running}
