"""FastAPI: its solver, called as a route calls it, without the web around it."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from fastapi import Depends, Request
from fastapi.dependencies.utils import get_dependant, solve_dependencies
from shapes import Entries, Function, declared, user


class CurrentUser:
    def __init__(self) -> None:
        self.number = user.get()


async def current_user() -> CurrentUser:
    # As a class, it would be made in a pool of threads.
    return CurrentUser()


async def current(user: CurrentUser = Depends(current_user)) -> int:  # noqa: B008 - how it is declared
    return user.number


def route(function: Function) -> Callable[[], Awaitable[int]]:
    """What a route does for a request, as far as its function's dependencies are concerned."""
    dependant = get_dependant(path="/", call=function)

    async def call() -> int:
        async with AsyncExitStack() as stack:
            scope = {
                "type": "http",
                "headers": [],
                "query_string": b"",
                "path_params": {},
                "fastapi_inner_astack": stack,
                "fastapi_function_astack": stack,
            }
            solved = await solve_dependencies(
                request=Request(scope), dependant=dependant, async_exit_stack=stack, embed_body_fields=False
            )
            return await function(**solved.values)

    return call


def entries() -> Entries:
    functions = {**declared(Depends, waiting=True), "class": current}
    return {shape: (route(function), ()) for shape, function in functions.items()}
