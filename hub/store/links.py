"""Identity by number: roster lines and registry records that carry the same valid NIK or family card."""

from hub.store.database import Session
from hub.store.queries import query


async def link_rosters(session: Session) -> None:
    """Find contested numbers, then link every roster line anew; links that no longer hold are taken back."""
    await session.execute(query("link", "analyze_registry"))
    async with session.transaction() as transaction:
        await transaction.execute(query("link", "mark_contested_niks"))
        await transaction.execute(query("link", "mark_contested_kks"))
        await transaction.execute(query("link", "link_rosters"))
