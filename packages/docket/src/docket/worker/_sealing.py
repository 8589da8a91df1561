"""Sealing what comes of an execution."""

from ..execution import Execution
from ..model.seal import Kind, Seal
from ..model.states import ExecutionState
from ..storage.deliveries import Finish, Outcome, Retry


def sealed(outcome: Outcome, seal: Seal, execution: Execution) -> Outcome:
    """An outcome whose result or exception is sealed. An exception that cannot be carried is nothing to be sealed."""
    match outcome:
        case Finish(state=ExecutionState.COMPLETED):
            kind = Kind.RESULT
        case Finish(result=data) | Retry(result=data) if data:
            kind = Kind.EXCEPTION
        case _:
            return outcome
    return outcome._replace(result=seal.close(outcome.result, kind, execution.key, execution.function_name))
