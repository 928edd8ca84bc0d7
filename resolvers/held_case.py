"""A case file that is held while one thing is done with it: who may, from where to where, and the lines of history about it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from hub.domain.cases import ASSIGNMENT_TRANSITIONS, CASE_TRANSITIONS
from hub.domain.casework import (
    ALLOWED_IN,
    ASSIGNMENT_MOVES,
    CASE_MOVES,
    WHO_MAY,
    CaseAction,
    Standing,
    may,
    standings_of,
)
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.domain.opaque_id import Kind, opaque_id
from hub.domain.principal import Principal, Role, Scope
from hub.store import case_files, casework, idempotency
from hub.store.case_files import CaseFile
from hub.store.case_history import NewCaseEvent
from hub.store.casework import Assignment
from hub.store.database import Session
from resolvers.case_changes import note_changes
from resolvers.context import Context

TEXT_MAX = 4_000
HUB = "HUB"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do with a case file. The same key with the same step does it once.

    `expected_version` is that of the field group which it changes, as the caller last saw it; None: whatever it is now.
    """

    case_file_id: int
    key: str
    reason: str | None = None
    expected_version: int | None = None


class HeldCase:
    """A case file in a transaction that holds it."""

    def __init__(
        self, ctx: Context, session: Session, case_file: CaseFile, assignments: Sequence[Assignment], key: str
    ) -> None:
        self.ctx = ctx
        self.session = session
        self.case_file = case_file
        self.assignments = list(assignments)
        self.now = ctx.clock()
        self.events: list[NewCaseEvent] = []
        self.acting_agency = ctx.principal.agency_code
        self._key = key

    @property
    def name(self) -> str:
        """How a person names it."""
        return f"case file {self.case_file.number}"

    @property
    def active(self) -> dict[str, Assignment]:
        """The assignments on which an agency still works, by its code."""
        return {one.agency_code: one for one in self.assignments if one.is_active}

    @property
    def standings(self) -> frozenset[Standing]:
        """As what the caller stands to it."""
        return standings_of(self.ctx.principal, {code: one.role for code, one in self.active.items()})

    def require(self, action: CaseAction) -> None:
        """Raise Forbidden when the caller may not do this, Conflict when the case file's status does not allow it."""
        standings = self.standings
        if not may(action, standings):
            raise Forbidden(
                f"{action} of {self.name} is for {_listed(WHO_MAY[action])}: {who(self.ctx.principal, standings)}"
            )
        allowed = ALLOWED_IN.get(action)
        if allowed is not None and self.case_file.status not in allowed:
            raise Conflict(f"{self.name} is {self.case_file.status}: {action} is for those that are {_listed(allowed)}")

    def expect(self, group: str, expected: int | None, found: int) -> None:
        """Raise Conflict when the caller saw another version of a field group than there is now."""
        if expected is not None and expected != found:
            raise Conflict(
                f"the {group} of {self.name} has version {found} by now, you expected {expected}: read it again"
            )

    async def move(
        self,
        action: CaseAction,
        step: Step,
        *,
        resolution: str | None = None,
        duplicate_of: int | None = None,
    ) -> None:
        """Move the case file; raises Conflict when it cannot go there from where it stands."""
        was, moving, base = self.case_file.status, CASE_MOVES[action], self.case_file.status_version
        self.expect("status", step.expected_version, base)
        if was not in moving.from_statuses:
            ways = ", ".join(sorted(CASE_TRANSITIONS[was])) or "nothing else"
            raise Conflict(f"{self.name} is {was} and can move to {ways}: {action} would make it {moving.to_status}")
        versions = await casework.move_case_files(
            self.session,
            [self.case_file.case_file_id],
            moving.to_status,
            self.now,
            resolution=resolution,
            duplicate_of=duplicate_of,
        )
        changes = {"resolution": resolution} if resolution is not None else {}
        if duplicate_of is not None:
            changes["duplicateOf"] = opaque_id(Kind.CASE_FILE, duplicate_of)
        self.tell(
            "STATUS",
            base_version=base,
            version=versions[self.case_file.case_file_id],
            from_value=was,
            to_value=moving.to_status,
            changes=changes,
            reason=step.reason,
        )
        await self.read_again()

    async def move_assignment(self, action: CaseAction, found: Assignment, text: str | None) -> None:
        """Move an assignment; raises Conflict when it cannot go there. `text` is its result, or why."""
        moving = ASSIGNMENT_MOVES[action]
        if found.status not in moving.from_statuses:
            ways = ", ".join(sorted(ASSIGNMENT_TRANSITIONS[found.status])) or "nothing else"
            raise Conflict(
                f"the assignment of {found.agency_code} in {self.name} is {found.status} and can move to {ways}: "
                f"{action} would make it {moving.to_status}"
            )
        await self._move_all([found], moving.to_status, text)

    async def end_assignments(self, text: str | None) -> None:
        """Take the case file back from all agencies that still have it: nobody works on it any more."""
        active = list(self.active.values())
        if active:
            await self._move_all(active, "WITHDRAWN", text)

    async def assign(self, agencies: Sequence[tuple[str, str]], reason: str | None) -> None:
        """Give the case file to agencies: pairs of agency code and role."""
        added = await casework.add_assignments(self.session, self.case_file.case_file_id, agencies, self.now)
        self.assignments += added
        for one in added:
            changes = {"role": one.role}
            self.tell(
                "ASSIGNMENT", item=one.agency_code, version=1, to_value=one.status, changes=changes, reason=reason
            )

    async def read_again(self) -> None:
        """See what became of it."""
        self.case_file = await get_case_file(self.session, self.case_file.case_file_id)

    def tell(self, field_group: str, **line: Any) -> None:
        """Add a line of history."""
        key = self._key if not self.events else f"{self._key}#{len(self.events) + 1}"
        values: dict[str, Any] = {
            "case_file_id": self.case_file.case_file_id,
            "event_key": key,
            "field_group": field_group,
            "happened_at": self.now,
            "actor": self.ctx.principal.client_id,
            "actor_role": self.ctx.principal.role.value,
            "agency_code": self.acting_agency,
        }
        self.events.append(NewCaseEvent(**(values | line)))

    async def _move_all(self, found: Sequence[Assignment], status: str, text: str | None) -> None:
        moved = await casework.move_assignments(self.session, found, status, text, self.now)
        before = {one.assignment_no: one for one in self.assignments}
        for one in sorted(moved, key=lambda one: one.assignment_no):
            was = before[one.assignment_no]
            before[one.assignment_no] = one
            self.tell(
                "ASSIGNMENT",
                item=one.agency_code,
                base_version=was.version,
                version=one.version,
                from_value=was.status,
                to_value=one.status,
                changes={"role": one.role},
                reason=text,
            )
        self.assignments = list(before.values())


