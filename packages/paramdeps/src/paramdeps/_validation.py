"""`validate`: everything that is wrong with a declaration, at once."""

from collections.abc import Callable
from typing import Any

from ._compiler import compile_program
from ._factories import identity
from ._layouts import declaration_of
from ._overrides import overrides_in_force
from .errors import DeclarationError, InvalidDependencyError


def validate(*functions: Callable[..., Any]) -> tuple[DeclarationError, ...]:
    """All that is wrong with what functions declare, instead of only the first, as `plan` has it.

        def test_the_handlers_are_declared_rightly() -> None:
            assert validate(report, invoice) == ()

    That is: circles, with their paths; parameters of factories that nothing fills; arguments of the call that
    it does not have; shared values that need one; dependencies of which there may be one only; and type hints
    that cannot be resolved, even where it is not known whether there is a dependency in them. (What is bound
    to parameters that do not exist is refused before that, by `Depends` itself.) Overrides count. What cannot be
    called at all is a problem as well.

    Parameters:
        functions: any callables.

    Returns:
        The errors, none of them raised; () if all is well.
    """
    problems: list[DeclarationError] = []
    # One that is named twice is one, while two that have the same name are two.
    for function in {identity(each): each for each in functions}.values():
        given: object = function
        if not callable(given):
            problems.append(InvalidDependencyError(f"validate() takes callables, not {function!r}"))
            continue
        declaration = declaration_of(function, problems.append)
        compile_program(declaration, overrides=overrides_in_force(), report=problems.append)
    return tuple(problems)
