"""Everything that docket raises of its own.

Each error also derives from the built-in that a caller would expect in its place.
"""


class DocketError(Exception):
    """The base of all errors of docket."""


class ServerTrouble(DocketError):
    """The server did not do what it was asked to."""


class ServerRefusal(ServerTrouble, RuntimeError):
    """The server has refused a command: it may be out of memory, read-only, or not what it should be."""


class CommandTooLarge(ServerRefusal, ValueError):
    """Arguments, a result or an exception are larger than the server accepts: its `proto-max-bulk-len`."""


class ConnectionLost(ServerTrouble, ConnectionError):
    """The server could not be reached, or went away before it had answered."""


class ServerUnreachable(ConnectionLost):
    """No connection to the server could be made, so nothing was asked of it."""


class ReplyTimeout(ConnectionLost, TimeoutError):
    """The server took too long to answer."""


class InvalidURL(DocketError, ValueError):
    """A URL names no kind of server that docket knows."""


class PayloadError(DocketError, ValueError):
    """Arguments, a result or an exception cannot be pickled or unpickled."""


class InvalidStrike(DocketError, ValueError):
    """A strike was asked for that makes no sense, for example with an operator that there is not."""


class PayloadRefused(PayloadError):
    """What is stored is not vouched for by a signing key of this docket, so it was not unpickled."""


class NotAsync(DocketError, TypeError):
    """A function that is not async was given as a task."""


class NameTaken(DocketError, ValueError):
    """Another function is registered under the same name."""


class NotACollection(DocketError, ValueError):
    """What was named as a collection of tasks cannot be imported, or is no collection."""


class TaskFailed(DocketError):
    """A task has failed with an exception that cannot be carried; this says what it was."""


class TaskDied(TaskFailed):
    """An execution could not be run to an end of its own, and is kept in `docket.dead`; this says why."""


class ExecutionCancelled(DocketError):
    """The execution whose result is asked for was cancelled."""


class ResultUnavailable(DocketError, LookupError):
    """An execution has no result any more: it was not kept, has expired, or its key was scheduled anew."""


class ResultTimeout(DocketError, TimeoutError):
    """An execution did not end in the time that was given to wait for it."""


class ServerNotFoundError(DocketError, FileNotFoundError):
    """No server binary was found for a `memory://` or `file://` URL."""


class ServerStartError(DocketError, RuntimeError):
    """An embedded server did not start, or does not answer.

    Attributes:
        command: the command line that starts the server.
        log_tail: the last lines of the server's log.
    """

    def __init__(self, message: str, *, command: str, log_tail: str) -> None:
        super().__init__(message)
        self.command = command
        self.log_tail = log_tail


class UnsafeDirectoryError(DocketError, PermissionError):
    """The directory of an embedded server's socket is open to other users."""
