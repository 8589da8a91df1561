"""A call of a task, on its way to be scheduled."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Self

from paramdeps import plan

from .execution import Execution, TaskFunction
from .model import payload
from .model.seal import Kind, Seal
from .model.strikes import InForce, Strike
from .strikes import matching


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a task, with arguments that it takes and that can be stored."""

    name: str
    """The name of the task."""

    function: TaskFunction | None
    """The task, where it is known here."""

    payload: bytes
    """The arguments, pickled, and sealed if the docket has a key."""

    match: Callable[[InForce], Strike | None]
    """What finds the strike that blocks this call among those that are in force."""

    def sealed(self, seal: Seal, key: str) -> Self:
        """The call with its arguments sealed for the execution of a key."""
        return replace(self, payload=seal.close(self.payload, Kind.ARGUMENTS, key, self.name)) if seal else self


def binding(
    name: str, function: TaskFunction | None, schedule: Callable[[Call], Coroutine[Any, Any, Execution]]
) -> Callable[..., Coroutine[Any, Any, Execution]]:
    """What takes a task's arguments and has them scheduled: what `Docket.add` and `replace` return.

    What it makes raises TypeError if the task does not take these, and PayloadError if they cannot be pickled.

    Args:
        name: The name of the task.
        function: The task, where it is known here.
        schedule: What becomes of a call.
    """
    signature = None if function is None else plan(function).signature

    def bind(*args: Any, **kwargs: Any) -> Coroutine[Any, Any, Execution]:
        if signature is not None:
            try:
                signature.bind(*args, **kwargs)
            except TypeError as error:
                raise TypeError(f"{name}{signature} cannot be called like this: {error}") from None
        data = payload.dumps_arguments(args, kwargs)
        return schedule(Call(name, function, data, matching(name, function, args, kwargs)))

    return bind


def checked_key(key: str) -> str:
    """A key that is given for an execution.

    Raises:
        TypeError: it is not a string.
        ValueError: it is empty.
    """
    if not isinstance(key, str):  # pyright: ignore[reportUnnecessaryIsInstance] - not everybody runs a checker
        raise TypeError(f"a key is a string, not {key!r}")
    if not key:
        raise ValueError("a key is a string of at least one character; leave it out for a fresh one")
    return key
