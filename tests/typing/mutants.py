"""Mutants: the packages with one public signature loosened, as somebody might in passing.

Each is a patch of one declaration. The typing tests must notice it: every mutant that a checker finds no fault with is
a promise that nobody keeps. `python -m tests.typing.mutants` shows all of them to every checker, or to those it names.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.typing.kinds import CHECKERS, GATE
from tests.typing.mutation import Mutant, survivors


def show_all(checkers: Sequence[str]) -> bool:
    """Show every mutant to some checkers, two at a time; returns whether those of the gate have noticed them all."""
    chosen = mutants()

    def show(checker: str) -> list[str]:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            lived = survivors(checker, chosen, Path(folder).resolve())
        print(f"{checker}: {len(chosen) - len(lived)} of {len(chosen)} in {time.monotonic() - began:.0f} s", flush=True)
        print("".join(f"  not noticed: {name}\n" for name in lived), end="", flush=True)
        return lived

    with ThreadPoolExecutor(2) as pool:
        lived = dict(zip(checkers, pool.map(show, checkers), strict=True))
    return not any(lived.get(checker) for checker in GATE)


def mutants() -> list[Mutant]:
    """All of them."""
    return [*_scheduling(), *_docket(), *_execution(), *_provided(), *_depends(), *_paramdeps()]


def _scheduling() -> Iterator[Mutant]:
    handle = "Coroutine[Any, Any, Execution[R]]"
    named = "Coroutine[Any, Any, Execution]"
    whole = f"Callable[P, {handle}]"
    task = "Callable[P, Awaitable[R]]"
    for verb, text in (
        ("add", "def add(\n        self, function: str, when"),
        ("replace", "def replace(self, function"),
    ):
        typed = f"def {verb}[**P, R]("
        for name, declaration, old, new in [
            ("loses the parameters", typed, whole, f"Callable[..., {handle}]"),
            ("loses the result", typed, "Execution[R]", "Execution[Any]"),
            ("leaves the result out", typed, "Execution[R]", "Execution"),
            ("may give no result", typed, "Execution[R]", "Execution[R | None]"),
            ("does not await the result", typed, f"{task}, ", "Callable[P, R], "),
            ("gives anything", typed, whole, "Any"),
            ("gives a callable of anything", typed, whole, "Callable[P, Any]"),
            ("gives no coroutine", typed, handle, "Awaitable[Execution[R]]"),
            ("gives no handle", typed, handle, "Coroutine[Any, Any, Any]"),
            ("gives the handle at once", typed, handle, "Execution[R]"),
            ("takes functions that are not async", typed, task, "Callable[P, Awaitable[R] | R]"),
            ("takes callables of anything", typed, task, "Callable[P, Any]"),
            ("takes only coroutine functions", typed, task, "Callable[P, Coroutine[Any, Any, R]]"),
            ("takes anything", typed, task, "Any"),
            ("takes any parameters", typed, task, "Callable[..., Awaitable[R]]"),
            ("takes any time", typed, "when: datetime", "when: Any"),
            ("takes any key", typed, "key: str", "key: Any"),
            ("takes any key by name", text, "key: str", "key: Any"),
            ("takes any time by name", text, "when: datetime", "when: Any"),
            ("takes bytes for a name", text, "function: str", "function: str | bytes"),
            ("takes everything for a name", text, "function: str", "function: Any"),
            ("has lost the typed overload", text, "function: str", f"function: str | {'TaskFunction'}"),
            ("has lost the overload by name", text, "function: str", "function: bytes"),
            ("by name gives no coroutine", text, named, "Awaitable[Execution]"),
            ("by name gives anything", text, f"Callable[..., {named}]", "Any"),
            ("by name has no result", text, named, "Coroutine[Any, Any, Execution[None]]"),
            ("by name has an object for a result", text, named, "Coroutine[Any, Any, Execution[object]]"),
            ("by name takes no arguments", text, f"Callable[..., {named}]", f"Callable[[], {named}]"),
        ]:
            yield Mutant(f"{verb} {name}", "docket/docket.py", declaration, old, new)
        if verb == "replace":
            for kind, declaration in (("", typed), (" by name", text)):
                required = "when: datetime, key: str"
                for name, new in [
                    ("needs no key", "when: datetime, key: str | None = None"),
                    ("needs no time", 'when: datetime | None = None, key: str = ""'),
                    ("takes None for a key", "when: datetime, key: str | None"),
                    ("takes None for a time", "when: datetime | None, key: str"),
                ]:
                    yield Mutant(f"{verb}{kind} {name}", "docket/docket.py", declaration, required, new)


def _docket() -> Iterator[Mutant]:
    worker, late = "    def __init__(\n        self,\n        docket: Docket,", "redelivery_timeout: Any"
    for name, file, declaration, old, new in [
        ("register takes anything", "docket", "def register(self", "function: TaskFunction", "function: Any"),
        ("register takes any callable", "docket", "def register(self", "TaskFunction", "Callable[..., Any]"),
        ("register takes any names", "docket", "def register(self", "Sequence[str] | None", "Any"),
        ("find_task gives anything", "docket", "def find_task(", "-> TaskFunction | None", "-> Any"),
        ("tasks are anything", "docket", "def tasks(self", "Collection[str]", "Any"),
        ("cancel takes anything", "docket", "def cancel(self", "key: str", "key: Any"),
        ("cancel gives anything", "docket", "def cancel(self", "-> Cancellation", "-> Any"),
        ("get_execution gives anything", "docket", "def get_execution(self", "Execution | None", "Any"),
        ("get_execution always finds something", "docket", "def get_execution(self", "Execution | None", "Execution"),
        ("get_execution takes anything", "docket", "def get_execution(self", "key: str", "key: Any"),
        ("snapshot gives anything", "docket", "def snapshot(self", "-> DocketSnapshot", "-> Any"),
        ("workers are anything", "docket", "def workers(self", "list[WorkerInfo]", "list[Any]"),
        ("a docket's name is anything", "docket", "        name: str = ", "name: str", "name: Any"),
        (
            "a docket's times are numbers",
            "docket",
            "        execution_ttl: timedelta",
            "timedelta =",
            "timedelta | int =",
        ),
        ("a docket opens as anything", "docket", "async def __aenter__(self)", "-> Self", "-> Any"),
        (
            "a snapshot holds anything",
            "snapshot",
            "running: Sequence[Execution]",
            "Sequence[Execution]",
            "Sequence[Any]",
        ),
        ("a snapshot's workers are anything", "snapshot", "workers: Sequence[", "Sequence[WorkerInfo]", "Any"),
        ("a worker takes anything", "worker/worker", worker, "docket: Docket", "docket: Any"),
        ("a worker's times are anything", "worker/worker", worker, "redelivery_timeout: timedelta", late),
        ("run_at_most takes anything", "worker/worker", "def run_at_most(", "Mapping[str, int]", "Any"),
        (
            "run_at_most takes any numbers",
            "worker/worker",
            "def run_at_most(",
            "Mapping[str, int]",
            "Mapping[str, Any]",
        ),
        ("a worker opens as anything", "worker/worker", "async def __aenter__(self)", "-> Self", "-> Any"),
    ]:
        yield Mutant(name, f"docket/{file}.py", declaration, old, new)


def _execution() -> Iterator[Mutant]:
    variable = "R_co = TypeVar("
    result = "async def result(self)"
    for name, declaration, old, new in [
        ("handles are invariant", variable, "covariant=True, ", ""),
        ("handles need a parameter", variable, ", default=Any", ""),
        ("handles are of objects", variable, "default=Any", "default=object"),
        ("handles are of nothing", variable, "default=Any", "default=None"),
        ("tasks may be sync", "type TaskFunction", "Awaitable[Any]", "Any"),
        ("get_result gives anything", "def get_result(", "-> R_co", "-> Any"),
        ("get_result may give nothing", "def get_result(", "-> R_co", "-> R_co | None"),
        ("get_result takes a number", "def get_result(", "timeout: timedelta", "timeout: float | timedelta"),
        ("get_result waits for anything", "def get_result(", "timeout: timedelta | None", "timeout: Any"),
        ("get_result takes any deadline", "def get_result(", "deadline: datetime | None", "deadline: Any"),
        ("get_result takes positions", "def get_result(", "self, *, ", "self, "),
        ("result gives anything", "async def result(", "-> R_co", "-> Any"),
        ("result may give nothing", "async def result(", "-> R_co", "-> R_co | None"),
        ("result is no coroutine", result, f"{result} -> R_co", "def result(self) -> Awaitable[R_co]"),
        ("a key is anything", "def key(self)", "-> str", "-> Any"),
        ("a state is anything", "def state(self)", "-> ExecutionState", "-> Any"),
    ]:
        yield Mutant(name, "docket/execution.py", declaration, old, new)


def _provided() -> Iterator[Mutant]:
    for marker, value in [
        ("CurrentDocket", "Docket"),
        ("CurrentExecution", "Execution"),
        ("CurrentWorker", "Worker"),
        ("TaskKey", "str"),
        ("TaskLogger", '"Adapter"'),
    ]:
        file = "docket/dependencies/_" + re.sub(r"(?<=.)([A-Z])", r"_\1", marker).lower() + ".py"
        yield Mutant(f"{marker} is anything", file, f"def {marker}(", f"-> {value}", "-> \"__import__('typing').Any\"")
    file = "docket/dependencies/_retry.py"
    first = "def __init__(self, attempts"
    yield Mutant(
        "TaskArgument takes anything", "docket/dependencies/_task_argument.py", "def TaskArg", "str | None", "Any"
    )
    yield Mutant("Retry takes any attempts", file, first, "attempts: int | None", 'attempts: "int | str | None"')
    yield Mutant("Retry takes numbers for a delay", file, first, "delay: timedelta", "delay: timedelta | int")
    yield Mutant("forever gives a Retry", file, "def forever(", "-> Self", '-> "Retry"')
    yield Mutant("after comes back", file, "def after(", "-> NoReturn", "-> None")


def _markers(marker: str, file: str) -> Iterator[Mutant]:
    for kind in (
        "AsyncManager[T, Any]",
        "Manager[T, Any, Any]",
        "AsyncIterator[T]",
        "Iterator[T]",
        "Awaitable[T]",
        "T",
    ):
        factory = f"Callable[P, {kind}]"
        overload = f"@overload\ndef {marker}[**P, T](factory: {factory}"
        if kind != "T":
            rest = ", /, *args: P.args, **bindings: P.kwargs) -> T: ..."
            yield Mutant(f"{marker} has lost {kind}", file, overload, overload + rest, "")
        yield Mutant(f"{marker} loses the value of {kind}", file, overload, "-> T: ", "-> Any: ")
        yield Mutant(f"{marker} gives {kind} as it is", file, overload, "-> T: ", "-> T | None: ")
        bound = f"{factory}, /, *args: P.args, **bindings: P.kwargs"
        unchecked = f"Callable[..., {kind}], /, *args: Any, **bindings: Any"
        yield Mutant(f"{marker} does not check bindings of {kind}", file, overload, bound, unchecked)


def _depends() -> Iterator[Mutant]:
    file = "paramdeps/_depends.py"
    yield from _markers("Depends", file)
    yield from _markers("Shared", "paramdeps/_shared.py")
    instance = "@overload\ndef Depends[T](dependency: Dependency[T], /) -> T: ..."
    yield Mutant("Depends has lost instances", file, instance, instance, "")
    yield Mutant("Depends loses the value of instances", file, instance, "-> T: ", "-> Any: ")
    taking = instance.replace("/)", "/, *args: Any, **bindings: Any)")
    yield Mutant("Depends takes bindings for instances", file, instance, instance, taking)


def _paramdeps() -> Iterator[Mutant]:
    made = "-> Callable[P, T]"
    asynchronous = "async def call[**P, R](function: Callable[P, Awaitable[R]]"
    plain = "async def call[**P, R](function: Callable[P, R]"
    own_asynchronous = "async def call[**P, R](self, function: Callable[P, Awaitable[R]]"
    own_plain = "async def call[**P, R](self, function: Callable[P, R]"
    checked = "*args: P.args, **kwargs: P.kwargs"
    unchecked = "*args: Any, **kwargs: Any"
    abstract = '    @abstractmethod\n    async def __aenter__(self) -> T:\n        """Prepare the dependency'
    for name, file, declaration, old, new in [
        ("marker loses the parameters", "_depends", "def marker[", made, "-> Callable[..., T]"),
        ("marker loses the value", "_depends", "def marker[", made, "-> Callable[P, Any]"),
        ("marker gives the dependency", "_depends", "def marker[", made, "-> Callable[P, Dependency[T]]"),
        ("marker takes anything", "_depends", "def marker[", "Callable[P, Dependency[T]], /", "Callable[P, Any], /"),
        ("marker takes any callable", "_depends", "def marker[", "Callable[P, Dependency[T]], /", "Callable[P, T], /"),
        ("call loses the result", "_calling", asynchronous, ") -> R:", ") -> Any:"),
        ("call loses the result of a plain function", "_calling", plain, ") -> R:", ") -> Any:"),
        ("call does not await", "_calling", asynchronous, ") -> R:", ") -> Awaitable[R]:"),
        (
            "call takes any arguments",
            "_calling",
            asynchronous,
            "*args: P.args, **kwargs: P.kwargs",
            unchecked,
        ),
        (
            "call takes anything for a plain function",
            "_calling",
            plain,
            "*args: P.args, **kwargs: P.kwargs",
            unchecked,
        ),
        ("call is no coroutine", "_calling", asynchronous, "async def call", "def call"),
        ("plan loses the result", "_plan", "def plan[R](", "-> Plan[R]", "-> Plan[Any]"),
        ("plan gives anything", "_plan", "def plan[R](", "-> Plan[R]", "-> Any"),
        ("declared loses its kind", "_plan", "def declared[", "-> tuple[K, ...]", "-> tuple[Any, ...]"),
        ("instances lose their kind", "_resolution", "def instances[", "-> tuple[K, ...]", "-> tuple[Any, ...]"),
        ("an application's call loses the result", "_app", own_asynchronous, ") -> R:", ") -> Any:"),
        ("an application's call takes anything", "_app", own_asynchronous, checked, unchecked),
        ("an application's call of a plain function takes anything", "_app", own_plain, checked, unchecked),
        ("an application's call loses a plain function's result", "_app", own_plain, ") -> R:", ") -> Any:"),
        ("an application's get loses the value", "_app", "async def get[T](", ") -> T:", ") -> Any:"),
        ("an application's stream loses its items", "_app", "def stream[**P, T](", "-> AsyncGenerator[T]", "-> Any"),
        ("dependencies are not abstract", "dependency", abstract, "@abstractmethod\n    ", ""),
    ]:
        yield Mutant(name, f"paramdeps/{file}.py", declaration, old, new)


if __name__ == "__main__":
    sys.exit(not show_all(sys.argv[1:] or CHECKERS))
