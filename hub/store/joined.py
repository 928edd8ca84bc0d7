"""Statements that a request asks for at the same time, sent as one: a round trip costs more than a look by key."""

import re
from collections.abc import Sequence
from functools import lru_cache

from hub.store.queries import Query

FEW = 4
"""With more keys than this a statement goes alone: rows within a record cost more to read than rows."""

_NUMBER = re.compile(r"\$(\d+)")


def has_few_keys(arguments: Sequence[object]) -> bool:
    """Whether a statement looks for a few keys and no more."""
    return all(len(argument) <= FEW for argument in arguments if isinstance(argument, list))


@lru_cache(maxsize=64)  # pure: of the few statements that are written for it
def joined(queries: tuple[Query, ...]) -> str:
    """One row with an array of rows for each query; the parameters follow one another."""
    parts = []
    before = 0
    for query in queries:
        sql = _NUMBER.sub(lambda number, before=before: f"${int(number[1]) + before}", query.sql)  # type: ignore[misc]  # bound
        parts.append(f"array(select found from ({sql}) found)")  # noqa: S608 -- our own statements, none a caller's
        before += len(query.parameters)
    return "select " + ", ".join(parts)
