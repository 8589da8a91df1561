"""How arguments, results and exceptions become bytes, and come back.

cloudpickle carries what pickle cannot: lambdas, closures, and the classes of `__main__`.
"""

import pickle
from typing import Any

import cloudpickle

from ..errors import PayloadError

_LONGEST_MESSAGE = 4000
"""How many characters of an exception's message are told: it is kept with the record, logged and listed."""


def dumps(value: object) -> bytes:
    """Pickle a value.

    Raises:
        PayloadError: the value cannot be pickled.
    """
    try:
        return cloudpickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except BaseException as error:  # pickling runs the value's own code, which may even call sys.exit()
        raise PayloadError(f"cannot pickle a {_kind(value)}: {describe(error)}") from error


def loads(data: bytes) -> Any:
    """Unpickle a value.

    Raises:
        PayloadError: the data cannot be unpickled here, for example because a class is not importable.
    """
    try:
        return pickle.loads(data)  # noqa: S301 - whoever can write to the docket's server is trusted
    except BaseException as error:  # unpickling runs code from anywhere, which may even call sys.exit()
        raise PayloadError(f"cannot unpickle {len(data)} bytes: {describe(error)}") from error


def dumps_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    """Pickle the arguments of a call.

    Raises:
        PayloadError: an argument cannot be pickled; the error says which.
    """
    try:
        return dumps((args, kwargs))
    except PayloadError as error:
        for name, value in [*enumerate(args, 1), *kwargs.items()]:
            try:
                dumps(value)
            except PayloadError as cause:
                raise PayloadError(f"argument {name}: {cause}") from error
        raise


def loads_arguments(data: bytes) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Unpickle the arguments of a call.

    Raises:
        PayloadError: they cannot be unpickled here, or are no arguments.
    """
    call = loads(data)
    try:
        args, kwargs = call
        return _as_given(*args, **kwargs)
    except BaseException as error:  # whatever was unpickled may run code of its own when it is taken apart
        raise PayloadError(f"the payload is not the pickle of a call's arguments: {describe(error)}") from error


def _as_given(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return args, kwargs


def dumps_result(value: object) -> bytes:
    """Pickle what a task has returned; nothing is stored for None, which most tasks return.

    Raises:
        PayloadError: it cannot be pickled.
    """
    return b"" if value is None else dumps(value)


def loads_result(data: bytes) -> Any:
    """Unpickle what `dumps_result` has made.

    Raises:
        PayloadError: it cannot be unpickled here.
    """
    return loads(data) if data else None


def dumps_exception(error: BaseException) -> bytes:
    """Pickle an exception; empty bytes stand for one that cannot be carried.

    An exception that pickles but does not unpickle (its `__init__` wants other arguments than its `args`) would fail
    whoever reads it, so that is tried as well.
    """
    try:
        data = dumps(error)
        loads(data)
    except PayloadError:
        return b""
    return data


def describe(error: BaseException) -> str:
    """An exception in one line of a few kB at most, as a person wants to read it, whatever its own `__str__` does."""
    try:
        text = str(error)
        cut = text[:_LONGEST_MESSAGE] + "…" if len(text) > _LONGEST_MESSAGE else text
        text = " ".join(cut.splitlines())
    except BaseException:  # noqa: BLE001 - the exception's own code
        text = "(its message cannot be shown)"
    return f"{_kind(error)}: {text}" if text else _kind(error)


def _kind(value: object) -> str:
    try:
        return str(type(value).__qualname__)
    except BaseException:  # noqa: BLE001 - its class may be of a class with code of its own
        return "(a nameless class)"
