"""`override`: other factories in place of the declared ones, for a while and for one task."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, final

from ._depends import FactoryMarker, Use, declare
from ._factories import Entering, entering, identity
from ._signatures import POSITIONAL, signature_of
from .dependency import Dependency, is_dependency
from .errors import InvalidDependencyError


@final
class Overrides:
    """The replacements that are in force at one place, those of the blocks around it included.

    Attributes:
        programs: what has been compiled for them; gone when the block is left.
    """

    __slots__ = ("_replacements", "programs")

    def __init__(self, replacements: dict[object, tuple[Callable[..., Any], Any]]) -> None:
        # The factory itself is held too, as its identity could be another's once it is gone.
        self._replacements = replacements
        self.programs: dict[object, Any] = {}

    def with_another(self, factory: Callable[..., Any], replacement: Any) -> "Overrides":
        """These replacements and one more, which comes before an earlier one of the same factory."""
        return Overrides({**self._replacements, identity(factory): (factory, replacement)})

    def marker_for(self, marker: FactoryMarker) -> FactoryMarker | Dependency[Any]:
        """`marker`, or what is to be used in its place: bound to the same names, as far as it has them."""
        found = self._replacements.get(identity(marker.factory))
        adapt: Callable[[Any], Any] | None = None
        if found is None and isinstance(marker.factory, Entering):
            found = self._replacements.get(identity(marker.factory.factory))
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
        found = self._replacements.get(identity(type(instance)))
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
current: ContextVar[Overrides | None] = ContextVar("paramdeps_overrides", default=None)


@contextmanager
def override(factory: Callable[..., Any], replacement: Callable[..., Any] | Dependency[Any], /) -> Generator[None]:
    """Use `replacement` wherever `factory` is declared, as long as the block lasts.

        with override(connection, fake_connection):
            await call(report, date.today())

    It holds for the calls that are begun by this task, and by those that it starts meanwhile, and for no
    others. Inner blocks come before outer ones. A shared value is replaced by a shared one, and so is every
    shared value that depends on it: what the application has built already stays, untouched, for those
    who do not override.

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
    declare(Use.CACHED, replacement, (), {})  # refuses what is none
    with presence.lock:
        presence.blocks += 1
    outer = current.get()
    token = current.set((outer or Overrides({})).with_another(factory, replacement))
    try:
        yield
    finally:
        current.reset(token)
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
