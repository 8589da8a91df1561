"""The marks of the typing tests, and how what a checker says is compared with them.

A line that a checker must reject ends with `# E: kind`, or `# E: kind, kind` where it is wrong in several ways. Every
checker must find an error of each of these kinds on that line, and no other error anywhere.
"""

import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

FOLLOWING = "unknown"
"""The kind of an error that only says that another one has left a type unknown."""

# What each checker calls it, and what it is called here.
KINDS: Mapping[str, Mapping[str, str]] = {
    "mypy": {
        "abstract": "call",
        "arg-type": "argument",
        "assert-type": "type",
        "assignment": "assignment",
        "attr-defined": "attribute",
        "call-arg": "argument",
        "call-overload": "argument",
        "dict-item": "argument",
        "return-value": "return",
        "type-var": "argument",
        "union-attr": "attribute",
        "unused-coroutine": "await",
    },
    "pyright": {
        "reportAbstractUsage": "call",
        "reportArgumentType": "argument",
        "reportAssertTypeFailure": "type",
        "reportAssignmentType": "assignment",
        "reportAttributeAccessIssue": "attribute",
        "reportCallIssue": "argument",
        "reportOptionalMemberAccess": "attribute",
        "reportReturnType": "return",
        "reportUnknownArgumentType": FOLLOWING,
        "reportUnknownMemberType": FOLLOWING,
        "reportUnknownVariableType": FOLLOWING,
        "reportUnusedCoroutine": "await",
    },
}
_KNOWN = {kind for table in KINDS.values() for kind in table.values()} - {FOLLOWING}

# Whatever might have been meant as a mark; one that is not well-formed must not pass for a remark.
_ALMOST = re.compile(r"#\s*(E|e|error|Error|ERROR)\b\s*(:|\[|$)|#\s*E\s")
_MARK = re.compile(r"# E: ([a-z]+(?:, [a-z]+)*)")


@dataclass(frozen=True, order=True)
class Diagnostic:
    """What a checker has to say about a line."""

    file: str
    line: int
    code: str
    message: str


@dataclass(frozen=True)
class Marks:
    """What a file expects: the kinds of errors on its lines, and marks that nobody understands."""

    expected: Mapping[int, AbstractSet[str]]
    malformed: Mapping[int, str]


def marks_in(source: str) -> Marks:
    """Read the marks of a file."""
    expected: dict[int, AbstractSet[str]] = {}
    malformed: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or not _ALMOST.search(token.string):
            continue
        line = token.start[0]
        mark = _MARK.fullmatch(token.string)
        kinds = set(mark[1].split(", ")) if mark else set[str]()
        if not mark:
            malformed[line] = f"{token.string!r} should be '# E: kind'"
        elif unknown := kinds - _KNOWN:
            malformed[line] = f"no kind {', '.join(sorted(unknown))}, there are {', '.join(sorted(_KNOWN))}"
        elif not token.line[: token.start[1]].strip():
            malformed[line] = f"{token.string!r} stands on a line of its own, where nothing can be wrong"
        else:
            expected[line] = kinds
    return Marks(expected, malformed)


def problems(checker: str, marks: Mapping[str, Marks], diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Compare what a checker says with the marks of the files; returns what is wrong, a line for each."""
    said: dict[str, dict[int, list[Diagnostic]]] = defaultdict(lambda: defaultdict(list))
    for diagnostic in diagnostics:
        said[diagnostic.file][diagnostic.line].append(diagnostic)
    found: list[str] = []
    for file in sorted(said.keys() | marks.keys()):
        of_file = marks.get(file, Marks({}, {}))
        found += [f"{file}:{line}: malformed mark: {why}" for line, why in sorted(of_file.malformed.items())]
        for line in sorted(said[file].keys() | of_file.expected.keys()):
            expected = of_file.expected.get(line, set[str]())
            found += [f"{file}:{line}: {checker}: {what}" for what in _differences(checker, expected, said[file][line])]
    return found


def _differences(checker: str, expected: AbstractSet[str], said: list[Diagnostic]) -> list[str]:
    kinds = KINDS[checker]
    accepted = expected | {FOLLOWING} if expected else expected
    found = {kinds.get(diagnostic.code) for diagnostic in said}
    missing = [f"no error of kind {kind!r}" for kind in sorted(expected - found)]
    others = [
        f"an error nobody marked, {kinds.get(diagnostic.code, 'of a kind not known')!r}: "
        f"{diagnostic.message} [{diagnostic.code}]"
        for diagnostic in said
        if kinds.get(diagnostic.code) not in accepted
    ]
    return missing + others
