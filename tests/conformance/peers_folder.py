"""The packages of peers/package-lock.json, installed once for each lock, beside Python's own packages."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

_SOURCES = Path(__file__).with_name("peers")
_PROGRAMS = Path(sys.executable).parent
_INSTALL_SECONDS = 600
NODE = str(_PROGRAMS / "node")


@contextmanager
def scripts() -> Iterator[Path]:
    """A folder with our scripts, from which Node finds the packages; its own for each test run."""
    with tempfile.TemporaryDirectory(dir=_installed(), prefix="run-") as folder:
        for script in _SOURCES.glob("*.mjs"):
            shutil.copy(script, folder)
        yield Path(folder)


def _installed() -> Path:
    digest = sha256((_SOURCES / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(sys.prefix) / f"conformance-{digest}"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test runs at once: one installs, the other waits
        if not folder.exists():
            _install(folder.with_suffix(".new"))
            folder.with_suffix(".new").rename(folder)
    return folder


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was interrupted
    folder.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(_SOURCES / name, folder)
    environment = {**os.environ, "PATH": f"{_PROGRAMS}:{os.environ.get('PATH', '')}"}
    command = [str(_PROGRAMS / "npm"), "ci", "--loglevel=error"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False
    )
    assert done.returncode == 0, f"npm could not install what the conformance tests need: {done.stderr[-2_000:]}"
