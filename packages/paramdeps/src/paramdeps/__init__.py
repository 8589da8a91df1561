"""Typed dependency injection without decorators: a dependency is a parameter's default value.

It is resolved before the call, and cleaned up after it.
"""

from ._app import App
from ._arguments import Argument
from ._calling import call, call_sync, stream
from ._depends import Depends, Fresh, marker
from ._entered import entered
from ._introspection import PlannedStep
from ._overrides import override
from ._plan import Plan, plan
from ._resolution import Resolution
from ._shared import Shared
from ._validation import validate
from ._wrapping import without_dependencies
from .dependency import Dependency, Resource
from .errors import (
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
from .graph import mermaid

__all__ = [
    "App",
    "Argument",
    "CircularDependencyError",
    "CleanUpTimeoutError",
    "ClosedAppError",
    "DeclarationError",
    "Dependency",
    "DependencyErrors",
    "Depends",
    "DuplicateDependencyError",
    "EntryCancelledError",
    "Fresh",
    "InvalidDependencyError",
    "InvalidOptionError",
    "MissingAppError",
    "MissingArgumentError",
    "NotSynchronousError",
    "ParamdepsError",
    "Plan",
    "PlannedStep",
    "Resolution",
    "Resource",
    "ReturnedGeneratorError",
    "ReusedResolutionError",
    "ScopeError",
    "Shared",
    "StreamError",
    "UnboundParameterError",
    "UnknownArgumentError",
    "UnresolvableHintError",
    "YieldError",
    "call",
    "call_sync",
    "entered",
    "marker",
    "mermaid",
    "override",
    "plan",
    "stream",
    "validate",
    "without_dependencies",
]
