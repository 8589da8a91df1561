"""File locks that the kernel gives back, however their holder ends, and that a forked child does not keep."""

import fcntl
import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_POLL_SECONDS = 0.01

_parents_only: set[int] = set()
"""Open descriptors that mean something by being open, so that a child of fork must not keep them open."""


def keep_from_children(descriptor: int) -> None:
    """Have every child of fork close its copy: an inherited lock or pipe would outlive its owner."""
    _parents_only.add(descriptor)


def close_descriptor(descriptor: int) -> None:
    """Close a descriptor that was given to `keep_from_children`."""
    _parents_only.discard(descriptor)
    os.close(descriptor)


def _close_inherited() -> None:
    for descriptor in _parents_only:
        os.close(descriptor)
    _parents_only.clear()


os.register_at_fork(after_in_child=_close_inherited)


class Abandoned(Exception):
    """Nobody waits for the outcome any more."""


class Patience:
    """A bounded wait, done in a thread, that its waiter can call off.

    Args:
        seconds: how long to wait in all.
        abandoned: is set by the waiter when it no longer wants the outcome.
    """

    def __init__(self, seconds: float, abandoned: threading.Event | None = None) -> None:
        self.seconds = seconds
        self._abandoned = abandoned or threading.Event()
        self.renew()

    def renew(self) -> None:
        """Start the time anew: something happened that shows that waiting is worth it."""
        self._until = time.monotonic() + self.seconds

    def pause(self) -> None:
        """Let a moment pass.

        Raises:
            Abandoned: the waiter has gone.
            TimeoutError: the time is over.
        """
        if self._abandoned.wait(_POLL_SECONDS):
            raise Abandoned
        if time.monotonic() > self._until:
            raise TimeoutError

    @contextmanager
    def hold(self, lock: threading.Lock) -> Generator[None]:
        """Hold `lock`. Its holder has a patience of its own, so the wait ends, or is called off."""
        while not lock.acquire(timeout=_POLL_SECONDS):
            if self._abandoned.is_set():
                raise Abandoned
        self.renew()
        try:
            yield
        finally:
            lock.release()


class FileLock:
    """An advisory lock (`flock`) on a file, which is made when missing and never removed.

    Removing a lock's file would let two processes hold "the" lock on two different files.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held_by_us(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def try_hold(self, *, shared: bool = False) -> int | None:
        """Take the lock if that needs no waiting, and return the open file that holds it.

        A process that inherits this file holds the lock too, for as long as it lives.
        """
        if self._descriptor is not None:
            return self._descriptor
        # Writable, because locks on network file systems demand it of an exclusive one.
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        keep_from_children(descriptor)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            close_descriptor(descriptor)
            return None
        except BaseException:
            close_descriptor(descriptor)
            raise
        self._descriptor = descriptor
        return descriptor

    def release(self) -> None:
        """Give the lock back, if it is held.

        It is unlocked before it is closed: a child of fork that has not run yet still has the file open.
        """
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            self.hand_over()

    def hand_over(self) -> None:
        """Let go of the lock, if it is held, without taking it from a process that has inherited it."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            close_descriptor(descriptor)
