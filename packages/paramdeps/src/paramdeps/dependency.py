"""`Dependency`, the base class for those who write dependencies of their own."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, ClassVar

from typing_extensions import TypeIs

from ._generators import leave_async_generator, refuse_empty


class Dependency[T](ABC):
    """A dependency whose value and life cycle are written as a class.

    An instance is the default value of a parameter, and so is shared by every call of that function. Each
    call therefore enters a shallow copy of it: what `__aenter__` assigns to `self` is seen by `__aexit__` of
    the same call and by no other call. What the attributes refer to is not copied.

        class Transaction(Dependency[Connection]):
            def __init__(self, isolation: str = "serializable") -> None:
                self.isolation = isolation

            async def __aenter__(self) -> Connection:
                self.connection = await connect(self.isolation)
                return self.connection

            async def __aexit__(self, exc_type, exc, tb) -> None:
                await self.connection.close()

    A dependency that is its own value derives from `Dependency["Name"]` and returns `self` from `__aenter__`,
    annotated as `Self`. `marker` makes a class of dependencies usable where a `T` is expected. `Resource` is a
    dependency that is written as one generator.
    """

    single: ClassVar[bool] = False
    """Whether a function may declare at most one of this kind, anywhere among its dependencies.

    The kind is the nearest class in the method resolution order that sets `single = True` in its own body:
    all subclasses of it count as one kind, except those that set it again.
    """

    @abstractmethod
    async def __aenter__(self) -> T:
        """Prepare the dependency for one call, and return the value that the parameter gets."""

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        """Clean up after the call.

        Parameters:
            exc_type: the type of the exception that ended the call, or None.
            exc: that exception, or None.
            tb: its traceback, or None.

        Returns:
            True to suppress the exception, as for any context manager.
        """
        return None

    def bind_to_parameter(self, parameter: str, value: Any) -> None:  # noqa: B027 - most have no use for it
        """Learn whose parameter this is about, when it stands in a hint: `customer: Annotated[int, Limit(3)]`.

        There it does not supply the value, but surrounds the call: it is told the value of the parameter, and then
        entered, and what `__aenter__` returns is not used. Does nothing unless it is overridden.

        Parameters:
            parameter: the parameter's name.
            value: what the call passes, or the default, or what the dependency that is the default has supplied.
        """


class Resource[T](Dependency[T]):
    """A dependency whose life cycle is written as one generator: `provide`.

        class Transaction(Resource[Connection]):
            def __init__(self, isolation: str = "serializable") -> None:
                self.isolation = isolation

            async def provide(self) -> AsyncIterator[Connection]:
                async with connect(self.isolation) as connection:
                    yield connection

    As with any `Dependency`, each call has a copy of its own.
    """

    _provided: Any

    @abstractmethod
    def provide(self) -> AsyncIterator[T]:
        """Yield the value once; what comes after that cleans up, and is told of an exception by the `yield`.

        One that yields no value, or more than one, is a `YieldError` in the call.
        """

    async def __aenter__(self) -> T:
        provided = self.provide()
        object.__setattr__(self, "_provided", provided)  # also where a subclass is frozen
        async for value in provided:
            return value
        return refuse_empty(type(self).__name__)

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None
    ) -> bool | None:
        return await leave_async_generator(self._provided, exc, type(self).__name__)


def is_dependency(value: object) -> TypeIs[Dependency[Any]]:
    """Whether `value` is an instance of `Dependency`, whatever its value's type."""
    return isinstance(value, Dependency)
