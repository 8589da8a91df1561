"""`Dependency`, the base class for those who write dependencies of their own."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Any, ClassVar

from typing_extensions import TypeIs


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
    annotated as `Self`. `marker` makes a class of dependencies usable where a `T` is expected.
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


def is_dependency(value: object) -> TypeIs[Dependency[Any]]:
    """Whether `value` is an instance of `Dependency`, whatever its value's type."""
    return isinstance(value, Dependency)
