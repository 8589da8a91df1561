"""What a worker process writes down of its dealings with the queue: claims, renewals, and what it reports."""

from collections.abc import Iterable, Sequence
from typing import Any

from docket.storage.deliveries import Claim, Consumer, Deliveries, Finish, Outcome, Release, Renewal, Retry, Taken

from .history import Journal, now


def record(journal: Journal) -> None:
    """Have all that this process' workers take, renew and settle written down, when asked and when answered."""
    take, renew, settle = Deliveries.take, Deliveries.renew, Deliveries.settle

    async def recorded_take(self: Deliveries, consumer: Consumer, *arguments: Any) -> Taken:
        asked = now()
        taken = await take(self, consumer, *arguments)
        for claim, record in taken.claimed:
            numbers = {"generation": record.generation, "attempt": record.attempt, "deliveries": record.deliveries}
            journal.note("claimed", asked=asked, lease=consumer.lease_ms / 1000, **_named(claim), **numbers)
        return taken

    async def recorded_renew(self: Deliveries, consumer: Consumer, claims: Sequence[Claim]) -> list[Renewal]:
        asked = now()
        renewals = await renew(self, consumer, claims)
        for claim, renewal in zip(claims, renewals, strict=True):
            journal.note(
                "renewed", asked=asked, lease=consumer.lease_ms / 1000, **_named(claim), answer=renewal.decode()
            )
        return renewals

    async def recorded_settle(self: Deliveries, outcomes: Iterable[Outcome]) -> list[Claim]:
        batch, asked = list(outcomes), now()
        answers: dict[Claim, str] = {}
        try:
            lost = await settle(self, batch)
            answers = {outcome.claim: "lost" if outcome.claim in lost else "recorded" for outcome in batch}
            return lost
        finally:
            for outcome in batch:
                answer = answers.get(outcome.claim, "unknown")
                journal.note("settled", asked=asked, **_named(outcome.claim), outcome=_outcome(outcome), answer=answer)

    Deliveries.take, Deliveries.renew, Deliveries.settle = (  # type: ignore[method-assign]
        recorded_take,
        recorded_renew,
        recorded_settle,
    )


def _named(claim: Claim) -> dict[str, str]:
    return {"key": claim.key.decode("utf-8", "surrogatepass"), "claim": claim.token.decode()}


def _outcome(outcome: Outcome) -> str:
    match outcome:
        case Finish():
            return outcome.state.value
        case Retry():
            return "retry"
        case Release():
            return "release"
