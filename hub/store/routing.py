"""Routing rules: which kinds of agency work on which case files."""

from dataclasses import asdict, dataclass
from datetime import datetime

from hub.domain.errors import InternalError
from hub.store.database import Session
from hub.store.queries import query
from hub.store.rows import read


@dataclass(frozen=True, slots=True)
class NewRoutingRule:
    """A rule to be; None for the regency, category or type: whichever it is. No lead: no rule for exactly this."""

    regency_code: str | None
    category: str | None
    type: str | None
    lead_kind: str | None
    support_kinds: tuple[str, ...]
    valid_from: datetime
    reason: str | None
    set_by: str


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A rule as it was set."""

    rule_no: int
    regency_code: str | None
    category: str | None
    type: str | None
    lead_kind: str | None
    support_kinds: list[str]
    valid_from: datetime
    reason: str | None
    set_by: str
    set_at: datetime


async def list_rules(session: Session, regency_code: str | None, now: datetime) -> list[RoutingRule]:
    """The rules that hold for a regency now: everybody's and its own."""
    rows = await session.fetch(query("routing", "list_routing_rules"), regency_code=regency_code, now=now)
    return read(RoutingRule, rows)


async def set_rule(session: Session, new: NewRoutingRule, now: datetime) -> RoutingRule:
    """Set a rule; earlier ones stay as they were."""
    values = asdict(new) | {"support_kinds": list(new.support_kinds)}
    row = await session.fetch_row(query("routing", "set_routing_rule"), now=now, **values)
    return _rule(row)


async def get_rule(session: Session, rule_no: int) -> RoutingRule:
    """A rule by its number."""
    return _rule(await session.fetch_row(query("routing", "find_routing_rule"), rule_no=rule_no))


def _rule(row: object) -> RoutingRule:
    if row is None:
        raise InternalError("a routing rule vanished")
    return RoutingRule(*row)  # type: ignore[misc]  # a row is a sequence of its columns
