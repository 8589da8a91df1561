"""that-depends: a container of providers, and `inject`, which opens a scope for each call.

Only its context resources are made once per call, so what is shared is one of them.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from shapes import Entries, Tally, nothing
from that_depends import BaseContainer, ContextScopes, Provide, inject, providers
from typed import CurrentUser, number


async def first() -> AsyncIterator[int]:
    yield 1
    Tally.left += 1


async def after(before: int) -> AsyncIterator[int]:
    yield before + 1
    Tally.left += 1


def shared(position: int) -> Iterator[int]:
    yield position


def wide_value(shared: int, position: int) -> int:
    return shared + position


def wide_provider(shared: Any, position: int) -> Any:
    return providers.Factory(wide_value, shared.cast, position)


def resource(creator: Any, *args: Any) -> Any:
    return providers.ContextResource(creator, *args).with_config(scope=ContextScopes.INJECT)


class Container(BaseContainer):
    number = providers.Factory(number)
    link_0 = resource(first)
    link_1 = resource(after, link_0.cast)
    link_2 = resource(after, link_1.cast)
    link_3 = resource(after, link_2.cast)
    link_4 = resource(after, link_3.cast)
    shared_0, shared_1, shared_2 = resource(shared, 0), resource(shared, 1), resource(shared, 2)
    a, b, c = wide_provider(shared_0, 0), wide_provider(shared_1, 1), wide_provider(shared_2, 2)
    d, e, f = wide_provider(shared_0, 3), wide_provider(shared_1, 4), wide_provider(shared_2, 5)
    g, h, i = wide_provider(shared_0, 6), wide_provider(shared_1, 7), wide_provider(shared_2, 8)
    j = wide_provider(shared_0, 9)
    user = providers.Factory(CurrentUser)


@inject
async def value(value: int = Provide[Container.number]) -> int:
    return value


@inject
async def chain(link: int = Provide[Container.link_4]) -> int:
    return link


@inject
async def wide(  # noqa: PLR0913, PLR0917 - ten wide is what it is
    a: int = Provide[Container.a],
    b: int = Provide[Container.b],
    c: int = Provide[Container.c],
    d: int = Provide[Container.d],
    e: int = Provide[Container.e],
    f: int = Provide[Container.f],
    g: int = Provide[Container.g],
    h: int = Provide[Container.h],
    i: int = Provide[Container.i],
    j: int = Provide[Container.j],
) -> int:
    return a + b + c + d + e + f + g + h + i + j


@inject
async def current(user: CurrentUser = Provide[Container.user]) -> int:
    return user.number


def entries() -> Entries:
    functions = {"none": nothing, "value": value, "chain": chain, "wide": wide, "class": current}
    return {shape: (function, ()) for shape, function in functions.items()}
