"""What can go wrong in declaring and in resolving dependencies: `ParamdepsError` and its kinds."""

from collections.abc import Callable, Sequence
from typing import Any


class ParamdepsError(Exception):
    """The base of every error that this package raises itself.

    An error that a factory or a dependency raises is passed on as it is, with the path to it in a note.
    """

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        # An exception would be made anew of its message alone, where ours may want more.
        return (_made_anew, (type(self), self.args), self.__dict__)


def _made_anew(kind: type[ParamdepsError], args: tuple[Any, ...]) -> ParamdepsError:
    """An error of that kind with these `args`; the rest is in its `__dict__`."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class DeclarationError(ParamdepsError):
    """A declaration that cannot work, found before anything of it runs.

    Attributes:
        path: the parameters that lead to the fault, outermost first: `("report.db", "connection.pool")`.
            Empty when the fault was found while the dependency was being declared.
    """

    def __init__(self, message: str, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.path: tuple[str, ...] = path


class InvalidDependencyError(DeclarationError, TypeError):
    """Something was declared as a dependency, or bound to one, that cannot be used so."""


class UnboundParameterError(DeclarationError, TypeError):
    """A factory has a parameter that nothing fills: no default, no binding, no dependency."""


class CircularDependencyError(DeclarationError, ValueError):
    """Dependencies need each other in a circle.

    Attributes:
        circle: the names along the circle; the first is also the last, as in `("a", "b", "a")`.
    """

    def __init__(self, message: str, path: tuple[str, ...], circle: tuple[str, ...]) -> None:
        super().__init__(message, path)
        self.circle: tuple[str, ...] = circle


class DuplicateDependencyError(DeclarationError, ValueError):
    """Two dependencies of a kind of which a function may declare only one.

    Attributes:
        kind: the class that says `single = True`.
    """

    def __init__(self, message: str, path: tuple[str, ...], kind: type) -> None:
        super().__init__(message, path)
        self.kind: type = kind


class ScopeError(DeclarationError, ValueError):
    """A shared value needs something that only a call has, such as one of its arguments."""


class UnresolvableHintError(DeclarationError, NameError):
    """A type hint cannot be resolved, so that a dependency in its `Annotated` would be lost.

    Attributes:
        parameter: the parameter that has it.
        hint: how it is written.
        is_lost: whether there is a dependency in it for certain; if not, only `validate` tells of it.
    """

    def __init__(self, message: str, path: tuple[str, ...], parameter: str, hint: str, is_lost: bool = True) -> None:
        super().__init__(message, path)
        self.parameter: str = parameter
        self.hint: str = hint
        self.is_lost: bool = is_lost


class UnknownArgumentError(DeclarationError, LookupError):
    """`Argument` names a parameter that the called function does not have."""


class MissingArgumentError(ParamdepsError, LookupError, TypeError):
    """A call does not pass an argument that the function, or a dependency of it, needs and that has no default.

    It is raised before anything is entered. (A function without dependencies is simply called, and Python raises a
    `TypeError` of its own.)

    Attributes:
        argument: its name.
    """

    def __init__(self, message: str, argument: str) -> None:
        super().__init__(message)
        self.argument: str = argument


class ReturnedGeneratorError(ParamdepsError, TypeError):
    """A factory that is no generator function returned a generator, or a bare iterator, instead of a value."""


class YieldError(ParamdepsError, RuntimeError):
    """A generator factory yielded no value at all, or more than one."""


class EntryCancelledError(ParamdepsError, RuntimeError):
    """Entering was cancelled, and a dependency suppressed that, as a deadline does: there is nothing to go on with."""


class MissingAppError(ParamdepsError, RuntimeError):
    """A function that needs shared values was called without an application that has them."""


class ClosedAppError(ParamdepsError, RuntimeError):
    """A shared value cannot be had: its application is not open, or not in this loop, or what it is made of ended."""


class InvalidOptionError(ParamdepsError, TypeError, ValueError):
    """An application was given an option that it cannot work with."""


class CleanUpTimeoutError(ParamdepsError, TimeoutError):
    """A clean-up took longer than it may, and was cancelled.

    Attributes:
        seconds: how long it may take.
    """

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds: float = seconds


class NotSynchronousError(ParamdepsError, TypeError):
    """A synchronous call needs something that can only be had by waiting."""


class StreamError(ParamdepsError, TypeError):
    """A generator function was called instead of streamed, or something else was streamed."""


class DependencyErrors(ParamdepsError, ExceptionGroup[Exception]):
    """What all the dependencies raised that could not be entered, where an application collects these errors."""

    def derive(self, excs: Sequence[Exception], /) -> "DependencyErrors":  # type: ignore[override]
        """A group of some of these errors."""
        return DependencyErrors(self.message, excs)


class ReusedResolutionError(ParamdepsError, RuntimeError):
    """A resolution was entered a second time; each call needs its own."""
