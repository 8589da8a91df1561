"""`Argument` stands for an argument of the call, whatever its type, by a name or by that of the parameter."""

from typing import Any, Protocol, assert_type

from paramdeps import Argument, Depends, call


class Asks(Protocol):
    def __call__(self, name: str | None = ..., optional: bool = ...) -> Any: ...


def customer(customer_id: int = Argument(), note: str | None = Argument("comment", optional=True)) -> str:
    raise NotImplementedError


async def invoice(customer_id: int, who: str = Depends(customer)) -> bytes:
    raise NotImplementedError


asks: Asks = Argument
assert_type(Argument(), Any)
assert_type(Depends(customer), str)
assert_type(Depends(customer, customer_id=Argument("id")), str)

Argument(b"comment")  # E: argument
Argument(optional="yes")  # E: argument
Argument(parameter="comment")  # E: argument


async def use() -> None:
    assert_type(await call(invoice, 7), bytes)
    await call(invoice, "7")  # E: argument
