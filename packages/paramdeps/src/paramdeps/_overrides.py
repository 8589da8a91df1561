"""`override`: other factories in place of the declared ones, for a while and for one task."""

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
        replacements: by the identities of what they replace, which is held too, lest another has its identity.
        programs: what has been compiled for them; gone when the block is left, or one around it.
    """

    __slots__ = ("_is_over", "_outer", "_own", "programs", "replacements")

    def __init__(self, factory: Callable[..., Any], replacement: Any, outer: "Overrides | None") -> None:
        self._own: dict[object, tuple[Callable[..., Any], Any]] = {identity(factory): (factory, replacement)}
        self._outer = outer
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        """Take over what holds outside; what is inside comes first."""
        self.replacements: dict[object, tuple[Callable[..., Any], Any]] = self._own
        if self._outer is not None:
            self.replacements = {**self._outer.replacements, **self._own}
        self.programs: dict[object, Any] = {}

    def end(self) -> None:
        """Hold for nobody from now on, and keep nothing, although the context of a task may keep this itself."""
        self._is_over = True
        self._own, self.replacements, self.programs = {}, {}, {}

    def in_force(self) -> "Overrides | None":
        """These, or what is left of them after the blocks that are over."""
        outer = self._outer
        left = None if outer is None else outer.in_force()
        if self._is_over:
            return left
        if left is not outer:
            self._outer = left
            self._begin()
        return self

    def marker_for(self, marker: FactoryMarker) -> FactoryMarker | Dependency[Any]:
        """`marker`, or what is to be used in its place: bound to the same names, as far as it has them."""
        found = self.replacements.get(identity(marker.factory))
        adapt: Callable[[Any], Any] | None = None
        if found is None and isinstance(marker.factory, Entering):
            found = self.replacements.get(identity(marker.factory.factory))
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
        found = self.replacements.get(identity(type(instance)))
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
