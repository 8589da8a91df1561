"""How a worker's log looks."""

import json
import logging
import sys
from datetime import UTC, datetime
from enum import StrEnum

from rich.console import Console
from rich.logging import RichHandler


class LogLevel(StrEnum):
    """What is logged at least."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class LogFormat(StrEnum):
    """In which form."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"


def set_up_logging(level: LogLevel, form: LogFormat | None) -> None:
    """Log to standard error: in colours on a terminal and plainly elsewhere, if no form is asked for."""
    chosen = form or (LogFormat.RICH if sys.stderr.isatty() else LogFormat.PLAIN)
    logging.basicConfig(level=level.value.upper(), handlers=[_handler(chosen)], force=True)


def _handler(form: LogFormat) -> logging.Handler:
    if form is LogFormat.RICH:
        rich = RichHandler(console=Console(stderr=True), show_path=False, log_time_format="[%X.%f]")
        rich.setFormatter(logging.Formatter("%(message)s"))
        return rich
    handler = logging.StreamHandler()
    plain = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(_JsonFormatter() if form is LogFormat.JSON else plain)
    return handler


class _JsonFormatter(logging.Formatter):
    """A line of JSON for each record, with what the task's logger adds to it."""

    _EXTRAS = ("docket", "worker", "task", "key", "attempt")

    def format(self, record: logging.LogRecord) -> str:
        """Write a record as a JSON object."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in self._EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
