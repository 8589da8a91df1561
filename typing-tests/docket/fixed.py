"""Properties, and the fields of what a docket looks up, cannot be assigned to."""

from collections.abc import Sequence
from datetime import datetime

from docket import (
    Docket,
    DocketSnapshot,
    Execution,
    ExecutionState,
    Operator,
    Strike,
    StrikeList,
    UnreadableStrike,
    Worker,
    WorkerInfo,
)


def snapshots(snapshot: DocketSnapshot, worker: WorkerInfo, moment: datetime, none: Sequence[Execution]) -> None:
    snapshot.taken = moment  # E: readonly
    snapshot.total_tasks = 0  # E: readonly
    snapshot.future = none  # E: readonly
    snapshot.running = none  # E: readonly
    snapshot.workers = []  # E: readonly
    worker.name = "another"  # E: readonly
    worker.last_seen = moment  # E: readonly
    worker.tasks = frozenset()  # E: readonly


def executions(execution: Execution[int], moment: datetime) -> None:
    execution.key = "another"  # E: readonly
    execution.function_name = "another"  # E: readonly
    execution.when = moment  # E: readonly
    execution.attempt = 1  # E: readonly
    execution.generation = 1  # E: readonly
    execution.deliveries = 1  # E: readonly
    execution.redelivered = False  # E: readonly
    execution.state = ExecutionState.COMPLETED  # E: readonly
    execution.worker = "another"  # E: readonly
    execution.scheduled_at = moment  # E: readonly
    execution.started_at = moment  # E: readonly
    execution.completed_at = moment  # E: readonly
    execution.error = None  # E: readonly
    execution.args = ()  # E: readonly
    execution.kwargs = {}  # E: readonly
    execution.state.is_terminal = True  # E: readonly


def strikes(strike: Strike, unreadable: UnreadableStrike, strikes: StrikeList) -> None:
    strike.function = "another"  # E: readonly
    strike.parameter = "another"  # E: readonly
    strike.operator = Operator.LESS  # E: readonly
    strike.value = 3  # E: readonly
    strike.reason = "none"  # E: readonly
    unreadable.identity = "another"  # E: readonly
    unreadable.reason = "none"  # E: readonly
    unreadable.signed = True  # E: readonly
    strikes.unreadable = []  # E: readonly


def what_runs(docket: Docket, worker: Worker) -> None:
    docket.location = "memory://"  # E: readonly
    docket.tasks = []  # E: readonly
    docket.dead = docket.dead  # E: readonly
    worker.healthy = True  # E: readonly
