"""The members of an enum are strings, and a `match` that lists them all is complete."""

from docket import Cancellation, Disposal, Disposition, ExecutionState, Operator

strings: list[str] = [
    ExecutionState.DEAD,
    Disposition.STRUCK,
    Cancellation.UNKNOWN,
    Disposal.DROPPED,
    Operator.LESS,
]


# One value more or fewer, and a checker misses a `return`, or the value.
def of_states(state: ExecutionState) -> int:
    match state:
        case ExecutionState.SCHEDULED | ExecutionState.QUEUED | ExecutionState.RUNNING:
            return 1
        case ExecutionState.COMPLETED | ExecutionState.FAILED | ExecutionState.DEAD | ExecutionState.CANCELLED:
            return 2


def of_dispositions(disposition: Disposition) -> int:
    match disposition:
        case Disposition.SCHEDULED | Disposition.ALREADY_SCHEDULED | Disposition.SUPERSEDED:
            return 1
        case Disposition.STRUCK | Disposition.LOADED:
            return 2


def of_cancellations(cancellation: Cancellation) -> int:
    match cancellation:
        case Cancellation.CANCELLED | Cancellation.CANCELLING | Cancellation.FINISHED | Cancellation.UNKNOWN:
            return 1


def of_disposals(disposal: Disposal) -> int:
    match disposal:
        case Disposal.REQUEUED | Disposal.DROPPED | Disposal.STRUCK | Disposal.NOT_DEAD | Disposal.UNKNOWN:
            return 1


def of_operators(operator: Operator) -> int:
    match operator:
        case Operator.EQUAL | Operator.NOT_EQUAL | Operator.GREATER | Operator.GREATER_OR_EQUAL:
            return 1
        case Operator.LESS | Operator.LESS_OR_EQUAL | Operator.BETWEEN:
            return 2
