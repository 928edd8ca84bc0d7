"""Answers that are valid JSON and wrong: what FaultyApp makes of a page of records."""

from copy import deepcopy
from random import Random
from typing import Any

RECORD_LISTS = ("participants", "households", "changes", "pools", "quotas", "results", "nodes", "matchesDeliver")
WRONG_SHARE = 0.1


def record_lists(answer: Any) -> list[list[Any]]:
    """The lists of records in an answer, of a national system or of a district's GraphQL."""
    found: list[list[Any]] = []
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key in RECORD_LISTS and isinstance(value, list):
                found.append(value)
            elif isinstance(value, dict):
                found.extend(record_lists(value))
    return found


def with_wrong_types(answer: Any, rng: Random) -> Any:
    """One field of another type in a tenth of the records, at least in one."""
    for records in record_lists(answer):
        if records:
            count = max(1, round(len(records) * WRONG_SHARE))
            for position in rng.sample(range(len(records)), count):
                _spoil_field(_entity(records[position]), rng)
    return answer


def duplicated(answer: Any, rng: Random) -> Any:
    """A tenth of the records, at least one, stand twice."""
    for records in record_lists(answer):
        for record in rng.sample(records, min(len(records), max(1, len(records) // 10))):
            records.insert(rng.randrange(len(records) + 1), deepcopy(record))
    return answer


def out_of_order(answer: Any, rng: Random) -> Any:
    """Records shuffled; a tenth comes again at the end as it was in an older revision."""
    for records in record_lists(answer):
        stale = rng.sample(records, min(len(records), max(1, len(records) // 10)))
        older = [_older(record) for record in stale if "revision" in record]
        rng.shuffle(records)
        records.extend(older)
    return answer


def half_page(answer: Any, _: Random) -> Any:
    """The first half of a page of a search, at least one row; a list that goes on by a cursor stays whole."""
    data = answer.get("data") if isinstance(answer, dict) else None
    page = data.get("caseFileSearch") if isinstance(data, dict) else None
    if page is not None and len(page["nodes"]) > 1:
        page["nodes"] = page["nodes"][: (len(page["nodes"]) + 1) // 2]
        page["hasMore"] = True
    return answer


def _entity(record: Any) -> dict[str, Any]:
    """The record itself: in a district's feed it stands inside of the change."""
    inner = record.get("entity") if isinstance(record, dict) else None
    if isinstance(inner, dict):
        return inner
    return record if isinstance(record, dict) else {}


def _older(record: Any) -> Any:
    older = deepcopy(record)
    entity = _entity(older)
    for holder in (older,) if entity is older else (older, entity):
        if "revision" in holder:
            holder["revision"] -= 1
    for field in ("name", "head_name", "address", "summary"):
        if isinstance(entity.get(field), str):
            entity[field] = "OLD"
    return older


def _spoil_field(entity: dict[str, Any], rng: Random) -> None:
    fields = [name for name in entity if name != "__typename"]
    if fields:
        field = rng.choice(fields)
        entity[field] = _of_another_type(entity[field])


def _of_another_type(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return {"unexpected": True}
    if isinstance(value, bool | list | dict):
        return 42
    return "not a number"
