"""Typed dependency injection without decorators: a dependency is a parameter's default value.

It is resolved before the call, and cleaned up after it.
"""

from ._arguments import Argument
from ._calling import call
from ._depends import Depends, marker
from ._plan import Plan, plan
from ._resolution import Resolution
from .dependency import Dependency
from .errors import (
    CircularDependencyError,
    DeclarationError,
    DuplicateDependencyError,
    InvalidDependencyError,
    MissingArgumentError,
    ParamdepsError,
    ReturnedGeneratorError,
    ReusedResolutionError,
    UnboundParameterError,
    UnknownArgumentError,
    YieldError,
)

__all__ = [
    "Argument",
    "CircularDependencyError",
    "DeclarationError",
    "Dependency",
    "Depends",
    "DuplicateDependencyError",
    "InvalidDependencyError",
    "MissingArgumentError",
    "ParamdepsError",
    "Plan",
    "Resolution",
    "ReturnedGeneratorError",
    "ReusedResolutionError",
    "UnboundParameterError",
    "UnknownArgumentError",
    "YieldError",
    "call",
    "marker",
    "plan",
]
