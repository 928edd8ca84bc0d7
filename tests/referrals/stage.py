"""Case files in work, and referrals of them walked to any status the way parties walk them."""

from dataclasses import replace
from typing import Any

from hub.domain.agencies import Agencies
from hub.domain.principal import SCOPES_OF_ROLE, Principal, Role
from hub.domain.referrals import ReferralAction, ReferralStatus
from hub.store import case_history, referrals, referrals_read
from hub.store.case_files import CaseFile
from hub.store.case_history import CaseEvent
from hub.store.database import Database
from hub.store.referrals_read import Referral, ReferralEvent
from resolvers.assignments import assign_case
from resolvers.case_files import CaseFileDraft, create_case_file
from resolvers.context import Context
from resolvers.held_case import Step
from resolvers.referral_actions import ReferralStep, move_referral
from resolvers.referral_drafts import ReferralDraft, draft_referral
from tests.resolvers.casework import STEPS, WAY_TO
from tests.schema.world import CALLERS, context
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, person_of

_A, _S = ReferralAction, ReferralStatus
WAYS: dict[ReferralStatus, tuple[ReferralAction, ...]] = {
    _S.DRAFT: (),
    _S.SENT: (_A.SEND,),  # to a district whose own system has not taken it yet
    _S.DELIVERED: (_A.SEND,),
    _S.ACCEPTED: (_A.SEND, _A.ACCEPT),
    _S.DECLINED: (_A.SEND, _A.DECLINE),
    _S.REDIRECTED: (_A.SEND, _A.REDIRECT),
    _S.IN_SERVICE: (_A.SEND, _A.ACCEPT, _A.BEGIN),
    _S.COMPLETED: (_A.SEND, _A.ACCEPT, _A.BEGIN, _A.COMPLETE),
    _S.FAILED: (_A.SEND, _A.ACCEPT, _A.FAIL),
    _S.CLOSED: (_A.SEND, _A.DECLINE, _A.CLOSE),
}
ELSEWHERE = "36.71"
BY_SENDER = {_A.SEND, _A.CLOSE}
SENDER, RECEIVER = "officer", "foreign-officer"
CALLERS_HERE: dict[str, Principal] = {
    **CALLERS,
    "foreign-system": Principal("foreign-system", Role.DISTRICT_SYSTEM, SCOPES_OF_ROLE[Role.DISTRICT_SYSTEM], FOREIGN),
    "third-officer": Principal("third", Role.DISTRICT_OFFICER, SCOPES_OF_ROLE[Role.DISTRICT_OFFICER], ELSEWHERE),
}


class Stage:
    """One world with the callers of both regencies."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._serial = 0

    def as_(self, caller: str) -> Context:
        return context(self.database, CALLERS_HERE[caller])

    async def case(self, number: int = 1, *, status: str = "ASSIGNED", regency: str = OWN) -> CaseFile:
        """A case file of the hub, in work."""
        writer = self.as_(SENDER if regency == OWN else RECEIVER)
        self._serial += 1
        draft = CaseFileDraft(
            VILLAGES[regency], household_of(regency, number), None, "NEED", "HEALTH", "WALK_IN", "Perlu berobat"
        )
        case = await create_case_file(writer, draft, f"case-{self._serial}")
        for name in WAY_TO[status].split():
            case = await self._go(name, regency, case)
        return case

    async def _go(self, name: str, regency: str, case: CaseFile) -> CaseFile:
        secretariat = CALLERS_HERE[SENDER if regency == OWN else RECEIVER]
        health = f"{regency}/DINAS_KESEHATAN"
        lead = replace(secretariat, client_id=f"officer of {health}", agency_code=health)
        is_lead = name in {"start", "wait", "wait_for_agency", "refer", "resolve"}
        ctx = context(self.database, lead if is_lead else secretariat)
        step = Step(case.case_file_id, f"case-{self._serial}-{name}", "so far")
        if name == "assign":
            return await assign_case(ctx, step, Agencies(health))
        return await STEPS[name][1](ctx, step)

    async def draft(self, case: CaseFile | None = None, **changes: Any) -> Referral:
        """A draft of 35.10 to 35.09, for the treatment of the head of household 1."""
        of = await self.case() if case is None else case
        draft = ReferralDraft(of.case_file_id, "HEALTH_TREATMENT", FOREIGN, person_id=person_of(OWN, 1))
        self._serial += 1
        return await draft_referral(self.as_(SENDER), replace(draft, **changes), f"draft-{self._serial}")

    async def do(
        self, action: ReferralAction, referral: Referral, caller: str | None = None, **changes: Any
    ) -> Referral:
        """What is asked, by whom it is for when nobody is named."""
        who = caller or (SENDER if action in BY_SENDER else RECEIVER)
        step = ReferralStep(
            action,
            referral.referral_id,
            None,
            reason="tidak ada dokter" if action is not _A.SEND else None,
            to_party="35.09/DINAS_KESEHATAN" if action is _A.REDIRECT else None,
        )
        self._serial += 1
        return await move_referral(self.as_(who), replace(step, **changes), f"do-{self._serial}")

    async def walk(self, status: ReferralStatus, case: CaseFile | None = None, **changes: Any) -> Referral:
        """A referral of that status."""
        referral = await self.draft(case, **changes)
        if status is _S.SENT:
            await self.make_able(FOREIGN)
        for action in WAYS[status]:
            referral = await self.do(action, referral)
        found = await self.read(referral)
        assert found.status == status
        return found

    async def make_able(self, regency: str) -> None:
        """The district's own system takes referrals."""
        await self.execute(
            "update district_system set capabilities = array_append(capabilities, 'REFERRALS') where regency_code = $1"
            " and not 'REFERRALS' = any (capabilities)",
            regency,
        )

    async def read(self, referral: Referral) -> Referral:
        [found] = await referrals_read.find_referrals(self.database.jobs, [referral.referral_id])
        assert found is not None
        return found

    async def history(self, referral: Referral) -> list[ReferralEvent]:
        [events] = await referrals_read.list_events(self.database.jobs, [referral.referral_id])
        return events

    async def case_status(self, case_file_id: int) -> str:
        case = await referrals.find_sender_case(self.database.jobs, case_file_id)
        assert case is not None
        return case.status

    async def case_history(self, case_file_id: int) -> list[CaseEvent]:
        [events] = await case_history.list_events(self.database.jobs, [case_file_id])
        return events

    async def execute(self, statement: str, *values: object) -> None:
        async with self.database.jobs.connection() as connection:
            await connection.execute(statement, *values)

    async def fetch(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        async with self.database.jobs.connection() as connection:
            return [tuple(row) for row in await connection.fetch(statement, *values)]
