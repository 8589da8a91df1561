"""What each checker calls an error, and what kind of error it is here."""

from collections.abc import Mapping

GATE = ("mypy", "pyright")
"""The checkers that must notice every loosening of what is public."""

NOTHING = "nothing"
"""In a mark: no error, in a checker that differs from the others."""

FOLLOWING = "unknown"
"""The kind of an error that only says that another one has left a type unknown."""

# Where a checker has one code for different kinds of errors, the first phrase counts that the message has.
_PYRIGHT = {
    "reportAttributeAccessIssue: is read-only": "readonly",
    'reportAttributeAccessIssue: is not assignable to "property"': "readonly",
    "reportAttributeAccessIssue: has no defined setter": "readonly",
    "reportGeneralTypeIssues: is marked final": "inheritance",
    "reportAbstractUsage": "call",
    "reportArgumentType": "argument",
    "reportAssertTypeFailure": "type",
    "reportAssignmentType": "assignment",
    "reportAttributeAccessIssue": "attribute",
    "reportCallIssue": "argument",
    "reportMissingParameterType": "annotation",
    "reportMissingTypeArgument": "annotation",
    "reportOptionalMemberAccess": "attribute",
    "reportReturnType": "return",
    "reportUnknownArgumentType": FOLLOWING,
    "reportUnknownMemberType": FOLLOWING,
    "reportUnknownParameterType": FOLLOWING,
    "reportUnknownVariableType": FOLLOWING,
    "reportUnusedCoroutine": "await",
}

KINDS: Mapping[str, Mapping[str, str]] = {
    "mypy": {
        "misc: is read-only": "readonly",
        "misc: Cannot inherit from final class": "inheritance",
        "abstract": "call",
        "arg-type": "argument",
        "assert-type": "type",
        "assignment": "assignment",
        "attr-defined": "attribute",
        "call-arg": "argument",
        "call-overload": "argument",
        "dict-item": "argument",
        "list-item": "argument",
        "no-untyped-def": "annotation",
        "return": "return",
        "return-value": "return",
        "type-arg": "annotation",
        "type-var": "argument",
        "union-attr": "attribute",
        "unused-coroutine": "await",
    },
    "pyright": _PYRIGHT,
    "basedpyright": _PYRIGHT,
    "pyrefly": {
        "assert-type": "type",
        "bad-argument-count": "argument",
        "bad-argument-type": "argument",
        "bad-assignment": "assignment",
        "bad-instantiation": "call",
        "bad-return": "return",
        "bad-specialization": "argument",
        "implicit-any-parameter": "annotation",
        "implicit-any-type-argument": "annotation",
        "invalid-inheritance": "inheritance",
        "missing-argument": "argument",
        "missing-attribute": "attribute",
        "no-matching-overload": "argument",
        "read-only": "readonly",
        "unexpected-keyword": "argument",
        "unexpected-positional-argument": "argument",
        "unused-coroutine": "await",
    },
    "ty": {
        "invalid-assignment: read-only": "readonly",
        "abstract-class-instantiation": "call",
        "invalid-argument-type": "argument",
        "invalid-assignment": "assignment",
        "invalid-explicit-return": "return",
        "missing-argument": "argument",
        "missing-attribute": "attribute",
        "missing-type-argument": "annotation",
        "missing-union-attribute": "attribute",
        "no-matching-overload": "argument",
        "positional-only-parameter-as-kwarg": "argument",
        "subclass-of-final-class": "inheritance",
        "too-many-positional-arguments": "argument",
        "type-assertion-failure": "type",
        "unknown-argument": "argument",
        "unused-awaitable": "await",
    },
}

CHECKERS = tuple(KINDS)
KNOWN = {kind for table in KINDS.values() for kind in table.values()} - {FOLLOWING}


def kind_of(checker: str, code: str, message: str) -> str | None:
    """What kind of error a checker means; None if it is none of those that marks know."""
    for known, kind in KINDS[checker].items():
        known_code, _, phrase = known.partition(": ")
        if known_code == code and phrase in message:
            return kind
    return None
