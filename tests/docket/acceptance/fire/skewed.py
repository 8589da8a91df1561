"""Runs a module by a clock that is wrong: `python -m tests.docket.acceptance.fire.skewed SECONDS MODULE ARGUMENTS`.

The wall clock of the process is off by that much from before anything else is imported; the monotonic clock is right.
"""

import datetime
import runpy
import sys
import time


def skew(seconds: float) -> None:
    """Put this process' wall clock ahead by so many seconds, or back."""
    real, shift = datetime.datetime, datetime.timedelta(seconds=seconds)
    real_time, real_time_ns = time.time, time.time_ns

    class AnyDatetime(type):
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

    class Skewed(real, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return real.now(tz) + shift

    # Pickled datetimes name their class, and are read by processes of other clocks.
    Skewed.__module__, Skewed.__name__, Skewed.__qualname__ = "datetime", "datetime", "datetime"
    datetime.datetime = Skewed  # type: ignore[misc]
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + round(seconds * 1e9)


if __name__ == "__main__":
    skew(float(sys.argv[1]))
    module = sys.argv[2]
    sys.argv[:] = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
