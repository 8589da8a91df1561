"""`validate`: everything that is wrong, at once."""

from typing import TYPE_CHECKING, Annotated, Any

from paramdeps import (
    Argument,
    CircularDependencyError,
    Dependency,
    Depends,
    DuplicateDependencyError,
    InvalidDependencyError,
    ScopeError,
    Shared,
    UnboundParameterError,
    UnknownArgumentError,
    UnresolvableHintError,
    override,
    validate,
)

if TYPE_CHECKING:
    from decimal import Decimal as Unimported


class Retry(Dependency[None]):
    """At most one."""

    single = True

    async def __aenter__(self) -> None: ...


def unbound(size: int, shape: str) -> None: ...


def asking(order: int = Argument()) -> int:
    return order


def circular(x: Any = None) -> None: ...


circular.__defaults__ = (Depends(circular),)


def hinted(x: "Unimported" = Argument("day")) -> None: ...


async def wrong(  # noqa: PLR0913, PLR0917 - as wrong as it can be
    day: int,
    limited: list[Annotated[int, Retry()]],
    a: Any = Depends(unbound),
    b: Any = Depends(asking),
    c: Any = Depends(circular),
    d: Any = Shared(asking),
    e: Any = Retry(),
    f: Any = Retry(),
    g: Any = Depends(hinted),
) -> None: ...


def test_all_problems_are_reported_at_once() -> None:
    """Each with its path, and none of them twice."""
    problems = validate(wrong)
    assert [type(problem) for problem in problems] == [
        InvalidDependencyError,
        UnboundParameterError,
        UnboundParameterError,
        UnknownArgumentError,
        CircularDependencyError,
        ScopeError,
        UnresolvableHintError,
        DuplicateDependencyError,
    ]
    assert [problem.path for problem in problems if problem.path] == [
        ("wrong.a", "unbound.size"),
        ("wrong.a", "unbound.shape"),
        ("wrong.b", "asking.order"),
        ("wrong.c", "circular.x"),
        ("wrong.d", "asking.order"),
        ("wrong.g", "hinted.x"),
        ("wrong.f",),
    ]


def test_a_right_declaration_has_no_problems() -> None:
    """Whatever it holds; and several are validated together."""

    async def right(order: int, a: Any = Depends(asking), b: Any = Retry(), c: Any = Shared(dict)) -> None: ...

    assert validate(right) == ()
    assert validate(right, len, dict) == ()
    assert len(validate(right, wrong)) == len(validate(wrong))


def test_functions_of_the_same_name_have_each_its_own_problems() -> None:
    """They are told in the same words, and are yet as many; one that is named twice has them once."""

    def handler() -> Any:
        def handle(a: Any = Depends(unbound)) -> None: ...

        return handle

    first, second = handler(), handler()
    assert len(validate(first, second)) == 2 * len(validate(first))
    assert list(map(str, validate(first, first))) == list(map(str, validate(first)))


def test_hints_are_read_wherever_a_factory_comes_from() -> None:
    """By default, through a binding, in place of another, or for a shared value."""

    def doubtful(x: "Unimported | None" = None) -> int:
        return 1

    def plain(a: int = 1) -> int:
        return a

    async def bound(v: int = Depends(plain, a=Depends(doubtful))) -> None: ...
    async def overridden(v: int = Depends(plain)) -> None: ...
    async def shared(v: int = Shared(plain, a=Depends(doubtful))) -> None: ...

    assert [problem.path for problem in validate(bound)] == [("bound.v", "plain.a", "doubtful.x")]
    assert [problem.path for problem in validate(shared)] == [("shared.v", "plain.a", "doubtful.x")]
    assert validate(overridden) == ()
    with override(plain, doubtful):
        assert [problem.path for problem in validate(overridden)] == [("overridden.v", "doubtful.x")]


def test_what_cannot_be_called_is_a_problem_beside_others() -> None:
    """It is reported, not raised, as everything is."""
    first, *others = validate(5, wrong)  # type: ignore[arg-type]
    assert isinstance(first, InvalidDependencyError)
    assert "not 5" in str(first)
    assert list(map(str, others)) == list(map(str, validate(wrong)))
