"""Strikes: rules that say which calls are neither added nor run until they are restored."""

import operator as comparisons
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, Self

from ..errors import InvalidStrike, PayloadError
from . import payload


class Operator(StrEnum):
    """How a call's argument is compared with the value of a strike."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    BETWEEN = "between"
    """The value is a pair of bounds, which both belong to what is struck."""


type OperatorName = Literal["==", "!=", ">", ">=", "<", "<=", "between"]
type Arguments = Mapping[str, object]

_COMPARISONS: dict[Operator, Callable[[Any, Any], object]] = {
    Operator.EQUAL: comparisons.eq,
    Operator.NOT_EQUAL: comparisons.ne,
    Operator.GREATER: comparisons.gt,
    Operator.GREATER_OR_EQUAL: comparisons.ge,
    Operator.LESS: comparisons.lt,
    Operator.LESS_OR_EQUAL: comparisons.le,
    Operator.BETWEEN: lambda argument, bounds: bounds[0] <= argument <= bounds[1],
}
_LONGEST_VALUE = 200

NO_VERSION = b""
"""The version of a time at which nothing has ever been struck."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands for a value that cannot be unpickled here; no argument is compared with it."""

    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Strike:
    """A rule: a whole task, one value of a parameter of a task, or that of a parameter of any task."""

    function: str | None
    """The name of the task; None for every task."""

    parameter: str | None
    """The parameter; None for every call of the task."""

    operator: Operator
    """How its argument is compared with the value."""

    value: Any
    """What it is compared with; a pair of bounds for `between`."""

    pickled: bytes
    """The value as it is stored."""

    @classmethod
    def of(cls, function: str | None, parameter: str | None, operator: str, value: object) -> Self:
        """The strike that somebody asks for.

        Raises:
            InvalidStrike: it makes no sense; the error says why.
            PayloadError: the value cannot be pickled.
        """
        try:
            known = Operator(operator)
        except ValueError:
            choice = " ".join(Operator)
            raise InvalidStrike(f"{operator!r} is no operator of strikes: use one of {choice}") from None
        if function is None and parameter is None:
            raise InvalidStrike("a strike names a task, a parameter or both: nothing at all would be everything")
        _refuse_nameless("function", function)
        _refuse_nameless("parameter", parameter)
        if parameter is None and (value is not None or known is not Operator.EQUAL):
            raise InvalidStrike(f"{_shown(value)} is compared with the argument of a parameter: name it")
        value = _checked(known, value)
        try:
            return cls(function, parameter, known, value, payload.dumps(value))
        except PayloadError as error:
            raise PayloadError(f"the value of a strike is stored: {error}") from error

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The strike that `dump` has made bytes of. If its value cannot be unpickled here, that is `Unreadable`.

        Raises:
            PayloadError: these are not the bytes of a strike.
        """
        rule = payload.loads(data)
        try:
            function, parameter, name, pickled = rule
            operator = Operator(name)
        except BaseException as error:  # whatever was unpickled may run code of its own when it is taken apart
            raise PayloadError(f"the payload is not the pickle of a strike: {payload.describe(error)}") from error
        try:
            value = payload.loads(pickled)
        except PayloadError as error:
            value = Unreadable(str(error))
        return cls(function, parameter, operator, value, pickled)

    def dump(self) -> bytes:
        """The strike in bytes."""
        return payload.dumps((self.function, self.parameter, self.operator.value, self.pickled))

    def is_same_as(self, other: "Strike") -> bool:
        """Whether another strike is the same rule: its value is equal, or is stored as the same bytes."""
        mine = (self.function, self.parameter, self.operator)
        if mine != (other.function, other.parameter, other.operator):
            return False
        return self.pickled == other.pickled or _holds(Operator.EQUAL, self.value, other.value)

    def blocks(self, argument: object) -> bool:
        """Whether an argument of its parameter is struck. Whatever cannot be compared is not."""
        return not isinstance(self.value, Unreadable) and _holds(self.operator, argument, self.value)

    @property
    def reason(self) -> str:
        """Why a call was not run."""
        return f"struck: {self}"

    @property
    def outline(self) -> str:
        """The strike without its value, which may be secret: for logs."""
        return self._shown_with("...")

    def __str__(self) -> str:
        return self._shown_with("(unreadable here)" if isinstance(self.value, Unreadable) else _shown(self.value))

    def _shown_with(self, value: str) -> str:
        function = self.function or "*"
        return function if self.parameter is None else f"{function}({self.parameter} {self.operator.value} {value})"


@dataclass(frozen=True, slots=True)
class UnreadableStrike:
    """A strike that nobody here can read, so that it blocks nothing here. `restore` takes it back as well."""

    identity: str
    """What it is stored under."""

    reason: str
    """Why it cannot be read."""

    signed: bool
    """Whether there is a signature on it: whoever stored it has a signing key that is not known here."""


class InForce:
    """All strikes that are in force at a time, and the version that this time is known by."""

    def __init__(
        self,
        version: bytes = NO_VERSION,
        strikes: Mapping[bytes, Strike] | None = None,
        unreadable: Mapping[bytes, UnreadableStrike] | None = None,
    ) -> None:
        """Strikes by their identities; those that cannot be read block nothing, and are not iterated over."""
        self.version = version
        self.strikes: Mapping[bytes, Strike] = strikes or {}
        self.unreadable: Mapping[bytes, UnreadableStrike] = unreadable or {}
        self._tasks: dict[str, Strike] = {}
        self._parameters: dict[str, list[Strike]] = {}
        for strike in self:
            if strike.parameter is not None:
                self._parameters.setdefault(strike.parameter, []).append(strike)
            elif strike.function is not None:
                self._tasks[strike.function] = strike

    def __iter__(self) -> Iterator[Strike]:
        return iter(self.strikes.values())

    def __len__(self) -> int:
        return len(self.strikes)

    @property
    def signed_by_others(self) -> list[UnreadableStrike]:
        """The strikes that were signed with keys that are not known here."""
        return [each for each in self.unreadable.values() if each.signed]

    def same_as(self, strike: Strike | UnreadableStrike) -> list[bytes]:
        """The identities of the strikes that are this rule, or of the unreadable one."""
        if isinstance(strike, UnreadableStrike):
            return [identity for identity, known in self.unreadable.items() if known.identity == strike.identity]
        return [identity for identity, known in self.strikes.items() if known.is_same_as(strike)]

    def match(self, function: str | None, arguments: Callable[[], Arguments]) -> Strike | None:
        """The first strike that blocks a call, if one does.

        Args:
            function: The name of the task; None if no task is called, so that only strikes of all tasks match.
            arguments: What gives the call's arguments by their parameters; asked only if they matter.
        """
        if function is not None and (whole := self._tasks.get(function)) is not None:
            return whole
        if not self._parameters:
            return None
        given = arguments()
        for parameter in self._parameters.keys() & given.keys():
            for strike in self._parameters[parameter]:
                if (strike.function is None or strike.function == function) and strike.blocks(given[parameter]):
                    return strike
        return None


def _holds(operator: Operator, argument: object, value: object) -> bool:
    try:
        return bool(_COMPARISONS[operator](argument, value))
    except BaseException:  # noqa: BLE001 - comparing runs the values' own code, which may even call sys.exit()
        return False


def _refuse_nameless(what: str, name: object) -> None:
    if name is not None and not (isinstance(name, str) and name):
        raise InvalidStrike(f"the {what} of a strike is a name of at least one character, or None, not {_shown(name)}")


def _checked(operator: Operator, value: Any) -> object:
    if operator is Operator.BETWEEN:
        bounds: list[Any] = [*value] if issubclass(type(value), tuple | list) else []
        if len(bounds) != 2:  # noqa: PLR2004 - a lower and an upper one
            raise InvalidStrike(f"between takes two bounds, as in (1, 10), not {_shown(value)}")
        low, high = bounds
        if not _holds(Operator.LESS_OR_EQUAL, low, high):
            raise InvalidStrike(f"nothing is between {_shown(low)} and {_shown(high)}: begin with the lower bound")
        return low, high
    if value is None and operator not in {Operator.EQUAL, Operator.NOT_EQUAL}:
        raise InvalidStrike(f"nothing is {operator.value} None: give a value")
    return value


def _shown(value: object) -> str:
    try:
        text = repr(value)
    except BaseException:  # noqa: BLE001 - the value's own code
        return f"a {type(value).__qualname__}"
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
