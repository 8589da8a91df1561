"""Histories that a test writes by hand."""

from typing import Any, Self

from .checker import check
from .evidence import Evidence
from .history import Event, in_order
from .settling import Remains

KEY = "key"
LEASE = 5.0


class Story:
    """A history that a test writes, in which a second passes from one event to the next unless told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.clock = 0.0
        self.remains = Remains()
        self.note("listening", "observer")

    def note(self, kind: str, who: str, **more: Any) -> Self:
        """Something happens."""
        self.clock += 1
        self.events.append({"t": self.clock, "who": who, "kind": kind, **more})
        return self

    def pause(self) -> Self:
        """More time passes than a lease lasts."""
        self.clock += 2 * LEASE
        return self

    def call(self, name: str, verb: str = "add", **answer: Any) -> Self:
        """A call, and its answer; without one, that was lost."""
        asked = {"generation": answer["generation"]} if verb == "result" else {"task": "struck"}
        self.note("invoke", "caller", call=name, verb=verb, key=KEY, **asked)
        return (
            self.note("answer", "caller", call=name, **answer) if answer else self.note("unknown", "caller", call=name)
        )

    def changed(self, name: str, verb: str) -> Self:
        """The task is struck or restored."""
        self.note("invoke", "striker", call=name, verb=verb, key="", task="struck")
        return self.note("answer", "striker", call=name, changed=True)

    def added(self, name: str, generation: int, verb: str = "add") -> Self:
        """A call that has scheduled something."""
        self.call(name, verb, disposition="scheduled", generation=generation)
        return self.state(generation, "queued")

    def state(self, generation: int, state: str) -> Self:
        """An announcement."""
        return self.note("state", "observer", key=KEY, generation=generation, state=state)

    def taken(self, claim: str, generation: int = 1, *, deliveries: int = 1, who: str = "worker") -> Self:
        """A worker claims an execution."""
        self.state(generation, "running")
        numbers = {"generation": generation, "attempt": 1, "deliveries": deliveries}
        return self.note("claimed", who, key=KEY, claim=claim, asked=self.clock - 0.5, lease=LEASE, **numbers)

    def begun(self, claim: str, call: str = "first") -> Self:
        """The task begins."""
        return self.note("start", "worker", key=KEY, claim=claim, call=call, task="struck")

    def ended(self, claim: str, how: str = "returned") -> Self:
        """The task ends, and cleans up."""
        self.note("end", "worker", key=KEY, claim=claim, how=how)
        return self.note("cleaned", "worker", key=KEY, claim=claim)

    def renewed(self, claim: str, answer: str = "held") -> Self:
        """A worker renews a lease."""
        return self.note("renewed", "worker", key=KEY, claim=claim, asked=self.clock + 0.5, lease=LEASE, answer=answer)

    def settled(self, claim: str, outcome: str = "completed", answer: str = "recorded") -> Self:
        """A worker reports an outcome."""
        asked = self.clock + 0.5
        return self.note("settled", "worker", key=KEY, claim=claim, asked=asked, outcome=outcome, answer=answer)

    def run(
        self, claim: str, generation: int = 1, call: str = "first", *, deliveries: int = 1, who: str = "worker"
    ) -> Self:
        """A whole run that completes."""
        self.taken(claim, generation, deliveries=deliveries, who=who).begun(claim, call).ended(claim).settled(claim)
        return self.state(generation, "completed")

    def left(self, generation: int, state: str = "completed", result: str | None = None) -> Self:
        """What the server holds in the end."""
        self.remains.records[KEY] = {"generation": generation, "state": state, "result": result}
        return self

    def violated(self) -> set[str]:
        """The rules that the checker finds violated."""
        return {violation.rule for violation in check(Evidence(in_order(self.events)), self.remains)}
