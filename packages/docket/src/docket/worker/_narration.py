"""What a worker tells in its log of each execution."""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import wraps

from ..execution import Execution
from ..model.payload import describe
from ..model.printable import printable
from ..model.strikes import Strike
from ..storage.deliveries import Condemn, Finish, Outcome, Release, Retry
from ._decision import Ending, Raised, Unknown, Unreadable

logger = logging.getLogger("docket.worker")


def _harmless[**P](narrate: Callable[P, None]) -> Callable[P, None]:
    """Let no error out of it: handlers and filters are the application's, and a traceback calls a task's `__dir__`."""

    @wraps(narrate)
    def harmless(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            narrate(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - neither a SystemExit of theirs
            with suppress(BaseException):
                logger.error("cannot log what becomes of an execution: %s", printable(describe(error)))  # noqa: TRY400

    return harmless


@_harmless
def narrate_start(execution: Execution) -> None:
    """Say that an execution begins, and how late it is."""
    if logger.isEnabledFor(logging.INFO):
        started = execution.started_at or execution.when
        late = _span((started - execution.when).total_seconds())
        again = ", delivered again" if execution.redelivered else ""
        attempt = f", attempt {execution.attempt}" if execution.attempt > 1 else ""
        logger.info("↬ [%s%s%s] %s", late, attempt, again, execution.call_repr())


@_harmless
def narrate_strike(execution: Execution, strike: Strike) -> None:
    """Say that an execution is not begun with."""
    logger.warning("↩ %s cancelled, for it is struck: %s", execution.call_repr(), printable(strike.outline))


@_harmless
def narrate_end(execution: Execution, ending: Ending, outcome: Outcome | None) -> None:
    """Say how an execution has ended, and how long that took."""
    error = ending.error if isinstance(ending, Raised) else None
    told_anyway = isinstance(ending, Raised | Unreadable)
    if not told_anyway and not logger.isEnabledFor(logging.INFO):
        return
    took = _span((execution.now() - execution.started_at).total_seconds() if execution.started_at else 0)
    call = execution.call_repr()
    match outcome:
        case Finish(error=""):
            logger.info("↩ [%s] %s %s", took, call, outcome.state.value)
        case Finish():
            logger.error("↩ [%s] %s failed: %s", took, call, printable(outcome.error), exc_info=error)
        case Condemn():
            logger.error("↩ %s has died: %s", call, printable(outcome.error))
        case Retry():
            delay = _span(outcome.delay_ms / 1000)
            logger.warning("↫ [%s] %s failed, next attempt in %s: %s", took, call, delay, printable(outcome.error))
        case Release() if isinstance(ending, Unknown):
            name = execution.function_name
            logger.warning("↫ %s given back: no task %r is registered here, another worker may know it", call, name)
        case Release():
            logger.warning("↫ [%s] %s given back", took, call)
        case None:
            logger.warning("↩ [%s] %s stopped", took, call)


@_harmless
def narrate_trouble(execution: Execution, error: BaseException) -> None:
    """Say that something went wrong with an execution that should not be able to."""
    logger.error("cannot see %s to its end", execution.call_repr(), exc_info=error)


def _span(seconds: float) -> str:
    if seconds < 1:
        return f"{max(0, seconds) * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"  # noqa: PLR2004 - seconds in a minute
