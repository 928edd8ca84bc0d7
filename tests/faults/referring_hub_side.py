"""The process of a hub whose officers refer to a district while it tells the district and reads its feed.

    python -m tests.faults.referring_hub_side DATABASE_URL DISTRICT_URL PHASE_FILE SEED

In the phase `storm` they refer, take back and close; in `drain` they do nothing more, and it ends when all is told and read.
"""

import random
import secrets

from hub.domain.errors import CallerError
from hub.domain.ids import stable_id
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.referrals import ReferralAction
from hub.ingest.pull import Sync
from hub.store.database import Database
from resolvers.case_changes import note_changes
from resolvers.context import Context, context_of
from resolvers.referral_actions import ReferralStep, move_referral
from resolvers.referral_drafts import ReferralDraft, draft_referral
from resolvers.referral_updates import move_as_told
from tests.faults.hub_loop import CODE, clock, main

SENDER = "35.09"
MOST_REFERRED = 200
TAKEN_BACK = ("SENT", "DELIVERED")
ENDED = ("COMPLETED", "FAILED", "DECLINED")


class Officers:
    """They refer what they have, send it, take some back and take note of how others ended; some requests are sent twice."""

    def __init__(self, database: Database, seed: int) -> None:
        role = Role.DISTRICT_OFFICER
        self._ctx: Context = context_of(database, Principal("sender", role, SCOPES_OF_ROLE[role], SENDER), clock, {})
        self._database = database
        self._rng = random.Random(seed)

    async def do_something(self) -> None:
        async with self._database.jobs.connection() as connection:
            rows = await connection.fetch("select referral_id, status, leg_no, to_party from referral order by 1")
        drafts = [row[0] for row in rows if row[1] == "DRAFT"]
        if drafts:  # also those of a process that was killed
            await self._move(ReferralAction.SEND, self._rng.choice(drafts), None)
        elif len(rows) < MOST_REFERRED and self._rng.random() < 0.6:
            await self._refer()
        else:
            ended = [row[0] for row in rows if row[1] in ENDED]
            waiting = [row[0] for row in rows if row[1] in TAKEN_BACK]
            choice = ended if self._rng.random() < 0.7 else waiting
            if choice:
                await self._move(ReferralAction.CLOSE, self._rng.choice(choice), "taken back or noted")

    async def _refer(self) -> None:
        draft = ReferralDraft(await self._open_case(), "FOOD_AID", CODE)
        key = secrets.token_hex(8)
        for _ in range(self._rng.choice((1, 2))):
            await draft_referral(self._ctx, draft, key)

    async def _open_case(self) -> int:
        record_id = secrets.token_hex(8)
        number = stable_id("case_file", "HUB", record_id)
        async with self._database.jobs.connection() as connection:
            await connection.execute(
                "insert into case_file (case_file_id, source_code, source_record_id, source_revision, observed_at, fetched_at,"
                " regency_code, region_code, number, type, category, channel, status, summary, received_at)"
                " values ($1, 'HUB', $2, 1, $3, $3, '35.09', '35.09.01.2001', $2, 'NEED', 'FOOD', 'HUB', 'IN_PROGRESS', 'x', $3)",
                number,
                record_id,
                clock(),
            )
        return number

    async def _move(self, action: ReferralAction, referral_id: int, reason: str | None) -> None:
        step, key = ReferralStep(action, referral_id, None, reason), secrets.token_hex(8)
        for _ in range(self._rng.choice((1, 2))):
            try:
                await move_referral(self._ctx, step, key)
            except CallerError:  # the district was faster
                return


def _sync_of(database: Database) -> Sync:
    return Sync(database.jobs, clock, batch_records=10, move_referrals=move_as_told, note_changes=note_changes)


if __name__ == "__main__":
    main(Officers, _sync_of)
