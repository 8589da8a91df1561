"""The Lua scripts, each a change of state that happens as a whole, and how they are called.

A script is a file of `lua/`. Where its head says `-- uses: name, ...`, those files of `lua/parts/` go before it, for
Lua in Redis cannot load a module.
"""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from redis.exceptions import NoScriptError

from ..errors import ConnectionLost, ServerRefusal
from .connections._wire import Argument, Wire

_USES = re.compile(r"^-- uses: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """The source of a script, and the digest that the server knows it by."""

    source: bytes
    digest: bytes


@cache
def load(name: str) -> Script:
    """Read the script of a verb, with the parts it uses."""
    folder = files(__package__) / "lua"
    verb = (folder / f"{name}.lua").read_text("utf-8")
    uses = _USES.search(verb)
    parts = [(folder / "parts" / f"{part}.lua").read_text("utf-8") for part in uses[1].split(", ")] if uses else []
    source = "\n".join([*parts, verb]).encode()
    return Script(source, hashlib.sha1(source, usedforsecurity=False).hexdigest().encode())


async def run(
    wire: Wire,
    name: str,
    keys: list[bytes],
    arguments: list[Argument],
    *,
    repeat: bool = True,
    says_again: bool = False,
) -> Any:
    """Run the script of a verb.

    Args:
        wire: Where the server is.
        name: The verb.
        keys: The keys it works on.
        arguments: Whatever else it needs.
        repeat: Run it once more when the connection was lost on the way, for then the first run may or may not have
            taken place. That is right for a script of which a second run changes nothing, which most are.
        says_again: Tell the script, by one more argument, whether it is run once more.

    Raises:
        ConnectionLost: the server cannot be reached, or went away before it had answered.
        ServerRefusal: the server will not run it.
    """
    try:
        return await _evaluate(wire, load(name), keys, [*arguments, 0] if says_again else arguments)
    except ConnectionLost:
        if not repeat:
            raise
        return await _evaluate(wire, load(name), keys, [*arguments, 1] if says_again else arguments)


async def _evaluate(wire: Wire, script: Script, keys: list[bytes], arguments: list[Argument]) -> Any:
    try:
        return await wire.call("EVALSHA", script.digest, len(keys), *keys, *arguments)
    except ServerRefusal as refusal:
        if not isinstance(refusal.__cause__, NoScriptError):
            raise
        # A server that has just been started or flushed does not know the script, and has not run it.
        return await wire.call("EVAL", script.source, len(keys), *keys, *arguments)
