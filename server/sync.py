"""Reads all feeds to their end, while the directory may change: a district that joins is read too, one that goes is let go."""

import asyncio

from hub.domain.errors import Fatal
from hub.domain.source import Capability, Connector
from hub.ingest.pull import Progress, SourceReport, Sync, no_progress
from hub.store.database import Session
from resolvers.case_changes import note_changes
from resolvers.context import Clock
from resolvers.referral_updates import move_as_told
from server.outside import Outside


def sync_of(jobs: Session, clock: Clock, progress: Progress = no_progress, *, reads_profiles: bool = True) -> Sync:
    """How this installation reads feeds: what they tell of case files and referrals has its consequences at once."""
    return Sync(
        jobs,
        clock,
        progress,
        move_referrals=move_as_told,
        reads_profiles=reads_profiles,
        note_changes=note_changes,
    )


async def pull_outside(sync: Sync, outside: Outside) -> list[SourceReport]:
    """A report for each source that takes part at the end; one that fails does not hold up the others."""
    pulls: dict[str, tuple[Connector, asyncio.Task[SourceReport]]] = {}
    try:
        while True:
            known = outside.version
            _adjust(pulls, sync, outside)
            waiting = [task for _, task in pulls.values() if not task.done()]
            if not waiting:
                break
            changed = asyncio.create_task(outside.wait_for_change(known))
            await asyncio.wait([*waiting, changed], return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
    finally:
        tasks = [task for _, task in pulls.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    reports = [task.result() for _, task in pulls.values()]
    return [*reports, *_unresolved(outside)]


def _adjust(pulls: dict[str, tuple[Connector, asyncio.Task[SourceReport]]], sync: Sync, outside: Outside) -> None:
    able = {code: c for code, c in outside.connectors.items() if Capability.PULL in c.capabilities}
    for code in [code for code, (connector, _) in pulls.items() if able.get(code) is not connector]:
        connector, task = pulls[code]
        if code in able and task.done():  # it was read to its end before it changed
            able.pop(code)
        else:
            task.cancel()
            del pulls[code]
    for code, connector in able.items():
        if code not in pulls:
            pulls[code] = (connector, asyncio.create_task(sync.pull(connector)))


def _unresolved(outside: Outside) -> list[SourceReport]:
    return [
        SourceReport(code, error=Fatal(code, f"District {code} cannot be asked: {error.message}"))
        for code, error in outside.unresolved.items()
    ]
