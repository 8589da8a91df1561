"""A strike takes a task or its name, an operator that there is, and any value."""

from datetime import datetime
from typing import Any, assert_type

from docket import Docket, Execution, Operator, Strike, StrikeList


async def greet(name: str, greeting: str = "Hello") -> None: ...


def plain(name: str) -> int:
    raise NotImplementedError


class Mailer:
    async def send(self, to: str) -> bool:
        raise NotImplementedError


async def struck(docket: Docket, later: datetime, operator: str) -> None:
    assert_type(await docket.strike(greet), bool)
    assert_type(await docket.restore("greet"), bool)
    await docket.strike(Mailer().send, "to", "==", "jane")
    await docket.strike(greet, "name", Operator.BETWEEN, ("a", "f"))
    await docket.strike(parameter="name", operator="!=", value=None)
    await docket.restore(function=None, parameter="when", operator=">=", value=later)
    assert_type(await docket.strikes(), list[Strike])

    await docket.strike(plain)  # E: argument
    await docket.strike(Mailer)  # E: argument
    await docket.strike(greet, 3)  # E: argument
    await docket.strike(greet, "name", "like", "J")  # E: argument
    await docket.strike(greet, "name", operator, "J")  # E: argument
    await docket.restore(plain)  # E: argument
    await docket.restore(greet, "name", "in", "J")  # E: argument
    docket.strike(greet)  # E: await
    docket.restore(greet)  # E: await


async def listed(execution: Execution[bytes]) -> None:
    StrikeList(3)  # E: argument
    async with StrikeList("orders", "memory://") as strikes:
        assert_type(strikes, StrikeList)
        assert_type(await strikes.strike(greet, "name", "<", "b"), bool)
        assert_type(await strikes.restore(greet, "name", "<", "b"), bool)
        assert_type(strikes.is_stricken(execution), bool)
        assert_type(strikes.is_stricken({"name": "jane"}, function="greet"), bool)
        strikes.is_stricken("jane")  # E: argument
        strikes.is_stricken({3: "jane"})  # E: argument [pyrefly: assignment]
        await strikes.strike(plain)  # E: argument
        await strikes.strike(greet, "name", "like", "J")  # E: argument
        await strikes.restore(greet, "name", "like", "J")  # E: argument
        for strike in strikes:
            assert_type(strike.function, str | None)
            assert_type(strike.parameter, str | None)
            assert_type(strike.operator, Operator)
            assert_type(strike.value, Any)
