"""Durations as people write them: `500ms`, `30s`, `5m`, `1h`."""

import re
from datetime import timedelta

import typer

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)?")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


def parse_duration(text: str | timedelta) -> timedelta:
    """Read a duration; a number alone is in seconds. A default value comes here as the duration it is.

    Raises:
        typer.BadParameter: it is not written as a duration.
    """
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is no duration: write 500ms, 30s, 5m or 1h")
    try:
        return float(match[1]) * _UNITS[match[2] or "s"]
    except OverflowError:
        raise typer.BadParameter(f"{text!r} is longer than anything lasts") from None
