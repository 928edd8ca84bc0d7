"""Rule sets, the versions of programmes' rules: written, moved from state to state, and their history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from hub.domain.errors import NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import by_key, grouped, read

RuleKey = tuple[str, int]
"""Programme and version."""


class RuleSet(msgspec.Struct, frozen=True, gc=False):
    """One version of a programme's rule as it stands. `rule` and `examples` are its document, as JSON."""

    programme_code: str
    version: int
    status: str
    origin: str
    revision: int
    effective_from: date | None
    effective_to: date | None
    drafted_by: str
    simulation_id: int | None
    approved_by: str | None
    moved_by: str
    moved_at: datetime
    reason: str
    rule: dict[str, object]
    examples: list[object]

    @property
    def key(self) -> RuleKey:
        """Programme and version."""
        return (self.programme_code, self.version)

    @property
    def code(self) -> str:
        """As people write it."""
        return f"{self.programme_code}/{self.version}"

    @property
    def id(self) -> str:
        """The opaque id."""
        return opaque_id(Kind.RULE_SET, self.code)

    @property
    def document(self) -> str:
        """Rule and examples as JSON text, with keys in order: equal documents are equal texts."""
        whole = {"rule": self.rule, "examples": self.examples}
        return msgspec.json.format(msgspec.json.encode(whole, order="sorted"), indent=2).decode()


class RuleMove(msgspec.Struct, frozen=True, gc=False):
    """One line of the history of a version. `is_written`: this move brought the document."""

    programme_code: str
    version: int
    from_status: str | None
    to_status: str
    revision: int
    effective_from: date | None
    effective_to: date | None
    simulation_id: int | None
    actor: str
    reason: str
    is_written: bool
    moved_at: datetime


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes something, when, and why."""

    actor: str
    now: datetime
    reason: str

    def values(self) -> dict[str, object]:
        """As the queries take it."""
        return {"actor": self.actor, "now": self.now, "reason": self.reason}


async def find_rule_sets(session: Session, keys: Sequence[RuleKey]) -> list[RuleSet | None]:
    """The version of each key."""
    rows = await session.fetch(
        query("rule_set", "find_rule_sets"), codes=[code for code, _ in keys], versions=[version for _, version in keys]
    )
    return by_key(keys, ((rule.key, rule) for rule in read(RuleSet, rows)))


async def list_rule_sets(
    session: Session, programme_code: str | None, status: str | None, *, after: tuple[str, int], first: int
) -> list[RuleSet]:
    """A page in the order of programmes, the newest version first; `after` is (programme, minus version)."""
    rows = await session.fetch(
        query("rule_set", "list_rule_sets"),
        programme_code=programme_code,
        status=status,
        after_code=after[0],
        after_version=after[1],
        first=first,
    )
    return read(RuleSet, rows)


async def list_history(session: Session, keys: Sequence[RuleKey]) -> list[list[RuleMove]]:
    """What became of each version, in order."""
    rows = await session.fetch(
        query("rule_set", "list_history"), codes=[code for code, _ in keys], versions=[version for _, version in keys]
    )
    moves = read(RuleMove, rows)
    return grouped(keys, (((move.programme_code, move.version), move) for move in moves))


async def list_authors(session: Session, key: RuleKey) -> list[str]:
    """Who wrote the version or changed its document."""
    rows = await session.fetch(query("rule_set", "list_authors"), programme_code=key[0], version=key[1])
    return [row["actor"] for row in rows]


async def lock_rule_set(session: Session, key: RuleKey) -> RuleSet:
    """The version, held until the transaction ends; NotFound when there is none."""
    rows = await session.fetch(query("rule_set", "lock_rule_set"), programme_code=key[0], version=key[1])
    if not rows:
        raise NotFound(f"{key[0]} has no rule of version {key[1]}: ask for `ruleSets` to see them")
    return read(RuleSet, rows)[0]


async def lock_programme(session: Session, programme_code: str) -> str:
    """Hold the programme's versions together until the transaction ends; its unit. NotFound when there is none."""
    unit: str | None = await session.fetch_value(query("rule_set", "lock_programme"), programme_code=programme_code)
    if unit is None:
        raise NotFound(f"there is no programme {programme_code!r}: ask for `programmes` to see them")
    return unit


async def add_draft(session: Session, programme_code: str, document: "Document", hand: Hand) -> int:
    """A new version; its number."""
    version: int = await session.fetch_value(
        query("rule_set", "add_draft"), programme_code=programme_code, **document.values(), **hand.values()
    )
    return version


@dataclass(frozen=True, slots=True)
class Document:
    """What an author writes: the rule, and examples that it must get right."""

    rule: dict[str, object]
    examples: list[object]

    def values(self) -> dict[str, object]:
        """As the queries take it."""
        return {"rule": self.rule, "examples": self.examples}


async def change_draft(session: Session, key: RuleKey, document: Document, hand: Hand) -> None:
    """Another document; the version is a draft again."""
    await session.execute(query("rule_set", "change_draft"), **_named(key), **document.values(), **hand.values())


async def move_rule_set(session: Session, key: RuleKey, to_status: str, hand: Hand) -> None:
    """To another state, without more."""
    await session.execute(query("rule_set", "move_rule_set"), **_named(key), to_status=to_status, **hand.values())


async def note_simulated(session: Session, key: RuleKey, simulation_id: int, hand: Hand) -> None:
    """The version is simulated."""
    await session.execute(
        query("rule_set", "note_simulated"), **_named(key), simulation_id=simulation_id, **hand.values()
    )


async def approve_rule_set(session: Session, key: RuleKey, hand: Hand) -> None:
    """Approved by the actor; the database refuses its authors."""
    await session.execute(query("rule_set", "approve_rule_set"), **_named(key), **hand.values())


async def find_last_published(session: Session, programme_code: str) -> tuple[int, date] | None:
    """Version and first day of what counts last."""
    row = await session.fetch_row(query("rule_set", "find_last_published"), programme_code=programme_code)
    return None if row is None else (row["version"], row["effective_from"])


async def publish_rule_set(session: Session, key: RuleKey, effective_from: date, hand: Hand) -> None:
    """It counts from a day on, and what counted before makes room."""
    values = {**_named(key), **hand.values(), "effective_from": effective_from}
    await session.execute(query("rule_set", "bound_predecessor"), **values)
    await session.execute(query("rule_set", "publish_rule_set"), **values)


async def end_rule_set(session: Session, key: RuleKey, effective_to: date, to_status: str, hand: Hand) -> None:
    """It counts up to a day."""
    await session.execute(
        query("rule_set", "end_rule_set"),
        **_named(key),
        **hand.values(),
        effective_to=effective_to,
        to_status=to_status,
    )


async def reopen_predecessor(session: Session, key: RuleKey, effective_to: date, hand: Hand) -> None:
    """What would have ended on the day for this version counts on."""
    await session.execute(
        query("rule_set", "reopen_predecessor"), **_named(key), **hand.values(), effective_to=effective_to
    )


async def retire_past(session: Session, now: datetime) -> None:
    """Retire the versions whose last day has passed."""
    await session.execute(query("rule_set", "retire_past"), actor="hub", now=now, today=now.date())


def _named(key: RuleKey) -> dict[str, object]:
    return {"programme_code": key[0], "version": key[1]}
