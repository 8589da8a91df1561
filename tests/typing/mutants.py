"""Mutants: the packages with one public signature loosened, as somebody might in passing.

The typing tests must notice each: one that a checker finds no fault with is a promise that nobody keeps. Here are those
that take an idea of what a signature promises; `loosening.py` has the others. `python -m tests.typing.mutants` shows
all of them to every checker, or to those it names; with `-k` only those whose names a pattern is found in.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.typing.checkers import CheckerFailed
from tests.typing.kinds import CHECKERS, GATE
from tests.typing.loosening import loosened
from tests.typing.mutation import Mutant, patched, survivors


def main() -> int:
    """Show mutants to checkers; returns what the program ends with."""
    parser = argparse.ArgumentParser(description="See whether checkers notice what is loosened.")
    parser.add_argument("checkers", nargs="*", metavar="checker", help="all of them if none is named")
    parser.add_argument("-k", dest="pattern", default="", help="only mutants whose names this regex is found in")
    options = parser.parse_args()
    chosen = [mutant for mutant in mutants() if re.search(options.pattern, mutant.name)]
    return not show(chosen, options.checkers or CHECKERS)


def show(chosen: Sequence[Mutant], checkers: Sequence[str]) -> bool:
    """Show mutants to some checkers, two at a time; returns whether none failed, and the gate noticed all."""

    def show_to(checker: str) -> bool:
        began = time.monotonic()
        try:
            with tempfile.TemporaryDirectory() as folder:
                lived = survivors(checker, chosen, Path(folder).resolve())
        except CheckerFailed as error:
            print(f"{checker}: {error}", flush=True)
            return False
        print(f"{checker}: {len(chosen) - len(lived)} of {len(chosen)} in {time.monotonic() - began:.0f} s", flush=True)
        print("".join(f"  not noticed: {name}\n" for name in lived), end="", flush=True)
        return checker not in GATE or not lived

    with ThreadPoolExecutor(2) as pool:
        return all([*pool.map(show_to, checkers)])


def mutants() -> list[Mutant]:
    """All of them."""
    return [
        *_scheduling("add", "def add(\n        self, function: str, when"),
        *_scheduling("replace", "def replace(self, function"),
        *_docket(),
        *_execution(),
        *_markers("Depends", "paramdeps/_depends.py"),
        *_markers("Fresh", "paramdeps/_depends.py"),
        *_markers("Shared", "paramdeps/_shared.py"),
        *_dependencies(),
        *_calling("paramdeps/_calling.py", "", ""),
        *_calling("paramdeps/_app.py", "an application's ", "self, "),
        *_wrapping(),
        *loosened(),
    ]


def _scheduling(verb: str, named: str) -> Iterator[Mutant]:
    file, typed, task = "docket/docket.py", f"def {verb}[**P, R](", "Callable[P, Awaitable[R]]"
    handle = "Coroutine[Any, Any, Execution[R]]"
    result = f"Callable[P, {handle}]"
    by_name = "Coroutine[Any, Any, Execution]"
    for name, declaration, old, new in [
        ("loses the parameters", typed, result, f"Callable[..., {handle}]"),
        ("loses the result", typed, "Execution[R]", "Execution[Any]"),
        ("leaves the result out", typed, "Execution[R]", "Execution"),
        ("may give no result", typed, "Execution[R]", "Execution[R | None]"),
        ("does not await the result", typed, f"{task}, ", "Callable[P, R], "),
        ("gives a callable of anything", typed, result, "Callable[P, Any]"),
        ("gives no coroutine", typed, handle, "Awaitable[Execution[R]]"),
        ("gives no handle", typed, handle, "Coroutine[Any, Any, Any]"),
        ("gives the handle at once", typed, handle, "Execution[R]"),
        ("takes functions that are not async", typed, task, "Callable[P, Awaitable[R] | R]"),
        ("takes callables of anything", typed, task, "Callable[P, Any]"),
        ("takes only coroutine functions", typed, task, "Callable[P, Coroutine[Any, Any, R]]"),
        ("takes any parameters", typed, task, "Callable[..., Awaitable[R]]"),
        ("has lost the typed overload", named, "function: str", "function: str | TaskFunction"),
        ("has lost the overload by name", named, "function: str", "function: bytes"),
        ("by name gives no coroutine", named, by_name, "Awaitable[Execution]"),
        ("by name has no result", named, by_name, "Coroutine[Any, Any, Execution[None]]"),
        ("by name has an object for a result", named, by_name, "Coroutine[Any, Any, Execution[object]]"),
        ("by name takes no arguments", named, f"Callable[..., {by_name}]", f"Callable[[], {by_name}]"),
    ]:
        yield patched(f"{verb} {name}", file, declaration, old, new)


def _docket() -> Iterator[Mutant]:
    deciding = "    @abstractmethod\n    async def on_failure("
    for name, file, declaration, old, new in [
        ("Docket.strike takes what is unreadable", "docket", "async def strike(", "| str", "| str | UnreadableStrike"),
        (
            "StrikeList.strike takes what is unreadable",
            "strikes",
            "async def strike(",
            "| str",
            "| str | UnreadableStrike",
        ),
        ("hooks are not abstract", "hooks", deciding, "@abstractmethod\n    ", ""),
        ("strikes compare by in as well", "model/strikes", "type OperatorName =", '"between"', '"between", "in"'),
        ("keys may be bytearrays", "model/seal", "type SigningKey =", "= str", "= str | bytearray"),
        ("the version is anything", "__init__", "__version__ =", " = version", ": Any = version"),
        ("current_docket is of anything", "docket", "\ncurrent_docket: ", "[Docket]", "[Any]"),
        ("current_worker is of anything", "worker/worker", "\ncurrent_worker: ", "[Worker]", "[Any]"),
        ("current_execution is of anything", "execution", "\ncurrent_execution: ", "[Execution]", "[Any]"),
    ]:
        yield patched(name, f"docket/{file}.py", declaration, old, new)


def _execution() -> Iterator[Mutant]:
    variable, result = "R_co = TypeVar(", "async def result(self)"
    for name, declaration, old, new in [
        ("handles are invariant", variable, "covariant=True, ", ""),
        ("handles need a parameter", variable, ", default=Any", ""),
        ("handles are of objects", variable, "default=Any", "default=object"),
        ("handles are of nothing", variable, "default=Any", "default=None"),
        ("tasks may be sync", "type TaskFunction", "Awaitable[Any]", "Any"),
        ("get_result may give nothing", "def get_result(", "-> R_co", "-> R_co | None"),
        ("result may give nothing", result, "-> R_co", "-> R_co | None"),
    ]:
        yield patched(name, "docket/execution.py", declaration, old, new)


_CLOSE = {
    "AsyncManager[T, Any]": "AbstractAsyncContextManager[T, Any]",
    "Manager[T, Any, Any]": "AbstractContextManager[T, Any]",
    "AsyncIterator[T]": "AsyncIterable[T]",
    "Iterator[T]": "Iterable[T]",
}
"""What looks like something that is entered, or run up to its `yield`, and is handed over as it is."""


def _markers(marker: str, file: str) -> Iterator[Mutant]:
    arguments = "/, *args: P.args, **bindings: P.kwargs"
    for made in (
        "AsyncManager[T, Any]",
        "Manager[T, Any, Any]",
        "AsyncIterator[T]",
        "Iterator[T]",
        "Awaitable[T]",
        "T",
    ):
        factory = f"Callable[P, {made}], {arguments}"
        overload = f"@overload\ndef {marker}[**P, T](factory: {factory}) -> T: ..."
        if made != "T":
            yield patched(f"{marker} has lost {made}", file, overload, overload, "")
        yield patched(f"{marker} may give no {made}", file, overload, "-> T: ", "-> T | None: ")
        if close := _CLOSE.get(made):
            yield patched(f"{marker} takes {close} for {made}", file, overload, f"P, {made}", f"P, {close}")
        unchecked = f"Callable[..., {made}], /, *args: Any, **bindings: Any"
        yield patched(f"{marker} does not check bindings of {made}", file, overload, factory, unchecked)


def _dependencies() -> Iterator[Mutant]:
    instance = "@overload\ndef Depends[T](dependency: Dependency[T], /) -> T: ..."
    taking = instance.replace("/)", "/, *args: Any, **bindings: Any)")
    entering = '    @abstractmethod\n    async def __aenter__(self) -> T:\n        """Prepare the dependency'
    providing = "    @abstractmethod\n    def provide("
    made, taken = "-> Callable[P, T]", "Callable[P, Dependency[T]]"
    overriding = "@contextmanager\ndef override("
    for name, file, declaration, old, new in [
        ("Depends has lost instances", "_depends", instance, instance, ""),
        ("Depends takes bindings for instances", "_depends", instance, instance, taking),
        ("marker loses the parameters", "_depends", "def marker[", made, "-> Callable[..., T]"),
        ("marker loses the value", "_depends", "def marker[", made, "-> Callable[P, Any]"),
        ("marker gives the dependency", "_depends", "def marker[", made, "-> Callable[P, Dependency[T]]"),
        ("marker takes any callable", "_depends", "def marker[", taken, "Callable[P, T]"),
        ("dependencies are not abstract", "dependency", entering, "@abstractmethod\n    ", ""),
        ("resources are not abstract", "dependency", providing, "@abstractmethod\n    ", ""),
        ("override is no context manager", "_overrides", overriding, "@contextmanager\n", ""),
    ]:
        yield patched(name, f"paramdeps/{file}.py", declaration, old, new)


