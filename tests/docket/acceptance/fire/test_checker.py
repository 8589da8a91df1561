"""The checker, against small histories written by hand: each rule is broken once, and a clean history passes."""

import pytest

from tests.repository import ROOT

from .checker import RULES, check
from .evidence import Evidence
from .story import Story


def clean() -> Story:
    """An execution that is added, run, and looked at."""
    story = Story().added("first", 1).run("a")
    return story.call("look", "result", generation=1, state="completed", result="a").left(1, result="a")


CLEAN: dict[str, Story] = {
    "an execution": clean(),
    "an add of a live key": Story()
    .added("first", 1)
    .call("second", disposition="already_scheduled", generation=1)
    .run("a")
    .left(1, result="a"),
    "an add after the end": clean().added("second", 2).run("b", 2, "second").left(2, result="b"),
    "a replacement": Story().added("first", 1).added("second", 2, "replace").run("a", 2, "second").left(2, result="a"),
    "a cancellation": Story()
    .added("first", 1)
    .call("stop", "cancel", did="cancelled")
    .state(1, "cancelled")
    .left(1, "cancelled"),
    "a worker that dies": Story()
    .added("first", 1)
    .taken("a")
    .begun("a")
    .note("dead", "nemesis", process="worker")
    .pause()
    .state(1, "queued")
    .run("b", deliveries=2, who="another")
    .left(1, result="b"),
    "a worker that stalls": Story()
    .added("first", 1)
    .taken("a")
    .begun("a")
    .pause()
    .state(1, "queued")
    .run("b", deliveries=2)
    .renewed("a", "lost")
    .ended("a")
    .settled("a", answer="lost")
    .left(1, result="b"),
    "an add whose answer was lost": Story().call("first").run("a").left(1, result="a"),
    "a cancellation whose answer was lost": Story()
    .added("first", 1)
    .call("stop", "cancel")
    .added("second", 2)
    .run("a", 2, "second")
    .left(2, result="a"),
    "a strike that is taken back": Story()
    .changed("strike", "strike")
    .call("zeroth", disposition="struck", generation=0)
    .changed("restore", "restore")
    .added("first", 1)
    .run("a")
    .left(1, result="a"),
    "announcements that were missed": Story()
    .added("first", 1)
    .note("listening", "observer")
    .state(1, "completed")
    .note("listening", "observer")
    .added("second", 2)
    .call("stop", "cancel", did="cancelled")
    .left(2, "cancelled"),
}

BROKEN: dict[str, list[Story]] = {
    "nothing is lost": [
        Story().added("first", 1),
        Story().added("first", 1).added("second", 2).run("a", 2, "second").left(2, result="a"),
        clean().added("second", 2).left(1, result="a"),
        # A cancellation that came too late for it, and one that has found nothing, have not taken it away.
        Story().added("first", 1).added("second", 2).call("stop", "cancel", did="cancelled").left(2, "cancelled"),
        Story().added("first", 1).call("stop", "cancel", did="unknown"),
    ],
    "one copy at a time": [
        # The lease was renewed just before, so that it cannot have run out.
        Story()
        .added("first", 1)
        .taken("a")
        .begun("a")
        .renewed("a")
        .state(1, "queued")
        .run("b", deliveries=2)
        .ended("a"),
        Story().added("first", 1).taken("a").begun("a").state(1, "queued").run("b").ended("a"),
        Story().added("first", 1).taken("a").begun("a").renewed("a").state(1, "cancelled").run("b", 2).ended("a"),
    ],
    "fenced": [
        Story().added("first", 1).taken("a").begun("a").state(1, "queued").taken("b", deliveries=2).renewed("a"),
        Story().added("first", 1).taken("a").begun("a").state(1, "queued").taken("b", deliveries=2).settled("a"),
    ],
    "losers do not count": [
        Story().added("first", 1).taken("a").begun("a").state(1, "queued").run("b", deliveries=2).left(1, result="a"),
        Story().added("first", 1).left(1, result="a"),
    ],
    "each call once": [
        clean().added("second", 1),
        clean().added("second", 2).run("b", 2, "first"),
        clean().added("second", 2).run("b", 2, "third"),
    ],
    "finished means finished": [
        Story()
        .added("first", 1)
        .taken("a")
        .begun("a")
        .call("look", "result", generation=1, state="completed", result="a")
        .ended("a"),
        Story().added("first", 1).taken("a").begun("a").ended("a", "Trouble").left(1, result="a"),
        Story().added("first", 1).run("a").left(1, result=None),
    ],
    "cancel sticks": [
        Story().added("first", 1).call("stop", "cancel", did="cancelled").run("a").left(1, result="a"),
        Story()
        .added("first", 1)
        .taken("a")
        .call("stop", "cancel", did="cancelling")
        .state(1, "queued")
        .run("b", deliveries=2),
    ],
    "strikes hold": [
        Story().added("first", 1).changed("strike", "strike").run("a").changed("restore", "restore"),
        Story().changed("strike", "strike").added("first", 1),
    ],
    "ended keys are free": [clean().call("second", disposition="already_scheduled", generation=1)],
    "states follow the table": [
        clean().state(1, "queued"),
        clean().note("listening", "observer").state(1, "queued"),
        Story().added("first", 1).state(1, "completed"),
        Story().added("first", 2).added("second", 1),
        Story().added("first", 1).taken("a").state(2, "queued"),
        clean().state(2, "running"),
    ],
    "nothing is left behind": [clean().left(1, "running")],
}


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_history_passes(name: str) -> None:
    """What may happen violates no rule."""
    assert CLEAN[name].violated() == set()


@pytest.mark.parametrize(("rule", "number"), [(rule, number) for rule in BROKEN for number in range(len(BROKEN[rule]))])
def test_a_broken_rule_is_noticed(rule: str, number: int) -> None:
    """Each history breaks the rule under whose name it stands."""
    assert rule in BROKEN[rule][number].violated()


def test_every_rule_is_broken_once() -> None:
    """There is a history against each rule."""
    assert BROKEN.keys() == RULES.keys()


def test_the_documentation_names_every_rule() -> None:
    """The table of rules that readers see is that of the checker, in its order."""
    page = (ROOT / "docs" / "explanation" / "guarantees.md").read_text("utf-8")
    table = page.partition("| rule | for |")[2].partition("\n\n")[0]
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == list(RULES)


def test_what_is_untidy_is_a_violation() -> None:
    """What the harness finds in the server, and should not be there, is reported as it stands."""
    story = clean()
    story.remains.untidy.append("a key without an owner")
    (violation,) = check(Evidence(story.events), story.remains)
    assert (violation.rule, violation.what) == ("nothing is left behind", "a key without an owner")
