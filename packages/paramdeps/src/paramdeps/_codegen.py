"""Turns a program into Python source: what the loop of `Resolution` decides anew in each call, decided once.

The code of a program does what `run_in_loop` does, in the same order and with the same errors, but straight on: a local
variable for each value, a line or two for each dependency, nothing looked up in a list. Only what is usual is written
out; whatever goes wrong is left to the functions that the loop uses as well, so there is one account of it.

`plan(function).source` shows it, and so does a traceback that leads through it.
"""

import keyword
import linecache
import re
import sys
import weakref
from asyncio import get_running_loop
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from types import CoroutineType, FunctionType, MethodType
from typing import Any, final
from unicodedata import normalize

from ._factories import Kind, is_awaitable, nature
from ._generators import refuse_empty, refuse_second
from ._leaving import abandon, close, fail_to_leave, unwind
from ._program import MISSING, Lookup, Opened, Program, Run, Step
from ._resolution import missing, no_app, run_in_loop

CALLS_BEFORE = 100
"""How many calls of a program the loop serves before its code is generated.

Generating takes as long as the code then saves in 100 to 360 calls (`benchmarks/paramdeps` has the figures); so a
function that is rarely called never pays for it, and one that is called often has soon paid.
"""

_ENTERED_BY = {
    Kind.GENERATOR: "for",
    Kind.ASYNC_GENERATOR: "async for",
    Kind.MANAGER: "{resource}.__enter__()",
    Kind.ASYNC_MANAGER: "await {resource}.__aenter__()",
    Kind.DEPENDENCY: "await {resource}.__aenter__()",
    Kind.DEPENDENCY_WITHOUT_EXIT: "await {resource}.__aenter__()",
}
_LEFT_BY = {
    Kind.GENERATOR: ("for _ in {resource}:", "    {resource}.close()", "    too_many({step}.path)"),
    Kind.ASYNC_GENERATOR: ("async for _ in {resource}:", "    await {resource}.aclose()", "    too_many({step}.path)"),
    Kind.MANAGER: ("{resource}.__exit__(None, None, None)",),
    Kind.ASYNC_MANAGER: ("await {resource}.__aexit__(None, None, None)",),
    Kind.DEPENDENCY: ("await {resource}.__aexit__(None, None, None)",),
}
_KNOWN = {Kind.CALL, Kind.VALUE, Kind.AWAITABLE, Kind.SHARED, *_ENTERED_BY}

_LOCAL = "program function args kwargs scope found opened step error failure result _".split()  # noqa: SIM905
"""The local variables that all code has, whatever its dependencies are called."""

_numbers = count(1)


def runner_of(program: Program, function: Callable[..., Any]) -> Run:
    """What runs the next call of `program`: the loop, until there have been enough calls to generate its code."""
    program.calls += 1
    if program.calls <= CALLS_BEFORE:
        return run_in_loop
    program.run = _generate(program, function) or run_in_loop
    return program.run


def source_of(program: Program, function: Callable[..., Any]) -> str | None:
    """The source of the code of `program`, or None if it is one for the loop."""
    return _Writer(program, function).source if _can_be_written(program) else None


def _can_be_written(program: Program) -> bool:
    return all(step.kind in _KNOWN for step in program.steps)


def _generate(program: Program, function: Callable[..., Any]) -> Run | None:
    """Compile the code of `program`, or return None if it is one for the loop."""
    if not _can_be_written(program):
        return None
    writer = _Writer(program, function)
    source = writer.source
    filename = f"<paramdeps {next(_numbers)}: {writer.name}>"
    namespace = writer.namespace
    exec(compile(source, filename, "exec", dont_inherit=True), namespace)  # noqa: S102 - it is what we have written
    run: Run = namespace.pop(writer.name)
    # Tracebacks and debuggers look there for the lines of a file that is none.
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    weakref.finalize(run, linecache.cache.pop, filename, None).atexit = False
    return run


async def _settled(made: Any, step: Step, plain: list[type | None], opened: Opened) -> Any:
    """The value that a plain call's result stands for, when it is not of the type that it had last time."""
    kind = nature(made, step.path)
    if kind is Kind.VALUE:
        plain[step.slot] = type(made)
        return made
    if kind is Kind.AWAITABLE:
        return await made
    value = made.__enter__() if kind is Kind.MANAGER else await made.__aenter__()
    opened.append((kind, made, step))
    return value