def _calling(file: str, whose: str, own: str) -> Iterator[Mutant]:
    asynchronous = f"async def call[**P, R]({own}function: Callable[P, Awaitable[R]]"
    plain = f"async def call[**P, R]({own}function: Callable[P, R]"
    stream = "def stream[**P, T]("
    checked, unchecked = "*args: P.args, **kwargs: P.kwargs", "*args: Any, **kwargs: Any"
    for name, declaration, old, new in [
        ("call does not await", asynchronous, ") -> R:", ") -> Awaitable[R]:"),
        ("call takes any arguments", asynchronous, checked, unchecked),
        ("call takes any arguments of a plain function", plain, checked, unchecked),
        ("stream takes any arguments", stream, checked, unchecked),
        ("stream cannot be closed", stream, "AsyncGenerator[T]", "AsyncIterator[T]"),
        ("stream takes any function", stream, "Callable[P, AsyncIterator[T]]", "Callable[P, Any]"),
    ]:
        yield patched(f"{whose}{name}", file, declaration, old, new)


def _wrapping() -> Iterator[Mutant]:
    file, awaited = "paramdeps/_wrapping.py", "Coroutine[Any, Any, R]"
    begin = "def without_dependencies[R]("
    options = "/, app: Scope | None = None\n) -> "
    streamed = "  # type: ignore[overload-overlap]  # pyright: ignore[reportOverlappingOverload]"
    asynchronous = f"{begin}\n    function: Callable[..., Awaitable[R]], {options}"
    for name, declaration, old, new in [
        ("of a stream loses its items", f"{begin}{streamed}", "AsyncGenerator[R]", "AsyncGenerator[Any]"),
        ("of a stream cannot be closed", f"{begin}{streamed}", "AsyncGenerator[R]", "AsyncIterator[R]"),
        (
            "of a stream is awaited",
            f"{begin}{streamed}",
            "Callable[..., AsyncGenerator[R]]",
            f"Callable[..., {awaited}]",
        ),
        ("does not await", asynchronous, awaited, "Coroutine[Any, Any, Awaitable[R]]"),
        ("loses the result", asynchronous, awaited, "Coroutine[Any, Any, Any]"),
        ("gives no coroutine", asynchronous, awaited, "Awaitable[R]"),
        ("gives the result at once", asynchronous, awaited, "R"),
        ("takes no arguments", asynchronous, f"-> Callable[..., {awaited}]", f"-> Callable[[], {awaited}]"),
    ]:
        yield patched(f"without_dependencies {name}", file, declaration, old, new)


if __name__ == "__main__":
    sys.exit(main())
