"""What a strike is, what it blocks, and what is no strike."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from docket import Depends, Operator, Strike
from docket.errors import InvalidStrike, PayloadError
from docket.model import payload
from docket.model.strikes import InForce, Unreadable
from docket.strikes import arguments_of


def strike(
    function: str | None = None, parameter: str | None = None, operator: str = "==", value: object = None
) -> Strike:
    return Strike.of(function, parameter, operator, value)


def blocks(rule: Strike, function: str = "task", **arguments: object) -> bool:
    """Whether a call is blocked when this rule alone is in force."""
    return InForce(b"1", {b"1": rule}).match(function, lambda: arguments) is rule


class Vicious:
    """Raises when it is compared, in a way that would end the process."""

    def __eq__(self, other: object) -> bool:
        raise SystemExit("compared")

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: object) -> bool:
        raise KeyboardInterrupt

    def __repr__(self) -> str:
        raise RuntimeError("not to be shown")


class Vague:
    """Is compared with an outcome that is neither true nor false, as an array is."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value is ambiguous")


def test_a_whole_task_is_struck_whatever_its_arguments() -> None:
    """A strike of a task blocks its calls and those of no other."""
    assert blocks(strike("task"))
    assert blocks(strike("task"), size=3)
    assert not blocks(strike("other"))


def test_the_arguments_are_not_looked_at_for_a_whole_task() -> None:
    """Arguments that cannot even be read do not save a call."""

    def unreadable() -> Mapping[str, object]:
        raise PayloadError("unreadable")

    assert InForce(b"1", {b"1": strike("task")}).match("task", unreadable)
    assert InForce().match("task", unreadable) is None


@pytest.mark.parametrize(
    ("operator", "value", "struck"),
    [
        ("==", 3, [3]),
        ("!=", 3, [1, 2, 4, 5]),
        (">", 3, [4, 5]),
        (">=", 3, [3, 4, 5]),
        ("<", 3, [1, 2]),
        ("<=", 3, [1, 2, 3]),
        ("between", (2, 4), [2, 3, 4]),
        ("between", [2, 2], [2]),
    ],
)
def test_each_operator_blocks_what_it_says(operator: str, value: object, struck: list[int]) -> None:
    """The argument stands on the left, the value on the right; bounds belong to what is between them."""
    rule = strike("task", "size", operator, value)
    assert [size for size in range(1, 6) if blocks(rule, size=size)] == struck
    assert not any(blocks(rule, "other", size=size) for size in range(1, 6))


def test_a_parameter_of_any_task_is_struck() -> None:
    """Without a task, every task with that parameter is meant, and only with that."""
    rule = strike(None, "customer", "==", "jane")
    assert blocks(rule, "one", customer="jane")
    assert blocks(rule, "another", customer="jane", size=3)
    assert not blocks(rule, "one", customer="joe")
    assert not blocks(rule, "one", buyer="jane")
    assert not blocks(strike(None, "customer", "!=", "jane"), "one", buyer="jane")


def test_none_is_a_value() -> None:
    """Calls that give None to a parameter can be struck, and those that do not."""
    assert blocks(strike("task", "size"), size=None)
    assert not blocks(strike("task", "size"), size=0)
    assert blocks(strike("task", "size", "!=", None), size=0)


@pytest.mark.parametrize("argument", ["3", None, [3], object(), Vicious(), Vague(), 3j])
@pytest.mark.parametrize("operator", [">", ">=", "<", "<=", "between"])
def test_what_cannot_be_compared_is_not_struck(argument: object, operator: str) -> None:
    """An argument of another type, or one whose comparison raises whatever there is to raise, blocks nothing."""
    assert not blocks(strike("task", "size", operator, (1, 5) if operator == "between" else 3), size=argument)


@pytest.mark.parametrize("argument", [Vicious(), Vague()])
@pytest.mark.parametrize("operator", ["==", "!="])
def test_an_equality_that_raises_is_none(argument: object, operator: str) -> None:
    """Neither equal nor unequal is what cannot be asked."""
    assert not blocks(strike("task", "size", operator, 3), size=argument)


def test_a_strike_that_cannot_be_compared_leaves_the_others_alone() -> None:
    """One that raises does not keep the next one from blocking."""
    rules = {b"1": strike("task", "size", ">", "a"), b"2": strike("task", "size", ">", 3)}
    assert InForce(b"2", rules).match("task", lambda: {"size": 4}) is rules[b"2"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((None, None, "==", None), "names a task, a parameter or both"),
        (("task", None, "==", 3), "3 is compared with the argument of a parameter"),
        (("task", None, ">", None), "None is compared with the argument of a parameter"),
        (("task", "size", "~", 3), "'~' is no operator of strikes: use one of == != > >= < <= between"),
        (("task", "size", "between", None), "between takes two bounds, as in (1, 10), not None"),
        (("task", "size", "between", 3), "not 3"),
        (("task", "size", "between", (1, 2, 3)), "two bounds"),
        (("task", "size", "between", "ab"), "two bounds"),
        (("task", "size", "between", (5, 1)), "nothing is between 5 and 1"),
        (("task", "size", "between", (1, "b")), "nothing is between 1 and 'b'"),
        (("task", "size", "<", None), "nothing is < None"),
        (("", None, "==", None), "the function of a strike is a name"),
        (("task", "", "==", 3), "the parameter of a strike is a name"),
        ((3, None, "==", None), "the function of a strike is a name"),
    ],
)
def test_a_strike_that_makes_no_sense_is_refused(arguments: tuple[Any, Any, Any, object], reason: str) -> None:
    """The error says what is wrong with it."""
    with pytest.raises(InvalidStrike) as caught:
        strike(*arguments)
    assert reason in str(caught.value)