@final
class _Names:
    """Gives out names that can be written in source, each of them once."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def new(self, wanted: str) -> str:
        """`wanted`, as far as it is a name and not taken yet.

        Underscores at the ends go, because a few names made with them, such as `__debug__`, cannot be assigned to; and
        so does what is not ASCII, because Python would normalise it.
        """
        word = re.sub(r"_?\W+", "_", wanted, flags=re.ASCII).strip("_") or "value"
        if keyword.iskeyword(word) or word[0].isdigit():
            word = f"{word}_" if keyword.iskeyword(word) else f"_{word}"
        name, number = word, 1
        while name in self._taken:
            number += 1
            name = f"{word}_{number}"
        self._taken.add(name)
        return name


@final
class _Writer:
    """Writes the code of one program.

    Attributes:
        name: the name of the function that the source defines.
        source: the source.
        namespace: the globals that it needs.
    """

    def __init__(self, program: Program, function: Callable[..., Any]) -> None:
        self._program = program
        self._takes = _positional_of(function)
        self.namespace: dict[str, Any] = {
            "Coroutine": CoroutineType,
            "MISSING": MISSING,
            "abandon": abandon,
            "close": close,
            "fail_to_leave": fail_to_leave,
            "is_awaitable": is_awaitable,
            "missing": missing,
            "no_app": no_app,
            "none_yielded": refuse_empty,
            "plain": program.plain,
            "running_loop": get_running_loop,
            "settled": _settled,
            "too_many": refuse_second,
            "unwind": unwind,
            **{kind.name: kind for kind in _LEFT_BY},
        }
        self._names = _Names((*self.namespace, *_LOCAL, "BaseException", "len", "type"))
        self.name = self._names.new(f"call_{program.name}")
        self._values: dict[int, str] = {}
        self._resources: list[tuple[Step, str, str]] = []
        self._guesses = any(step.kind is Kind.CALL for step in program.steps)
        self._opens = self._guesses or any(step.kind in _LEFT_BY for step in program.steps)
        self.source = "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"async def {self.name}(program, function, args, kwargs, scope):"
        if self._program.found is not None:
            yield "    if scope is None:"
            yield "        no_app(program)"
            yield "    found = scope.found if scope.loop is running_loop() else {}"
        for lookup in self._program.lookups:
            yield from _indented(self._look_up(lookup))
        if self._opens:
            yield "    opened = []"
        if self._program.steps:
            yield "    try:"
            for step in self._program.steps:
                yield from _indented(self._enter(step), 2)
            yield "    except BaseException as error:"
            yield f"        await abandon({'opened' if self._opens else '[]'}, error, step)"
            yield "        raise"
        if self._program.positional:
            yield from _indented(self._add_positional())
        if not self._opens:
            yield from _indented(self._call())
        else:
            yield "    try:"
            yield from _indented(self._call(), 2)
            yield "    except BaseException as error:"
            yield "        if not await unwind(opened, error, pending=False):"
            yield "            raise"
            yield "        return None"
            yield from _indented(self._leave())
        yield "    return result"

    def _look_up(self, lookup: Lookup) -> Iterator[str]:
        """Fetch an argument of the call."""
        name = self._values[lookup.slot] = self._names.new(lookup.name)
        test = "if"
        if lookup.position != sys.maxsize:
            yield f"if len(args) > {lookup.position}:"
            yield f"    {name} = args[{lookup.position}]"
            test = "elif"
        if lookup.keyword is not None:
            yield f"{test} {lookup.keyword!r} in kwargs:"
            yield f"    {name} = kwargs[{lookup.keyword!r}]"
        yield "else:"
        if lookup.required:
            yield f"    missing({self._constant(f'lookup_{lookup.name}', lookup)})"
        else:
            yield f"    {name} = {self._constant(f'default_{lookup.name}', self._program.template[lookup.slot])}"

    def _enter(self, step: Step) -> Iterator[str]:
        """Make one dependency, and enter it."""
        parameter, factory = _name_of(step)
        noted = self._constant(f"step_{parameter}", step)
        name = self._names.new(parameter)
        # Escaped, for whoever gives a function a name with a line break in it.
        yield f"# {step.path.encode('unicode_escape').decode()}"
        yield f"step = {noted}"
        if step.unit is not None:
            self._values[step.slot] = name
            yield f"{name} = found.get({self._constant(f'token_{name}', step.unit.token)}, MISSING)"
            yield f"if {name} is MISSING:"
            yield f"    {name} = await scope.build(step.unit)"
            return
        made = f"{self._constant(f'make_{factory}', step.function)}({self._arguments(step.positional, step.keywords)})"
        self._values[step.slot] = name
        if step.kind is Kind.VALUE:
            yield f"{name} = {made}"
        elif step.kind is Kind.AWAITABLE:
            yield f"{name} = await {made}"
        elif step.kind is Kind.CALL:
            yield f"{name} = {made}"
            yield f"if type({name}) is not plain[{step.slot}]:"
            yield f"    {name} = await settled({name}, step, plain, opened)"
        else:
            yield from self._open(step, name, made, noted)

    def _open(self, step: Step, name: str, made: str, noted: str) -> Iterator[str]:
        resource = self._names.new(f"{name}_resource")
        yield f"{resource} = {made}"
        entered_by = _ENTERED_BY[step.kind]
        if entered_by.endswith("for"):
            # The loop statements know best how to advance a generator once, and notice its end without an exception.
            yield f"{entered_by} {name} in {resource}:"
            yield "    break"
            yield "else:"
            yield "    none_yielded(step.path)"
        else:
            yield f"{name} = {entered_by.format(resource=resource)}"
        if step.kind in _LEFT_BY:
            self._resources.append((step, resource, noted))
            yield f"opened.append(({step.kind.name}, {resource}, step))"

    def _add_positional(self) -> Iterator[str]:
        """Complete the positional-only arguments; see `Resolution`."""
        slots = self._program.positional
        yield f"if {self._program.required} <= len(args) < {len(slots)}:"
        yield f"    args = (*args, *({self._arguments(slots)},)[len(args):])"

    def _call(self) -> Iterator[str]:
        """Call the function; in the usual cases without unpacking what is empty, and by position, which is quickest."""
        names = [name for name, _ in self._program.keywords]
        slots = [slot for _, slot in self._program.keywords]
        added = self._arguments((), self._program.keywords)
        general = f"result = function({', '.join(filter(None, ['*args', '**kwargs', added]))})"
        before = self._takes.index(names[0]) if names and names[0] in self._takes else 0
        by_position = names and self._takes[before : before + len(names)] == names
        if by_position and before:
            yield f"if len(args) == {before} and not kwargs:"
            yield f"    result = function(*args, {self._arguments(slots)})"
        else:
            yield "if not args and not kwargs:"
            yield f"    result = function({self._arguments(slots) if by_position else added})"
        yield "else:"
        yield f"    {general}"
        yield "if type(result) is Coroutine or is_awaitable(result):"
        yield "    result = await result"

    def _leave(self) -> Iterator[str]:
        """Clean up after a call that went well."""
        if self._guesses:
            # What a plain call returned was a context manager after all.
            expected = len(self._resources)
            yield f"if len(opened) != {expected}:" if expected else "if opened:"
            yield "    await close(opened)"
            yield "    return result"
        if not self._resources:
            return
        yield "try:"
        for step, resource, noted in reversed(self._resources):
            yield f"    step = {noted}"
            for line in _LEFT_BY[step.kind]:
                yield "    " + line.format(resource=resource, step="step")
        yield "except BaseException as error:"
        yield "    failure = error"
        yield "else:"
        yield "    return result"
        yield "while opened.pop()[2] is not step:"
        yield "    pass"
        yield "await fail_to_leave(opened, failure, step)"

    def _arguments(self, positional: Iterable[int], keywords: Iterable[tuple[str, int]] = ()) -> str:
        """The arguments of a call, as they are written."""
        words = [self._value(slot) for slot in positional]
        for name, slot in keywords:
            value = self._value(slot, name)
            words.append(f"{name}={value}" if _is_name(name) else f"**{{{name!r}: {value}}}")
        return ", ".join(words)

    def _value(self, slot: int, name: str = "constant") -> str:
        """The variable that holds the value of `slot`."""
        if slot not in self._values:
            self._values[slot] = self._constant(name, self._program.template[slot])
        return self._values[slot]

    def _constant(self, name: str, value: object) -> str:
        """A new global that holds `value`."""
        name = self._names.new(name)
        self.namespace[name] = value
        return name


def _indented(lines: Iterable[str], levels: int = 1) -> Iterator[str]:
    return ("    " * levels + line for line in lines)


def _positional_of(function: Callable[..., Any]) -> list[str]:
    """The parameters that `function` certainly takes by position as well as by name, after the first of a method.

    Only its code tells: the signature of a wrapper is that of the function it wraps, and it may pass on what it gets by
    name alone.
    """
    method = isinstance(function, MethodType)
    function = function.__func__ if isinstance(function, MethodType) else function
    if not isinstance(function, FunctionType):
        return []
    code = function.__code__
    return list(code.co_varnames[int(method) : code.co_argcount])


def _name_of(step: Step) -> tuple[str, str]:
    """What wants the step's value first, and what makes it: `db`, `connection` in `... -> report.db -> connection`."""
    *_, wanted, factory = step.path.rsplit(" -> ", 2)
    return wanted.rpartition(".")[2], factory


def _is_name(word: str) -> bool:
    """Whether `word` stays the same as a keyword in source; a function with `**kwargs` may take others too."""
    fixed = keyword.iskeyword(word) or word == "__debug__"
    return word.isidentifier() and not fixed and normalize("NFKC", word) == word
