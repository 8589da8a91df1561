"""Which calls are struck; and `StrikeList`, which tells that of anything."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

from paramdeps import plan

from .errors import ConnectionLost, ServerTrouble
from .execution import Execution, TaskFunction
from .model.printable import printable
from .model.seal import Seal, SigningKey
from .model.strikes import InForce, Operator, OperatorName, Strike, UnreadableStrike
from .registry import name_of, refuse_sync
from .storage.connections.urls import without_password
from .storage.storage import Storage

logger: logging.Logger = logging.getLogger("docket.strikes")

_LOOK_SECONDS = 0.5
"""How often a `StrikeList` sees whether something has changed: a strike is to be heard of within a second."""


def matching(
    function_name: str, function: TaskFunction | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> Callable[[InForce], Strike | None]:
    """What finds the strike that blocks a call among those that are in force."""
    return lambda in_force: in_force.match(function_name, lambda: arguments_of(function, args, kwargs))


def blocking(in_force: InForce, execution: Execution) -> Strike | None:
    """The strike that blocks an execution, if one does. Without its arguments it is not struck: its run fails."""

    def arguments() -> Mapping[str, Any]:
        try:
            return arguments_of(execution.function, execution.args, execution.kwargs)
        except BaseException:  # noqa: BLE001 - its dependencies may be impossible, and its annotations run code
            return {}

    return in_force.match(execution.function_name, arguments)


def arguments_of(function: TaskFunction | None, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of a call by their parameters, defaults included, but not the dependencies that are yet to be made.

    Of a function that is not known here only the keyword arguments have names.
    """
    if function is None:
        return kwargs
    compiled = plan(function)
    try:
        bound = compiled.signature.bind(*args, **kwargs)
    except TypeError:  # the call was made for another version of the function, and will fail when it is run
        return kwargs
    given = set(bound.arguments)
    bound.apply_defaults()
    named = {
        name: value for name, value in bound.arguments.items() if name in given or name not in compiled.dependencies
    }
    # What a `**` parameter has collected was passed by names of its own.
    return {**named, **kwargs}


def strike_of(
    function: TaskFunction | str | None, parameter: str | None, operator: Operator | OperatorName, value: object
) -> Strike:
    """The strike that somebody asks for, of a task by its own name or under the name that is given.

    Raises:
        InvalidStrike: it makes no sense; the error says why.
        NotAsync: the function is not async.
        PayloadError: the value cannot be pickled.
    """
    if function is None or isinstance(function, str):
        return Strike.of(function, parameter, operator, value)
    refuse_sync(function)
    return Strike.of(name_of(function), parameter, operator, value)


class StrikeList:
    """The strikes of a docket, for whoever has other things to strike than its tasks, or only wants to know.

    Open, it follows the strikes, and hears within a second of whatever is struck or restored anywhere. While the server
    is away it goes on with what it knows. Use it as an async context manager::

        async with StrikeList("orders", "redis://localhost:6379/0") as strikes:
            if strikes.is_stricken({"customer_id": customer_id}):
                raise Forbidden

    Iterated over, it yields the strikes that are in force.
    """

    def __init__(
        self,
        name: str = "docket",
        url: str = "redis://localhost:6379/0",
        *,
        signing_key: SigningKey | Sequence[SigningKey] | None = None,
    ) -> None:
        """The strikes of a docket; nothing is connected before the `async with` block.

        Args:
            name: The docket's name.
            url: Its server.
            signing_key: The docket's own.

        Raises:
            ValueError: the name is empty, or a signing key is too short.
        """
        if not name:
            raise ValueError("a docket's name is a string of at least one character")
        self.name = name
        self.url = url
        self._seal = Seal(name, signing_key)
        self._storage: Storage | None = None
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._storage is not None:
            raise RuntimeError(f"the strikes of {self.name!r} are open already: use one `async with` block")
        # It has nothing to do with executions and workers, so their times are of no account.
        storage = Storage.at(self.url, self.name, self._seal, timedelta(0), timedelta(0), timedelta(0))
        try:
            await storage.strikes.load()
        except BaseException as error:
            await storage.close()
            if isinstance(error, ConnectionLost):
                where = without_password(self.url)
                raise ConnectionLost(f"cannot open the strikes of {self.name!r} at {where}: {error}") from error
            raise
        self._storage = storage
        self._following = asyncio.create_task(self._follow(storage), name="docket strikes")
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        storage, following = self._opened, self._following
        self._storage = self._following = None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])
        await storage.close()

    def __iter__(self) -> Iterator[Strike]:
        return iter(self._opened.strikes.in_force)

    def __len__(self) -> int:
        return len(self._opened.strikes.in_force)

    @property
    def unreadable(self) -> list[UnreadableStrike]:
        """The strikes that cannot be read here, as `Docket.unreadable_strikes` tells them."""
        return [*self._opened.strikes.in_force.unreadable.values()]

    def is_stricken(self, target: Execution | Mapping[str, object], function: str | None = None) -> bool:
        """Whether an execution, or a call or anything else with these arguments, is struck.

        Args:
            target: An execution, or arguments by the names of their parameters.
            function: The name of what these are the arguments of. If None, only strikes of every task count.
        """
        in_force = self._opened.strikes.in_force
        if isinstance(target, Execution):
            return blocking(in_force, target) is not None
        return in_force.match(function, lambda: target) is not None

    async def strike(
        self,
        function: TaskFunction | str | None = None,
        parameter: str | None = None,
        operator: Operator | OperatorName = "==",
        value: object = None,
    ) -> bool:
        """Strike, as `Docket.strike` does."""
        return await self._opened.strikes.strike(strike_of(function, parameter, operator, value))

    async def restore(
        self,
        function: TaskFunction | str | UnreadableStrike | None = None,
        parameter: str | None = None,
        operator: Operator | OperatorName = "==",
        value: object = None,
    ) -> bool:
        """Take a strike back, as `Docket.restore` does."""
        if isinstance(function, UnreadableStrike):
            return await self._opened.strikes.restore(function)
        return await self._opened.strikes.restore(strike_of(function, parameter, operator, value))

    @property
    def _opened(self) -> Storage:
        if self._storage is None:
            raise RuntimeError(
                f"the strikes of {self.name!r} are not open: use them inside `async with StrikeList(...) as strikes:`"
            )
        return self._storage

    async def _follow(self, storage: Storage) -> None:
        lost = False
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await storage.strikes.catch_up(storage.strikes.in_force)
            except ServerTrouble as error:
                if not lost:
                    reason = printable(str(error))
                    logger.warning(
                        "cannot see what is struck on %r, going on with what is known: %s", self.name, reason
                    )
                lost = True
            else:
                if lost:
                    logger.info("following again what is struck on %r", self.name)
                lost = False
