"""Each error derives from `ParamdepsError`, and from the built-in that a caller would expect in its place."""

from typing import assert_type

from paramdeps import (
    CircularDependencyError,
    CleanUpTimeoutError,
    ClosedAppError,
    DeclarationError,
    DependencyErrors,
    DuplicateDependencyError,
    EntryCancelledError,
    InvalidDependencyError,
    InvalidOptionError,
    MissingAppError,
    MissingArgumentError,
    NotSynchronousError,
    ParamdepsError,
    ReturnedGeneratorError,
    ReusedResolutionError,
    ScopeError,
    StreamError,
    UnboundParameterError,
    UnknownArgumentError,
    UnresolvableHintError,
    YieldError,
)

base: type[Exception] = ParamdepsError
every: list[type[ParamdepsError]] = [
    CleanUpTimeoutError,
    ClosedAppError,
    DeclarationError,
    DependencyErrors,
    EntryCancelledError,
    InvalidOptionError,
    MissingAppError,
    MissingArgumentError,
    NotSynchronousError,
    ReturnedGeneratorError,
    ReusedResolutionError,
    StreamError,
    YieldError,
]
declarations: list[type[DeclarationError]] = [
    CircularDependencyError,
    DuplicateDependencyError,
    InvalidDependencyError,
    ScopeError,
    UnboundParameterError,
    UnknownArgumentError,
    UnresolvableHintError,
]
type_errors: list[type[TypeError]] = [
    InvalidDependencyError,
    InvalidOptionError,
    MissingArgumentError,
    NotSynchronousError,
    ReturnedGeneratorError,
    StreamError,
    UnboundParameterError,
]
value_errors: list[type[ValueError]] = [
    CircularDependencyError,
    DuplicateDependencyError,
    InvalidOptionError,
    ScopeError,
]
lookup_errors: list[type[LookupError]] = [MissingArgumentError, UnknownArgumentError]
runtime_errors: list[type[RuntimeError]] = [
    ClosedAppError,
    EntryCancelledError,
    MissingAppError,
    ReusedResolutionError,
    YieldError,
]
name_error: type[NameError] = UnresolvableHintError
timeout: type[TimeoutError] = CleanUpTimeoutError
group: type[ExceptionGroup] = DependencyErrors


def caught(
    declaration: DeclarationError,
    circular: CircularDependencyError,
    duplicate: DuplicateDependencyError,
    hint: UnresolvableHintError,
    missing: MissingArgumentError,
    slow: CleanUpTimeoutError,
    several: DependencyErrors,
) -> None:
    assert_type(declaration.path, tuple[str, ...])
    assert_type(circular.circle, tuple[str, ...])
    assert_type(duplicate.kind, type)
    assert_type((hint.parameter, hint.hint, hint.is_lost), tuple[str, str, bool])
    assert_type(missing.argument, str)
    assert_type(slow.seconds, float)
    assert_type(several.exceptions, tuple[Exception | ExceptionGroup[Exception], ...])
    for error in several.exceptions:
        print(error.__notes__)
