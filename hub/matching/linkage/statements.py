"""Named statements for DuckDB: `-- name: what_it_does` blocks of `statements.sql`, with slots for what the code compares."""

import re
from functools import cache
from importlib import resources

_HEADER = re.compile(r"^-- name: (\w+)\n((?:--.*\n)*)", re.MULTILINE)
_SLOT = re.compile(r"/\*\{(\w+)\}\*/")


def statement(name: str, **slots: object) -> str:
    """The statement with every slot filled; never with a value of a record."""
    return _SLOT.sub(lambda slot: str(slots[slot[1]]), _blocks()[name])


@cache
def _blocks() -> dict[str, str]:
    text = (resources.files("hub.matching.linkage") / "statements.sql").read_text("utf-8")
    _, *parts = _HEADER.split(text)
    return {name: body.strip() for name, body in zip(parts[::3], parts[2::3], strict=True)}
