"""How arguments, results and exceptions are carried."""

import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from docket.errors import DocketError, PayloadError
from docket.model import payload

# What a worker of another process makes of a payload: it has none of this module's classes.
READER = """
import sys
from docket.model import payload
args, kwargs = payload.loads(bytes.fromhex(sys.argv[1]))
print(*[value() if callable(value) else value.shown() for value in (*args, *kwargs.values())])
"""

# A program whose own classes live in `__main__`, as those of scripts do.
WRITER = """
from docket.model import payload
class Own:
    def shown(self):
        return "an object of main"
offset = 5
print(payload.dumps_arguments((Own(), lambda: offset + 1), {}).hex())
"""


class Unpicklable:
    """Refuses to be pickled."""

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("no way")


class Explosive:
    """Can be pickled, and fails when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return divmod, (1, 0)


class NeedsTwo(Exception):
    """Pickles, but its args are not what its `__init__` wants."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(f"{one} and {two}")


class Unprintable(Exception):
    """Cannot even say what it is."""

    def __str__(self) -> NoReturn:
        raise RuntimeError("no words")


def python(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


@pytest.mark.parametrize("value", [None, 0, "", b"", (), {}, [1, {"a": (2, {3})}], "\ud800", 2**100, {"self": 1}])
def test_values_come_back(value: object) -> None:
    """What pickle can carry comes back equal."""
    assert payload.loads(payload.dumps(value)) == value


def test_arguments_come_back() -> None:
    """Positional and named arguments come back as what a call can be made of."""
    assert payload.loads(payload.dumps_arguments((1, "two"), {"three": 3})) == ((1, "two"), {"three": 3})
    assert payload.loads(payload.dumps_arguments((), {})) == ((), {})


def test_functions_without_a_name_come_back() -> None:
    """Lambdas and closures are carried with what they close over."""
    factor = 3

    def scaled(value: int) -> int:
        return value * factor

    back = payload.loads(payload.dumps((lambda value: value + factor, scaled)))
    assert [function(2) for function in back] == [5, 6]


def test_classes_of_main_can_be_read_by_others() -> None:
    """What a script sends of its own classes and lambdas, a worker that never saw the script can read."""
    assert python(READER, python(WRITER)) == "an object of main 6"


@pytest.mark.parametrize("value", [Unpicklable(), threading.Lock(), (yield_ for yield_ in "x")])
def test_what_cannot_be_pickled_is_refused_with_the_reason(value: object) -> None:
    """The error names the kind of the value, and what went wrong with it; it is a ValueError, too."""
    with pytest.raises(PayloadError, match=f"cannot pickle a {type(value).__qualname__}: ") as caught:
        payload.dumps(value)
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, ValueError)
    assert caught.value.__cause__ is not None


def test_a_value_that_contains_itself_too_deeply_is_refused() -> None:
    """Running out of stack is a refusal like any other."""
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(PayloadError, match="cannot pickle a list: "):
        payload.dumps(deep)
    while deep:
        deep = deep[0]


def test_a_refused_argument_is_named() -> None:
    """By its place, from 1, or by its name."""
    with pytest.raises(PayloadError, match=r"^argument 2: cannot pickle a Unpicklable: RuntimeError: no way$"):
        payload.dumps_arguments((1, Unpicklable()), {"fine": 1})
    with pytest.raises(PayloadError, match=r"^argument gadget: cannot pickle a Unpicklable: "):
        payload.dumps_arguments((1,), {"fine": 1, "gadget": Unpicklable()})


@pytest.mark.parametrize(
    "data", [b"", b"garbage", b"\x80\x05", pickle.dumps(Explosive()), b"cno_such_module\nThing\n."]
)
def test_what_cannot_be_unpickled_is_refused_with_the_reason(data: bytes) -> None:
    """Truncated, foreign and explosive data all end in the same error, which says how much there was."""
    with pytest.raises(PayloadError, match=f"^cannot unpickle {len(data)} bytes: "):
        payload.loads(data)


@pytest.mark.parametrize("value", [0, False, "", [], b"", 7])
def test_every_result_but_none_is_stored(value: object) -> None:
    """Nothing is stored for None, and what is false is still not None."""
    assert payload.dumps_result(None) == b""
    assert payload.loads_result(b"") is None
    assert payload.dumps_result(value)
    assert payload.loads_result(payload.dumps_result(value)) == value


def test_exceptions_come_back() -> None:
    """Type, arguments and notes of an exception are carried."""
    error = KeyError("one", 2)
    error.add_note("a note")
    back = payload.loads(payload.dumps_exception(error))
    assert (type(back), back.args, back.__notes__) == (KeyError, ("one", 2), ["a note"])


@pytest.mark.parametrize("error", [NeedsTwo("a", "b"), ValueError(Unpicklable()), ValueError(Explosive())])
def test_an_exception_that_cannot_be_carried_is_empty(error: Exception) -> None:
    """It does not fail whoever pickles it now, nor whoever would read it later."""
    assert payload.dumps_exception(error) == b""


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("what"), "ValueError: what"),
        (ValueError(), "ValueError"),
        (KeyError("key"), "KeyError: 'key'"),
        (Unprintable(), "Unprintable: (its message cannot be shown)"),
        (NeedsTwo("a", "b"), "NeedsTwo: a and b"),
    ],
)
def test_an_exception_is_described(error: Exception, text: str) -> None:
    """Its type and what it says, whatever its own code does."""
    assert payload.describe(error) == text


def test_an_exception_is_described_in_one_line() -> None:
    """A message of several lines, as parsers and databases like them, is no exception."""
    assert len(payload.describe(ValueError("one\ntwo\r\nthree")).splitlines()) == 1


def test_a_long_message_is_cut() -> None:
    """What is told of an exception has a bound, and its end shows that there was more."""
    told = payload.describe(ValueError("v" * 3_000_000))
    assert told.startswith("ValueError: vvv")
    assert told.endswith("v…")
    assert len(told) < 5000
