"""The documentation as its readers find it: pages, code blocks, tables."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: where it stands, its language (may be empty), its text."""

    page: Path
    language: str
    text: str


@pytest.fixture(scope="session")
def root() -> Path:
    return _ROOT


@pytest.fixture(scope="session")
def pages() -> list[Path]:
    """README, CHANGELOG and everything in docs/."""
    return [_ROOT / "README.md", _ROOT / "CHANGELOG.md", *sorted((_ROOT / "docs").rglob("*.md"))]


@pytest.fixture(scope="session")
def blocks(pages: list[Path]) -> list[Block]:
    return [
        Block(page, language, text)
        for page in pages
        for language, text in _BLOCK.findall(page.read_text(encoding="utf-8"))
    ]


@pytest.fixture(scope="session")
def text_of() -> Callable[[str], str]:
    """The text of a page by its path."""
    return lambda name: (_ROOT / name).read_text(encoding="utf-8")
