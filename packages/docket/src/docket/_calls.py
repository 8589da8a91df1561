"""A call of a task, on its way to be scheduled."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from paramdeps import plan

from .execution import Execution, TaskFunction
from .model import payload
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
    """The arguments, pickled."""

    match: Callable[[InForce], Strike | None]
    """What finds the strike that blocks this call among those that are in force."""


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
