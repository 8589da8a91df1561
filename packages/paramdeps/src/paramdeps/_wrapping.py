"""`without_dependencies`: a function that takes only what its callers pass."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from inspect import Parameter
from typing import Any, overload

from ._annotations import code_of
from ._calling import streamed
from ._factories import Kind, is_awaitable, kind_of
from ._plan import Plan, plan
from ._resolution import Resolution
from ._scopes import Scope
from ._signatures import POSITIONAL, name_of
from .errors import InvalidDependencyError, StreamError


@overload
def without_dependencies[R](  # type: ignore[overload-overlap]  # pyright: ignore[reportOverlappingOverload]
    function: Callable[..., AsyncIterator[R]], /, app: Scope | None = None
) -> Callable[..., AsyncGenerator[R]]: ...
@overload
def without_dependencies[R](
    function: Callable[..., Awaitable[R]], /, app: Scope | None = None
) -> Callable[..., Coroutine[Any, Any, R]]: ...
@overload
def without_dependencies[R](
    function: Callable[..., R], /, app: Scope | None = None
) -> Callable[..., Coroutine[Any, Any, R]]: ...
def without_dependencies(function: Any, /, app: Scope | None = None) -> Any:
    """An async function that resolves the dependencies of `function` itself: nobody sees them in its signature.

    For frameworks that look at signatures, and for those who pass functions on:

        router.get("/reports/{day}")(without_dependencies(report, app))

    Positional arguments are those of the parameters that are left, in their order, so that a dependency may stand
    between them. (The parameters that are left cannot be expressed in types; the result can.)

    Parameters:
        function: a function, async or not, an async generator function, or any other callable.
        app: the `App` that it is called with; it need not be open yet.

    Raises:
        InvalidDependencyError: the function has a positional-only parameter after a dependency.
        DeclarationError: the dependencies cannot work.
    """
    planned = plan(function)
    arrangement = _Arrangement(planned)

    async def called(*args: Any, **kwargs: Any) -> Any:
        given, named, rest = arrangement.taken_apart(args, kwargs)
        if not rest:
            return await planned.run(given, named, app)
        async with planned.resolve(given, named, app) as resolution:
            positional, keywords = arrangement.put_together(resolution.args, resolution.kwargs, rest)
            result = function(*positional, **keywords)
            return await result if is_awaitable(result) else result

    def begin(*args: Any, **kwargs: Any) -> tuple[Resolution, Callable[[], Any]]:
        given, named, rest = arrangement.taken_apart(args, kwargs)
        resolution = planned.resolve(given, named, app)

        def items() -> Any:
            positional, keywords = arrangement.put_together(resolution.args, resolution.kwargs, rest)
            return function(*positional, **keywords)

        return resolution, items

    if kind_of(function) is Kind.GENERATOR:
        raise StreamError(f"{name_of(function)}() is a generator function that is not async; only async ones can wait")
    wrapper: Any = streamed(begin) if kind_of(function) is Kind.ASYNC_GENERATOR else called
    functools.update_wrapper(wrapper, function)
    # Frameworks look there for the names in hints that are strings, and a partial has none.
    wrapper.__wrapped__ = inner = code_of(function)
    wrapper.__annotations__ = {
        name: hint
        for name, hint in getattr(inner, "__annotations__", {}).items()
        if name in (*planned.stripped_signature.parameters, "return")
    }
    wrapper.__signature__ = planned.stripped_signature
    return wrapper


class _Arrangement:
    """Which positional argument belongs to which parameter, when dependencies stand between them."""

    def __init__(self, planned: Plan[Any]) -> None:
        parameters = planned.signature.parameters
        positional = [each for each in parameters.values() if each.kind in POSITIONAL]
        declared = planned.dependencies
        self._name = name_of(planned.function)
        self._first = next((place for place, each in enumerate(positional) if each.name in declared), len(positional))
        self._later = [each for each in positional[self._first :] if each.name not in declared]
        self._after_first = positional[self._first :]
        self._takes_rest = any(each.kind is Parameter.VAR_POSITIONAL for each in parameters.values())
        for each in self._later:
            if each.kind is Parameter.POSITIONAL_ONLY:
                raise InvalidDependencyError(
                    f"{self._name}() has the positional-only parameter {each.name!r} after a dependency, which callers "
                    "could not reach without passing that too: put it first, or let it be passed by name"
                )

    def taken_apart(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any], tuple[Any, ...]]:
        """The arguments before the first dependency, the others by name, and those that have no name."""
        if len(args) <= self._first:
            return args, kwargs, ()
        passed = dict(zip((each.name for each in self._later), args[self._first :], strict=False))
        rest = args[self._first + len(passed) :]
        if twice := passed.keys() & kwargs.keys():
            raise TypeError(f"{self._name}() got multiple values for argument {min(twice)!r}")
        if rest and not self._takes_rest:
            most = self._first + len(self._later)
            raise TypeError(f"{self._name}() takes {most} positional arguments but {len(args)} were given")
        return args[: self._first], {**passed, **kwargs}, rest

    def put_together(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], rest: tuple[Any, ...]
    ) -> tuple[tuple[Any, ...], Mapping[str, Any]]:
        """The arguments of the call: before those without a name, all must be positional."""
        if not rest:
            return args, kwargs
        named = {**kwargs}
        between = [named.pop(each.name, each.default) for each in self._after_first[len(args) - self._first :]]
        return (*args, *between, *rest), named
