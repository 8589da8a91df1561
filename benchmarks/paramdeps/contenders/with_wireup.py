"""wireup: scoped injectables, and `inject_from_container`, which opens a scope for each call."""

from shapes import Entries, nothing
from typed import LINKS, WIDE, CurrentUser, Number, factories
from wireup import Injected, create_async_container, inject_from_container, injectable


async def value(value: Injected[Number]) -> int:
    return value


async def chain(link: Injected[LINKS[4]]) -> int:
    return link


async def wide(  # noqa: PLR0913, PLR0917 - ten wide is what it is
    a: Injected[WIDE[0]],
    b: Injected[WIDE[1]],
    c: Injected[WIDE[2]],
    d: Injected[WIDE[3]],
    e: Injected[WIDE[4]],
    f: Injected[WIDE[5]],
    g: Injected[WIDE[6]],
    h: Injected[WIDE[7]],
    i: Injected[WIDE[8]],
    j: Injected[WIDE[9]],
) -> int:
    return a + b + c + d + e + f + g + h + i + j


async def current(user: Injected[CurrentUser]) -> int:
    return user.number


def entries() -> Entries:
    scoped = [injectable(lifetime="scoped")(factory) for factory in (*factories(), CurrentUser)]
    inject = inject_from_container(create_async_container(injectables=scoped))
    functions = {"none": nothing, "value": value, "chain": chain, "wide": wide, "class": current}
    return {shape: (inject(function), ()) for shape, function in functions.items()}
