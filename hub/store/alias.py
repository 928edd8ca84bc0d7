"""Ids of households that moved: a batch meets the rows that stand for them now."""

from hub.store.database import Session
from hub.store.queries import query

_ALIASED = ("household", "person", "case_file", "village_service")


async def follow_moves(session: Session, source_code: str) -> None:
    """Give staged records the ids of the rows that they were united with, and refuse what a former district still says.

    Until the transaction ends no move is applied, so nothing that is merged now can miss one.
    """
    await session.execute(query("alias", "hold_moves"))
    if not await session.fetch_value(query("alias", "has_moves")):
        return
    for stage in _ALIASED:
        await session.execute(query("alias", f"alias_stage_{stage}"))
    await session.execute(query("alias", "find_moved_rejects"), source_code=source_code)
    await session.execute(query("alias", "drop_moved_households"), source_code=source_code)
