"""The named statements of this benchmark (`statements.sql`), for PostgreSQL and DuckDB."""

import re
from functools import cache
from pathlib import Path

_BLOCK = re.compile(r"^-- name: (\w+)\n(?:--[^\n]*\n)*(.*?)(?=^-- name:|\Z)", re.MULTILINE | re.DOTALL)


def statement(name: str) -> str:
    """The text of one."""
    return _statements()[name]


@cache
def _statements() -> dict[str, str]:
    text = Path(__file__).with_name("statements.sql").read_text("utf-8")
    return {name: body.strip() for name, body in _BLOCK.findall(text)}
