"""dishka: a provider for each call's scope, and `wrap_injection`, which opens the scope."""

from typing import Any

from dishka import FromDishka, Provider, Scope, make_async_container
from dishka.integrations.base import wrap_injection
from shapes import Entries, nothing
from typed import LINKS, WIDE, CurrentUser, Number, factories


async def value(value: FromDishka[Number]) -> int:
    return value


async def chain(link: FromDishka[LINKS[4]]) -> int:
    return link


async def wide(  # noqa: PLR0913, PLR0917 - ten wide is what it is
    a: FromDishka[WIDE[0]],
    b: FromDishka[WIDE[1]],
    c: FromDishka[WIDE[2]],
    d: FromDishka[WIDE[3]],
    e: FromDishka[WIDE[4]],
    f: FromDishka[WIDE[5]],
    g: FromDishka[WIDE[6]],
    h: FromDishka[WIDE[7]],
    i: FromDishka[WIDE[8]],
    j: FromDishka[WIDE[9]],
) -> int:
    return a + b + c + d + e + f + g + h + i + j


async def current(user: FromDishka[CurrentUser]) -> int:
    return user.number


def entries() -> Entries:
    provider = Provider(scope=Scope.REQUEST)
    for factory in (*factories(), CurrentUser):
        provider.provide(factory)
    container = make_async_container(provider)

    def injected(function: Any) -> Any:
        return wrap_injection(func=function, container_getter=lambda *_: container, is_async=True, manage_scope=True)

    functions = {"none": nothing, "value": value, "chain": chain, "wide": wide, "class": current}
    return {shape: (injected(function), ()) for shape, function in functions.items()}
