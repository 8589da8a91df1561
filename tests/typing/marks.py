"""The marks of the typing tests, and how what a checker says is compared with them.

A line that a checker must reject ends with `# E: kind`, or `# E: kind, kind` where it is wrong in several ways. Every
checker must find an error of each of these kinds on that line, and no other error anywhere. A checker that sees it
differently is named: `# E: await [ty: nothing]`, `# E: nothing [ty: type]`, `# E: argument [pyrefly: call; ty: type]`.
Nothing may hide a line from the checkers, for what they do not look at is as good as right. Remarks stand on lines of
their own: whatever else follows code may have been meant as a mark.
"""

import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from tests.typing.kinds import CHECKERS, FOLLOWING, KNOWN, NOTHING, kind_of

# What has been meant as a mark, though it stands on a line of its own.
_ALMOST = re.compile(r"#\s*(E|e|error|Error|ERROR)\b\s*(:|\[|$)|#\s*E\s")
# What makes a checker look away.
_HIDING_COMMENT = re.compile(r"#\s*(type|mypy|pyright|basedpyright|pyrefly|ty|noqa)\b\s*:")
_HIDING_NAMES = {"TYPE_CHECKING", "cast", "no_type_check", "platform", "version_info"}
_KINDS = r"[a-z]+(?:, [a-z]+)*"
_OTHER = rf"[a-z]+: {_KINDS}"
_MARK = re.compile(rf"# E: (?P<kinds>{_KINDS})(?: \[(?P<others>{_OTHER}(?:; {_OTHER})*)\])?")


@dataclass(frozen=True, order=True)
class Diagnostic:
    """What a checker has to say about a line."""

    file: str
    line: int
    code: str
    message: str


@dataclass(frozen=True)
class Expected:
    """The kinds of errors that a line must have, in all checkers but some."""

    kinds: AbstractSet[str]
    others: Mapping[str, AbstractSet[str]] = field(default_factory=dict[str, AbstractSet[str]])

    def by(self, checker: str) -> AbstractSet[str]:
        """Those that one checker must find."""
        return self.others.get(checker, self.kinds) - {NOTHING}


@dataclass(frozen=True)
class Marks:
    """What a file expects: the kinds of errors on its lines; and what must not be there."""

    expected: Mapping[int, Expected]
    refused: Mapping[int, str]


def marks_in(source: str) -> Marks:
    """Read the marks of a file."""
    expected: dict[int, Expected] = {}
    refused: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.NAME and token.string in _HIDING_NAMES:
            refused[line] = f"{token.string} hides something from checkers"
        elif token.type == tokenize.COMMENT and _HIDING_COMMENT.search(token.string):
            refused[line] = f"{token.string!r} hides something from checkers"
        elif token.type == tokenize.COMMENT and token.line[: token.start[1]].strip():
            try:
                expected[line] = _read(token.string)
            except ValueError as error:
                refused[line] = f"malformed mark: {error}"
        elif token.type == tokenize.COMMENT and _ALMOST.search(token.string):
            refused[line] = f"{token.string!r} stands on a line of its own, where nothing can be wrong"
    return Marks(expected, refused)


def _read(comment: str) -> Expected:
    mark = _MARK.fullmatch(comment)
    if mark is None:
        raise ValueError(f"{comment!r} should be '# E: kind' or '# E: kind [checker: kind]'")
    kinds = _kinds(mark["kinds"])
    others: dict[str, AbstractSet[str]] = {}
    for other in mark["others"].split("; ") if mark["others"] else ():
        checker, _, named = other.partition(": ")
        if checker not in CHECKERS:
            raise ValueError(f"no checker {checker}, there are {', '.join(CHECKERS)}")
        others[checker] = _kinds(named)
    if any(other == kinds for other in others.values()) or (NOTHING in kinds and not others):
        raise ValueError(f"{comment!r} makes no difference")
    return Expected(kinds, others)


def _kinds(named: str) -> AbstractSet[str]:
    kinds = {*named.split(", ")}
    if unknown := kinds - KNOWN - {NOTHING}:
        raise ValueError(f"no kind {', '.join(sorted(unknown))}, there are {', '.join(sorted(KNOWN))}")
    if NOTHING in kinds and len(kinds) > 1:
        raise ValueError(f"{named!r} is nothing and something")
    return kinds


def problems(checker: str, marks: Mapping[str, Marks], diagnostics: Iterable[Diagnostic]) -> list[str]:
    """Compare what a checker says with the marks of the files; returns what is wrong, a line for each."""
    said: dict[str, dict[int, list[Diagnostic]]] = defaultdict(lambda: defaultdict(list))
    for diagnostic in diagnostics:
        said[diagnostic.file][diagnostic.line].append(diagnostic)
    found: list[str] = []
    for file in sorted(said.keys() | marks.keys()):
        of_file = marks.get(file, Marks({}, {}))
        found += [f"{file}:{line}: {why}" for line, why in sorted(of_file.refused.items())]
        for line in sorted(said[file].keys() | of_file.expected.keys()):
            expected = of_file.expected.get(line, Expected(set())).by(checker)
            found += [f"{file}:{line}: {checker}: {what}" for what in _differences(checker, expected, said[file][line])]
    return found


def _differences(checker: str, expected: AbstractSet[str], said: list[Diagnostic]) -> list[str]:
    accepted = expected | {FOLLOWING} if expected else expected
    found = [(kind_of(checker, each.code, each.message), each) for each in said]
    missing = [f"no error of kind {kind!r}" for kind in sorted(expected - {kind for kind, _ in found})]
    others = [
        f"an error nobody marked, {kind or 'of a kind not known'!r}: {diagnostic.message} [{diagnostic.code}]"
        for kind, diagnostic in found
        if kind not in accepted
    ]
    return missing + others