async def do_step(
    ctx: Context,
    operation: str,
    step: Step,
    asked: Mapping[str, object],
    work: Callable[[HeldCase], Awaitable[None]],
    *,
    also: int | None = None,
) -> CaseFile:
    """Do one thing with a case file, with its history, once for a key; `asked` is all that the caller said beside the step.

    `also` is another case file that the work tells something of, held too.
    """
    ctx.require(Scope.CASE_WRITE)
    check_text("reason", step.reason)
    async with ctx.session.transaction() as transaction:
        digest = sha256(msgspec.json.encode({"step": step, **asked}, order="sorted")).digest()
        claim = idempotency.Claim(ctx.principal.client_id, operation, step.key, digest)
        if await idempotency.claim(transaction, claim, ctx.clock()) is None:
            async with holding(ctx, transaction, step.case_file_id, f"{operation}/{step.key}", also) as held:
                await work(held)
            await idempotency.keep(transaction, claim, step.case_file_id)
        return await get_case_file(transaction, step.case_file_id)


@asynccontextmanager
async def holding(
    ctx: Context, session: Session, case_file_id: int, key: str, also: int | None = None
) -> AsyncIterator[HeldCase]:
    """Hold a case file in a transaction; what the block tells is written into its history at the end.

    `key` names the change for this caller. Raises Conflict when its district's system takes no changes.
    """
    wanted = {case_file_id} if also is None else {case_file_id, also}
    found = {each: await case_files.lock_case_file(session, each) for each in sorted(wanted)}  # in one order for all
    case_file = found[case_file_id]
    if case_file is None:
        raise NotFound(f"there is no case file {opaque_id(Kind.CASE_FILE, case_file_id)!r}")
    await _require_takes_changes(session, case_file)
    assignments = (await casework.list_assignments(session, [case_file_id]))[0]
    held = HeldCase(ctx, session, case_file, assignments, f"{ctx.principal.client_id}/{key}")
    yield held
    await note_changes(session, held.events, held.now)


async def get_case_file(session: Session, case_file_id: int) -> CaseFile:
    """The case file; raises NotFound when there is none for the caller."""
    case_file = (await case_files.find_case_files(session, [case_file_id]))[0]
    if case_file is None:
        raise NotFound(f"there is no case file {opaque_id(Kind.CASE_FILE, case_file_id)!r}")
    return case_file


def acts_as_lead(held: HeldCase) -> Assignment | None:
    """The assignment of the lead, if the caller speaks for it: its own, or any for the system of the district."""
    lead = next((one for one in held.active.values() if one.role == "LEAD"), None)
    principal = held.ctx.principal
    speaks = principal.role is Role.DISTRICT_SYSTEM or (lead is not None and lead.agency_code == principal.agency_code)
    return lead if speaks else None


def who(principal: Principal, standings: frozenset[Standing]) -> str:
    """Who is calling, for the message of a refusal."""
    if principal.agency_code is not None:
        return f"you work for {principal.agency_code}, which is {_listed(standings)} here"
    return f"you are {_listed(standings) if standings else principal.role}"


def check_text(name: str, text: str | None, *, longest: int = TEXT_MAX) -> None:
    """Raise Invalid for an empty or overlong text."""
    if text is not None and not 1 <= len(text.strip()) <= len(text) <= longest:
        raise Invalid(f"{name} has {len(text)} characters: 1 to {longest} are allowed, not all of them blank", (name,))


async def _require_takes_changes(session: Session, case_file: CaseFile) -> None:
    source = case_file.source_code
    if source != HUB and not await casework.takes_case_updates(session, source):
        raise Conflict(
            f"case file {case_file.number} is kept by {source}, whose system takes no changes (it lacks the capability "
            "CASE_UPDATES): change it in that system"
        )


def _listed(words: frozenset[Any]) -> str:
    return ", ".join(sorted(words)) or "nobody"
