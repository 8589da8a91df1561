"""What must not be left behind: keys that nobody will ever remove, and executions that nobody will ever find.

    assert not await leftovers(client.execute_command, b"{orders}:")
    assert not await loose_ends(client.execute_command, b"{orders}:")

Both take the coroutine function that carries out a command, of a `redis.asyncio` client that does not decode or of a
`Wire`, and the prefix of the docket's keys.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

type Call = Callable[..., Awaitable[Any]]

_STRUCTURES = (b"ready", b"suspects", b"later", b"leases", b"workers", b"dead", b"strikes")
_INDEXES = {b"scheduled": b"later", b"running": b"leases", b"dead": b"dead"}
_LIVE = (b"scheduled", b"queued", b"running")
_GLOB_CHARACTERS = b"*?[]\\"


async def leftovers(call: Call, prefix: bytes) -> list[bytes]:
    """The keys that have no owner, neither a live execution nor a live worker nor the docket itself, and no TTL."""
    keys = await docket_keys(call, prefix)
    owned = await asyncio.gather(*[_is_owned(call, prefix, key) for key in keys])
    return [key for key, is_owned in zip(keys, owned, strict=True) if not is_owned]


async def loose_ends(call: Call, prefix: bytes) -> list[str]:
    """Live or dead executions that nobody would ever come upon, and members of an index that stand for none."""
    queued = await _pointers(call, prefix)
    runs = prefix + b"run:"
    names = [key.removeprefix(runs) for key in await docket_keys(call, prefix) if key.startswith(runs)]
    ends = await asyncio.gather(*[_unfound(call, prefix, name, queued) for name in names])
    for state, index in _INDEXES.items():
        members = await call("ZRANGE", prefix + index, 0, -1)
        ends += await asyncio.gather(*[_untrue(call, prefix, name, index, state) for name in members])
    return [end for end in ends if end]


async def left_on_server(call: Call) -> list[bytes | str]:
    """What must not be left behind by any docket of a server, whoever opened it, and keys of no docket at all."""
    keys = await docket_keys(call, b"")
    prefixes = {key[: key.index(b"}:") + 2] for key in keys if key.startswith(b"{") and b"}:" in key}
    left: list[bytes | str] = [key for key in keys if not key.startswith(tuple(prefixes))]
    for prefix in sorted(prefixes):
        left += await leftovers(call, prefix)
        left += await loose_ends(call, prefix)
    return left


async def docket_keys(call: Call, prefix: bytes) -> list[bytes]:
    """All keys that begin with the prefix."""
    pattern = b"".join(b"\\" + bytes([byte]) if byte in _GLOB_CHARACTERS else bytes([byte]) for byte in prefix)
    keys: set[bytes] = set()
    cursor = 0
    while True:
        cursor, found = await call("SCAN", cursor, "MATCH", pattern + b"*", "COUNT", 1000)
        keys.update(found)
        if not int(cursor):
            return sorted(keys)


async def _is_owned(call: Call, prefix: bytes, key: bytes) -> bool:
    if await call("PTTL", key) != -1:  # it has a TTL, or that has just come
        return True
    kind, _, owner = key.removeprefix(prefix).partition(b":")
    if kind == b"run":
        return await call("HGET", key, "state") in _LIVE
    if kind == b"worker":
        return await call("ZSCORE", prefix + b"workers", owner) is not None
    return key.removeprefix(prefix) in _STRUCTURES


async def _unfound(call: Call, prefix: bytes, name: bytes, queued: set[tuple[bytes, bytes]]) -> str:
    state, generation = await call("HMGET", prefix + b"run:" + name, "state", "generation")
    if state in _INDEXES:
        found = await call("ZSCORE", prefix + _INDEXES[state], name) is not None
    else:
        found = state != b"queued" or (name, generation) in queued
    return "" if found else f"{name!r} is {state.decode()}, and nothing leads to it"


async def _untrue(call: Call, prefix: bytes, name: bytes, index: bytes, state: bytes) -> str:
    actual = await call("HGET", prefix + b"run:" + name, "state")
    return "" if actual == state else f"{name!r} is in {index.decode()}, and its record is {actual!r}"


async def _pointers(call: Call, prefix: bytes) -> set[tuple[bytes, bytes]]:
    apart = await call("LRANGE", prefix + b"suspects", 0, -1)
    pointers = set(zip(apart[::2], apart[1::2], strict=True))
    if await call("EXISTS", prefix + b"ready"):
        pointers |= {_pointer(fields) for _, fields in await call("XRANGE", prefix + b"ready", "-", "+")}
    return pointers


def _pointer(fields: Any) -> tuple[bytes, bytes]:
    if isinstance(fields, dict):  # as a client parses them
        return fields[b"key"], fields[b"generation"]
    return fields[1], fields[3]
