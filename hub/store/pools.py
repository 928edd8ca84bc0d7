"""Pools of entitlements: which have something left, and whether all balance."""

from hub.store.database import Session
from hub.store.queries import query


async def list_open_pools(session: Session) -> list[tuple[str, str]]:
    """(programme, period) of pools with free slots whose eligible units wait, in order."""
    rows = await session.fetch(query("pool", "list_open"))
    return [(row["programme_code"], row["period"]) for row in rows]


async def audit_pools(session: Session) -> list[int]:
    """Pools whose counts, slots, ledger and matches do not agree: always none."""
    return [row["pool_id"] for row in await session.fetch(query("pool", "audit_pools"))]