def test_a_value_that_cannot_be_pickled_is_refused() -> None:
    """It could not be made known to anybody."""
    with pytest.raises(PayloadError, match="the value of a strike is stored: cannot pickle a generator"):
        strike("task", "size", "==", (number for number in range(3)))


@pytest.mark.parametrize(
    "rule",
    [
        strike("task"),
        strike("task", "size", ">=", 3),
        strike(None, "size", "between", (1, 5)),
        strike("\ud800", "größe", "==", {"a": [1, b"2"]}),
    ],
    ids=str,
)
def test_a_strike_comes_back_as_it_was(rule: Strike) -> None:
    """What is stored of it is all of it."""
    again = Strike.load(rule.dump())
    fields = lambda each: (each.function, each.parameter, each.operator, each.value, each.pickled)  # noqa: E731
    assert fields(again) == fields(rule)
    assert again.is_same_as(rule)


class Untouchable:
    """Ends the program that takes it apart."""

    def __iter__(self) -> Iterator[object]:
        raise SystemExit(3)


UNTOUCHABLE = payload.dumps(Untouchable())


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", payload.dumps(3), payload.dumps(("a", None, "~", b"")), UNTOUCHABLE]
)
def test_what_is_no_strike_is_not_taken_for_one(data: bytes) -> None:
    """Bytes of another kind are an error, which says that."""
    with pytest.raises(PayloadError):
        Strike.load(data)


def test_a_value_of_a_class_that_is_unknown_here_blocks_nothing() -> None:
    """The rest of the strike is known all the same, and it is still the same rule."""
    unknown = b"cno_such_module\nthing\n."
    rule = Strike.load(payload.dumps(("task", "size", "!=", unknown)))
    assert isinstance(rule.value, Unreadable)
    assert "no_such_module" in rule.value.reason
    assert not blocks(rule, size=3)
    assert str(rule) == "task(size != (unreadable here))"
    assert rule.is_same_as(Strike.load(rule.dump()))
    assert not rule.is_same_as(strike("task", "size", "!=", 3))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (strike("task"), strike("task")),
        (strike("task", "size", "==", 3), strike("task", "size", "==", 3.0)),
        (strike("task", "size", "==", {1, 2}), strike("task", "size", Operator.EQUAL, {2, 1})),
        (strike("task", "size", "between", (1, 2)), strike("task", "size", "between", [1, 2])),
        (strike("task", "size", "==", float("nan")), strike("task", "size", "==", float("nan"))),
        (strike("task", "size", "==", Vicious), strike("task", "size", "==", Vicious)),
    ],
    ids=str,
)
def test_equal_values_make_the_same_rule(one: Strike, other: Strike) -> None:
    """However a value was written or stored, who restores it means what was struck."""
    assert one.is_same_as(other)
    assert InForce(b"1", {b"1": one}).same_as(other) == [b"1"]


def test_different_rules_are_different() -> None:
    """A task, a parameter, an operator and a value each make a rule of its own."""
    rules = [
        strike("task"),
        strike("other"),
        strike("task", "size"),
        strike(None, "size"),
        strike("task", "size", "!="),
        strike("task", "size", "==", 3),
        strike("task", "size", "==", "3"),
        strike("task", "weight", "==", 3),
    ]
    assert all(one.is_same_as(other) is (one is other) for one in rules for other in rules)


def test_a_strike_reads_like_a_call() -> None:
    """It is shown with its value to whoever lists it, and without in logs."""
    assert [str(strike("task")), str(strike("task", "size", ">", 3)), str(strike(None, "name", "==", "jane"))] == [
        "task",
        "task(size > 3)",
        "*(name == 'jane')",
    ]
    assert strike("task", "password", "==", "secret").outline == "task(password == ...)"
    assert str(strike("task", "size", "==", "x" * 1000)).endswith("xxx...)")
    assert str(strike("task", "size", "==", Vicious())) == "task(size == a Vicious)"


# Arguments -----------------------------------------------------------------------------------------------------------


async def connection() -> str:
    return "db"


async def task(customer: str, size: int = 3, *rest: int, db: str = Depends(connection), **more: object) -> None: ...


@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        (("jane",), {}, {"customer": "jane", "size": 3}),
        (("jane", 4), {}, {"customer": "jane", "size": 4}),
        ((), {"size": 4, "customer": "jane"}, {"customer": "jane", "size": 4}),
        (("jane",), {"colour": "red"}, {"customer": "jane", "size": 3, "colour": "red"}),
        (("jane",), {"db": "mine"}, {"customer": "jane", "size": 3, "db": "mine"}),
        (("jane", 4, 5, 6), {}, {"customer": "jane", "size": 4, "rest": (5, 6)}),
    ],
)
def test_arguments_have_the_names_of_their_parameters(
    args: tuple[Any, ...], kwargs: dict[str, Any], named: dict[str, Any]
) -> None:
    """However they are passed, and also by default; a dependency counts only if it was passed."""
    given = arguments_of(task, args, kwargs)
    assert {name: given[name] for name in named} == named
    assert ("db" in given) == ("db" in kwargs)


def test_arguments_of_an_unknown_task_have_the_names_they_came_with() -> None:
    """Where the function is not known, or takes other arguments by now, positions say nothing."""
    assert arguments_of(None, ("jane",), {"size": 3}) == {"size": 3}
    assert arguments_of(connection, ("jane",), {"size": 3}) == {"size": 3}
