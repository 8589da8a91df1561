"""`Argument`: the arguments of the call, for those who make its dependencies."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ArgumentMarker:
    """The default value that `Argument(...)` leaves in a signature.

    Attributes:
        name: the parameter of the called function; None for that of the same name.
        optional: whether None takes its place when there is no such argument.
    """

    name: str | None
    optional: bool


def Argument(name: str | None = None, optional: bool = False) -> Any:
    """Declare that a parameter of a factory has the value of an argument of the call it works for.

        async def customer(customer_id: int = Argument()) -> Customer: ...

        async def invoice(customer_id: int, customer: Customer = Depends(customer)) -> None: ...

    The called function's default counts as passed; that of a dependency is its value.

    Parameters:
        name: the parameter of the called function; by default that of the same name.
        optional: get None, rather than an error, when the called function has no such parameter, or was not
            passed it and has no default.

    Raises:
        UnknownArgumentError: when the function is compiled and has no such parameter.
        MissingArgumentError: when the call does not pass it.
    """
    return ArgumentMarker(name, optional)
