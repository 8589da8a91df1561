"""Strikes and restores name a task, or its function, a parameter, a known operator, and any value."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, assert_type

from docket import Docket, Execution, Operator, Strike, StrikeList, UnreadableStrike


async def charge(customer_id: int) -> bytes:
    raise NotImplementedError


def plain(customer_id: int) -> bytes:
    raise NotImplementedError


class Biller:
    async def charge(self, customer_id: int) -> bytes:
        raise NotImplementedError


class Strikes(Protocol):
    def __call__(
        self,
        function: Callable[..., Awaitable[Any]] | str | None = ...,
        parameter: str | None = ...,
        operator: Operator | Literal["==", "!=", ">", ">=", "<", "<=", "between"] = ...,
        value: object = ...,
    ) -> Coroutine[Any, Any, bool]: ...


class IsStricken(Protocol):
    def __call__(self, target: Execution | Mapping[str, object], function: str | None = ...) -> bool: ...


class MakesStrikeList(Protocol):
    def __call__(
        self, name: str = ..., url: str = ..., *, signing_key: bytes | str | Sequence[bytes | str] | None = ...
    ) -> StrikeList: ...


async def on_a_docket(docket: Docket, operator: str) -> None:
    strike: Strikes = docket.strike
    restore: Strikes = docket.restore
    print(strike, restore)
    assert_type(await docket.strike(charge), bool)
    assert_type(await docket.strike(Biller().charge), bool)
    assert_type(await docket.strike("charge", "customer_id", "between", (1, 5)), bool)
    assert_type(await docket.strike(parameter="customer_id", operator=Operator.GREATER, value=5), bool)
    assert_type(await docket.restore(charge, "customer_id", "==", 7), bool)
    assert_type(await docket.restore("charge", "customer_id", Operator.LESS, 7), bool)
    assert_type(await docket.strikes(), list[Strike])
    assert_type(await docket.unreadable_strikes(), list[UnreadableStrike])
    for unreadable in await docket.unreadable_strikes():
        await docket.restore(unreadable)
        await docket.strike(unreadable)  # E: argument

    await docket.strike(5)  # E: argument
    await docket.strike(b"charge")  # E: argument
    await docket.strike(plain)  # E: argument
    await docket.strike(charge, b"customer_id")  # E: argument
    await docket.strike(charge, "customer_id", "=", 5)  # E: argument
    await docket.strike(charge, "customer_id", "in", [5])  # E: argument
    await docket.strike(charge, "customer_id", operator, 5)  # E: argument
    await docket.strike(Biller)  # E: argument
    await docket.restore(5)  # E: argument
    await docket.restore(b"charge")  # E: argument
    await docket.restore(plain)  # E: argument
    await docket.restore(charge, b"customer_id")  # E: argument
    await docket.restore(charge, "customer_id", "=", 5)  # E: argument


strikes: MakesStrikeList = StrikeList
StrikeList(b"orders")  # E: argument
StrikeList(url=b"memory://")  # E: argument
StrikeList(signing_key=5)  # E: argument
StrikeList("orders", "memory://", b"a key")  # E: argument


class Audited(StrikeList): ...


async def derived() -> None:
    async with Audited() as strikes:
        assert_type(strikes, Audited)


async def on_its_own(execution: Execution[bytes]) -> None:
    async with StrikeList("orders", "memory://") as strikes:
        assert_type(strikes, StrikeList)
        assert_type((strikes.name, strikes.url), tuple[str, str])
        strike: Strikes = strikes.strike
        restore: Strikes = strikes.restore
        is_stricken: IsStricken = strikes.is_stricken
        print(strike, restore, is_stricken)
        assert_type(await strikes.strike(charge, "customer_id", "==", 7), bool)
        assert_type(await strikes.strike("charge", "customer_id", Operator.LESS, 7), bool)
        assert_type(await strikes.restore("charge"), bool)
        assert_type(strikes.is_stricken(execution), bool)
        assert_type(strikes.is_stricken({"customer_id": 7}, "charge"), bool)
        assert_type(iter(strikes), Iterator[Strike])
        assert_type(len(strikes), int)
        assert_type(strikes.unreadable, list[UnreadableStrike])
        for unreadable in strikes.unreadable:
            await strikes.restore(unreadable)
            await strikes.strike(unreadable)  # E: argument

        await strikes.strike(5)  # E: argument
        await strikes.strike(b"charge")  # E: argument
        await strikes.strike(plain)  # E: argument
        await strikes.strike(charge, b"customer_id")  # E: argument
        await strikes.strike(charge, "customer_id", "=", 5)  # E: argument
        await strikes.restore(5)  # E: argument
        await strikes.restore(b"charge")  # E: argument
        await strikes.restore(plain)  # E: argument
        await strikes.restore(charge, b"customer_id")  # E: argument
        await strikes.restore(charge, "customer_id", "=", 5)  # E: argument
        strikes.is_stricken("charge")  # E: argument
        strikes.is_stricken({7: "customer_id"})  # E: argument [pyrefly: assignment]
        strikes.is_stricken({"customer_id": 7}, charge)  # E: argument
        strikes.is_stricken({"customer_id": 7}, b"charge")  # E: argument


def seen(strike: Strike, unreadable: UnreadableStrike) -> None:
    assert_type((unreadable.identity, unreadable.reason, unreadable.signed), tuple[str, str, bool])
    assert_type(strike.function, str | None)
    assert_type(strike.parameter, str | None)
    assert_type(strike.operator, Operator)
    assert_type(strike.value, Any)
    assert_type(strike.reason, str)
