"""The repository as a clone would hold it."""

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return _ROOT


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((_ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="session")
def files() -> list[Path]:
    """Every file that git would track; walked, because a bare system has no git."""
    lines = (_ROOT / ".gitignore").read_text("utf-8").split()
    ignored = {line.strip("/") for line in lines} | {".git"}
    found: list[Path] = []
    for folder, folders, names in os.walk(_ROOT):
        here = Path(folder)
        folders[:] = [name for name in folders if not ignored & {name, (here / name).relative_to(_ROOT).as_posix()}]
        found += [here / name for name in names if not ignored & {name, (here / name).relative_to(_ROOT).as_posix()}]
    return sorted(found)
