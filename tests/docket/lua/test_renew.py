"""`renew.lua`: who holds a claim keeps it, and nobody else does anything."""

from docket.model.states import ExecutionState
from docket.storage.deliveries import Claim, Release
from tests.docket.lua.bench import LEASE_MS, Bench, consumer


async def test_a_held_lease_is_extended(bench: Bench) -> None:
    """The lease then ends its full length after now, by the server's clock."""
    claim = await bench.start(worker=consumer(lease_ms=LEASE_MS))
    before = await bench.now()
    assert await bench.deliveries.renew(consumer(lease_ms=2 * LEASE_MS), [claim]) == [b"held"]
    assert before + 2 * LEASE_MS <= (await bench.leases())[b"key"] <= await bench.now() + 2 * LEASE_MS


async def test_a_renewed_lease_does_not_run_out(bench: Bench) -> None:
    """What would have expired, had it not been renewed, is not given to anybody else."""
    claim = await bench.start(worker=consumer(lease_ms=30))
    expiry = (await bench.leases())[b"key"]
    assert await bench.deliveries.renew(consumer(), [claim]) == [b"held"]
    await bench.reached(expiry + 1)
    assert (await bench.take(consumer("other"))).claimed == []
    assert (await bench.record())["claim"] == claim.token


async def test_a_lease_that_ran_out_unnoticed_is_still_held(bench: Bench) -> None:
    """As long as nobody has taken it, a late renewal is in time."""
    claim = await bench.start(worker=consumer(lease_ms=1))
    await bench.reached((await bench.leases())[b"key"] + 1)
    assert await bench.deliveries.renew(consumer(), [claim]) == [b"held"]
    assert (await bench.take(consumer("other"))).claimed == []


async def test_a_strangers_token_changes_nothing_and_is_lost(bench: Bench) -> None:
    """Whoever shows another token than the record's is told that it is lost, and no lease is extended."""
    await bench.start()
    before = await bench.everything()
    strangers = [Claim(b"key", token) for token in (b"stranger", b"", b"token", b"TOKEN-1")]
    assert await bench.deliveries.renew(consumer(), strangers) == [b"lost"] * 4
    assert await bench.everything() == before


async def test_an_unknown_key_is_lost(bench: Bench) -> None:
    """Renewing what does not exist, or is not running, makes no lease."""
    await bench.add("queued")
    claims = [Claim(key, token) for key in (b"unknown", b"queued") for token in (b"token-1", b"")]
    assert await bench.deliveries.renew(consumer(), claims) == [b"lost"] * 4
    assert await bench.leases() == {}


async def test_a_claim_that_has_passed_on_is_lost(bench: Bench) -> None:
    """A worker that comes back after its lease has run out does not steal it from the one that has it now."""
    old = await bench.start(worker=consumer("stalled", lease_ms=1))
    await bench.reached(await bench.now() + 2)
    new = await bench.take_one(consumer("other"))
    before = await bench.everything()
    assert await bench.deliveries.renew(consumer("stalled"), [old]) == [b"lost"]
    assert await bench.everything() == before
    assert await bench.deliveries.renew(consumer("other"), [new]) == [b"held"]


async def test_a_claim_of_an_ended_or_released_run_is_lost(bench: Bench) -> None:
    """After its outcome has been recorded a claim is worth nothing, and leaves no lease behind."""
    finished = await bench.start("finished")
    released = await bench.start("released")
    await bench.finish(finished, ExecutionState.COMPLETED)
    await bench.deliveries.settle([Release(released)])
    assert await bench.deliveries.renew(consumer(), [finished, released]) == [b"lost", b"lost"]
    assert await bench.leases() == {}


async def test_a_cancelled_run_keeps_its_lease_and_is_told(bench: Bench) -> None:
    """The worker needs time to stop it, and its key stays taken until it has."""
    claim = await bench.start(worker=consumer(lease_ms=LEASE_MS))
    await bench.executions.cancel("key")
    assert await bench.deliveries.renew(consumer(lease_ms=2 * LEASE_MS), [claim]) == [b"cancelled"]
    assert (await bench.leases())[b"key"] > await bench.now() + LEASE_MS


async def test_many_are_renewed_together_and_answered_in_order(bench: Bench) -> None:
    """Each of a long list gets its own answer, whatever became of its neighbours."""
    claims = []
    for number in range(300):
        await bench.add(f"key-{number}")
    claims = [claim for _ in range(3) for claim, _ in (await bench.take(slots=300)).claimed]
    for number in range(0, 300, 3):
        await bench.executions.cancel(f"key-{number}")
    shown = [claim if n % 3 != 1 else Claim(claim.key, b"stranger") for n, claim in enumerate(claims)]
    assert await bench.deliveries.renew(consumer(), shown) == [b"cancelled", b"lost", b"held"] * 100


async def test_nothing_is_renewed_by_nobody(bench: Bench) -> None:
    """A worker that runs nothing renews nothing."""
    await bench.start()
    before = await bench.everything()
    assert await bench.deliveries.renew(consumer(), []) == []
    assert await bench.everything() == before
