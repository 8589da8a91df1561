"""`override`: other factories in place of the declared ones, for a while and for one task."""

import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock
from typing import Any, final

from ._depends import FactoryMarker, Use, declare
from ._factories import Entering, entering, identity
from ._signatures import POSITIONAL, name_of, signature_of
from .dependency import Dependency, is_dependency
from .errors import InvalidDependencyError


@final
class Overrides:
    """One replacement, and those of the blocks around it.

    Attributes:
        own: what is replaced and by what, by the identity of the former, which is held lest another has it.
        outer: those of the blocks around.
        inner: those of the blocks inside, as long as there are such.
        is_over: whether the block has been left.
        programs: what has been compiled for them; gone when the block is left, or one around it.
    """

    __slots__ = ("__weakref__", "inner", "is_over", "outer", "own", "programs")

    def __init__(self, factory: Callable[..., Any], replacement: Any, outer: "Overrides | None") -> None:
        self.own: dict[object, tuple[Callable[..., Any], Any]] = {identity(factory): (factory, replacement)}
        self.outer: Overrides | None = outer
        self.inner: weakref.WeakValueDictionary[int, Overrides] = weakref.WeakValueDictionary()
        self.is_over: bool = False
        self.programs: dict[object, Any] = {}
        if outer is not None:
            outer.inner[id(self)] = self

    def end(self) -> None:
        """Hold for nobody from now on, and keep nothing, although the context of a task may keep this itself."""
        self.is_over = True
        self.own = {}
        blocks: list[Overrides | None] = [self]
        while blocks:  # those inside may go on, but what has been compiled for them is made of this too
            block = blocks.pop()
            if block is not None:
                block.programs = {}
                # A list of its own, as other threads may begin blocks meanwhile.
                blocks += [reference() for reference in block.inner.valuerefs()]

    def in_force(self) -> "Overrides | None":
        """These, or what is left of them after the blocks that are over."""
        block: Overrides | None = self
        while block is not None and block.is_over:
            block = block.outer
        return block

    def _replacement_of(self, function: Callable[..., Any]) -> tuple[Callable[..., Any], Any] | None:
        """What is replaced, and by what; what is inside comes first."""
        key = identity(function)
        block: Overrides | None = self
        while block is not None:
            if (found := block.own.get(key)) is not None:
                return found
            block = block.outer
        return None

    def marker_for(self, marker: FactoryMarker) -> FactoryMarker | Dependency[Any]:
        """`marker`, or what is to be used in its place: bound to the same names, as far as it has them."""
        found = self._replacement_of(marker.factory)
        adapt: Callable[[Any], Any] | None = None
        if found is None and isinstance(marker.factory, Entering):
            found = self._replacement_of(marker.factory.factory)
            adapt = entering
        if found is None:
            return marker
        replacement = found[1]
        if is_dependency(replacement):
            return replacement
        if adapt is not None:
            replacement = adapt(replacement)
        return FactoryMarker(marker.use, replacement, (), _bindings_for(replacement, marker))

    def instance_for(self, instance: Dependency[Any]) -> FactoryMarker | Dependency[Any]:
        """`instance`, or what is to be used in place of those of its class."""
        found = self._replacement_of(type(instance))
        if found is None:
            return instance
        replacement: FactoryMarker | Dependency[Any] = declare(Use.CACHED, found[1], (), {})
        return replacement


@final
class _Presence:
    """How many blocks are being overridden anywhere, in any task or thread: a truth test is all it takes to know."""

    __slots__ = ("blocks", "lock")

    def __init__(self) -> None:
        self.blocks = 0
        self.lock = Lock()


presence = _Presence()
_current: ContextVar[Overrides | None] = ContextVar("paramdeps_overrides", default=None)


def overrides_in_force() -> Overrides | None:
    """What is replaced in the current task."""
    found = _current.get()
    return None if found is None else found.in_force()


@contextmanager
def override(factory: Callable[..., Any], replacement: Callable[..., Any] | Dependency[Any], /) -> Generator[None]:
    """Use `replacement` wherever `factory` is declared, as long as the block lasts.

        with override(connection, fake_connection):
            await call(report, date.today())

    It holds for the calls that are begun by this task, and by those that it starts meanwhile, and for no
    others; when the block is over, for none of them, although such a task may go on. Inner blocks come before
    outer ones. A shared value is replaced by a shared one, and so is every shared value that depends on it: what
    the application has built already stays, untouched, for those who do not override.

    Parameters:
        factory: what was declared with `Depends`, `Fresh` or `Shared`; or a class of dependencies, to replace
            all instances of exactly that class, also those in hints. (There, another instance is told of the
            parameter in their place; what any other factory makes is not used.)
        replacement: any other factory, or an instance of `Dependency`. What is bound to the parameters of
            `factory` is bound to those that have the same names here.

    Raises:
        InvalidDependencyError: one of them cannot be called.
    """
    if not callable(factory):
        raise InvalidDependencyError(f"override() replaces a factory or a class, not {factory!r}")
    if not callable(replacement) and not is_dependency(replacement):
        raise InvalidDependencyError(
            f"override() takes a factory or a Dependency in place of {name_of(factory)}, not {replacement!r}; "
            f"for a value that is there already, write lambda: {replacement!r}"
        )
    declare(Use.CACHED, replacement, (), {})  # refuses classes of dependencies
    overrides = Overrides(factory, replacement, overrides_in_force())
    with presence.lock:
        presence.blocks += 1
    token = _current.set(overrides)
    try:
        yield
    finally:
        overrides.end()
        with suppress(ValueError):  # another context, as that of a fixture may be; it ended there with the block
            _current.reset(token)
        with presence.lock:
            presence.blocks -= 1


def _bindings_for(replacement: Callable[..., Any], marker: FactoryMarker) -> dict[str, Any]:
    """What `marker` binds, by name, as far as `replacement` takes it."""
    bound = dict(marker.bindings)
    original = signature_of(marker.factory)
    if original is not None and marker.args:
        names = [each.name for each in original.parameters.values() if each.kind in POSITIONAL]
        bound = {**dict(zip(names, marker.args, strict=False)), **bound}
    signature = signature_of(replacement)
    if signature is None:
        return {}
    parameters = signature.parameters.values()
    if any(each.kind is each.VAR_KEYWORD for each in parameters):
        return bound
    taken = {each.name for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    return {name: value for name, value in bound.items() if name in taken}
