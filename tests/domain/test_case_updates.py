"""The conflict rule: whatever both sides change, and however the messages between them interleave, both end alike."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.domain.case_updates import Refusal, assignments_fault, judge, rebased
from hub.domain.cases import CASE_STATUSES
from hub.domain.records import AssignmentRecord, CaseFileRecord, CaseUpdate, CaseValues

NOW = datetime(2026, 7, 1, tzinfo=UTC)
AGENCIES = ("35.10/DINAS_SOSIAL", "35.10/DINAS_KESEHATAN")
CASE = CaseFileRecord(
    source_record_id="C1",
    revision=1,
    observed_at=NOW,
    number="1",
    type="NEED",
    category="HEALTH",
    channel="VISIT",
    region_code="35.10.01.2001",
    status="RECEIVED",
    received_at=NOW,
    description_version=1,
    subject_version=1,
    status_version=1,
    assignments=(),
)


def update(group: str, base: int | None = None, item: str = "", **values: object) -> CaseUpdate:
    return CaseUpdate(
        key="k",
        field_group=group,
        item=item,
        base_version=base,
        values=CaseValues(**values),
        actor="a",
        actor_role="r",
        happened_at=NOW,
    )


def assigned(status: str, role: str = "LEAD", at: datetime = NOW, agency: str = AGENCIES[0]) -> CaseUpdate:
    return update("ASSIGNMENT", item=agency, assignment_role=role, assignment_status=status, assigned_at=at)


@pytest.mark.parametrize(
    ("base", "own_version", "is_taken"), [(1, 1, True), (1, 2, False), (2, 2, True), (None, 1, True), (3, 2, True)]
)
def test_a_description_is_refused_when_the_owners_people_changed_it_after_its_base(
    base: int | None, own_version: int, is_taken: bool
) -> None:
    case = replace(CASE, description_version=3)
    judged = judge(case, update("DESCRIPTION", base, type="NEED", category="FOOD", summary="new"), own_version)
    expected = replace(case, category="FOOD", summary="new", description_version=4)
    assert judged == (expected if is_taken else Refusal.STALE_BASE)


def test_a_subject_is_refused_when_the_owners_people_changed_it_after_its_base() -> None:
    asked = update("SUBJECT", 1, household_record_id="H1")
    assert judge(CASE, asked, 1) == replace(CASE, household_record_id="H1", subject_version=2)
    assert judge(CASE, asked, 2) is Refusal.STALE_BASE


def test_a_move_is_taken_from_the_present_status_whatever_its_base_is() -> None:
    assert judge(CASE, update("STATUS", 1, status="TRIAGED"), 9) == replace(CASE, status="TRIAGED", status_version=2)
    assert judge(CASE, update("STATUS", 1, status="CLOSED"), 1) is Refusal.MOVE_NOT_ALLOWED
    assert judge(CASE, update("STATUS", 1, status="SOLVED"), 1) is Refusal.INCOMPLETE
    closed = judge(replace(CASE, status="RESOLVED"), update("STATUS", status="CLOSED", resolution="done"), 1)
    assert closed == replace(CASE, status="CLOSED", resolution="done", closed_at=NOW, status_version=2)


def test_assignments_move_by_their_own_states_and_one_lead_is_open() -> None:
    lead = judge(CASE, assigned("ASSIGNED"), 1)
    assert isinstance(lead, CaseFileRecord)
    assert judge(lead, assigned("ASSIGNED"), 1) is Refusal.ALREADY_ASSIGNED
    assert judge(lead, assigned("ASSIGNED", agency=AGENCIES[1]), 1) is Refusal.LEAD_TAKEN
    assert judge(lead, assigned("COMPLETED"), 1) is Refusal.MOVE_NOT_ALLOWED
    assert judge(lead, assigned("ACKNOWLEDGED", at=NOW + timedelta(1)), 1) is Refusal.NOT_ASSIGNED
    assert judge(CASE, assigned("ACKNOWLEDGED"), 1) is Refusal.NOT_ASSIGNED
    assert judge(CASE, update("ASSIGNMENT", item=AGENCIES[0]), 1) is Refusal.INCOMPLETE
    ended = judge(lead, assigned("DECLINED"), 1)
    assert isinstance(ended, CaseFileRecord)
    again = judge(ended, assigned("ASSIGNED", at=NOW + timedelta(1)), 1)
    assert isinstance(again, CaseFileRecord)
    assert [(one.status, one.version) for one in again.assignments or ()] == [("ASSIGNED", 3)]


@pytest.mark.parametrize("group", ["OPENING", "ATTACHMENT", "NOTE", "ESCALATION"])
def test_what_is_added_is_always_taken(group: str) -> None:
    assert judge(CASE, update(group), 9) == CASE


def test_assignments_that_contradict_each_other_are_named() -> None:
    one = AssignmentRecord(agency_code=AGENCIES[0], role="LEAD", status="ASSIGNED", version=1, assigned_at=NOW)
    other = replace(one, agency_code=AGENCIES[1])
    assert assignments_fault([one, replace(other, role="SUPPORT")]) is None
    assert assignments_fault([one, other]) == "ASSIGNMENTS_CONTRADICT"
    assert assignments_fault([one, replace(one, role="SUPPORT")]) == "ASSIGNMENTS_CONTRADICT"
    assert assignments_fault([replace(one, status="COMPLETED")]) == "ASSIGNMENTS_CONTRADICT"
    assert assignments_fault([replace(one, version=0)]) == "ASSIGNMENTS_CONTRADICT"


@dataclass
class Owner:
    """The district: decides on every change, one after the other, and puts the case file after each decision into its feed."""

    case: CaseFileRecord = CASE
    own: dict[str, int] = field(default_factory=dict)
    decided: dict[str, bool] = field(default_factory=dict)
    feed: list[tuple[str, CaseFileRecord]] = field(default_factory=list)

    def change(self, asked: CaseUpdate) -> None:
        judged = judge(self.case, asked, 0)
        if isinstance(judged, CaseFileRecord):
            self.case = judged
            self.own[asked.field_group] = getattr(judged, f"{asked.field_group.lower()}_version", 1)
            self._tell(asked.key)

    def take(self, asked: CaseUpdate) -> None:
        if asked.key in self.decided:
            return
        judged = judge(self.case, asked, self.own.get(asked.field_group, 1))
        self.decided[asked.key] = isinstance(judged, CaseFileRecord)
        self.case = judged if isinstance(judged, CaseFileRecord) else self.case
        self._tell(asked.key)

    def _tell(self, key: str) -> None:
        self.case = replace(self.case, revision=self.case.revision + 1)
        self.feed.append((key, self.case))


@dataclass
class Replica:
    """The hub: shows its own changes at once, sends them in order, and takes the owner's state when it reads the feed."""

    held: CaseFileRecord = CASE
    shown: CaseFileRecord = CASE
    waiting: list[CaseUpdate] = field(default_factory=list)
    sent: list[CaseUpdate] = field(default_factory=list)
    read: int = 0

    def change(self, asked: CaseUpdate) -> None:
        version = getattr(self.held, f"{asked.field_group.lower()}_version", None)
        asked = replace(asked, base_version=version)
        if isinstance(judge(self.shown, asked, 0), CaseFileRecord):
            self.waiting.append(asked)
            self.shown = rebased(self.held, self.waiting)

    def send(self, owner: Owner, count: int) -> None:
        for asked in [one for one in self.waiting if one not in self.sent][:count]:
            owner.take(asked)
            self.sent.append(asked)

    def pull(self, owner: Owner, count: int) -> None:
        for key, case in owner.feed[self.read : self.read + count]:
            self.waiting = [one for one in self.waiting if one.key != key]
            self.held = case
        self.read = min(len(owner.feed), self.read + count)
        self.shown = rebased(self.held, self.waiting)


changes = st.one_of(
    st.builds(lambda text: update("DESCRIPTION", type="NEED", category="FOOD", summary=text), st.sampled_from("abc")),
    st.builds(lambda id_: update("SUBJECT", household_record_id=id_), st.sampled_from(("H1", "H2"))),
    st.builds(lambda status: update("STATUS", status=status), st.sampled_from(CASE_STATUSES)),
    st.builds(
        lambda status, role, day, agency: assigned(status, role, NOW + timedelta(day), agency),
        st.sampled_from(("ASSIGNED", "ACKNOWLEDGED", "COMPLETED", "DECLINED", "HANDED_OVER", "WITHDRAWN")),
        st.sampled_from(("LEAD", "SUPPORT")),
        st.integers(0, 1),
        st.sampled_from(AGENCIES),
    ),
)
steps = st.one_of(
    st.tuples(st.sampled_from(("hub", "district")), changes),
    st.tuples(st.sampled_from(("send", "again", "pull")), st.integers(1, 4)),
)


@settings(max_examples=400, deadline=None)
@given(history=st.lists(steps, max_size=40))
def test_any_interleaving_of_both_histories_ends_in_the_same_state(history: list[tuple[str, object]]) -> None:
    owner, hub = Owner(), Replica()
    for number, (what, how) in enumerate(history):
        if isinstance(how, CaseUpdate):
            asked = replace(how, key=f"{what}{number}")
            (hub if what == "hub" else owner).change(asked)
        elif isinstance(how, int):
            if what == "again":
                for old in hub.sent[-how:]:
                    owner.take(old)
            else:
                (hub.send if what == "send" else hub.pull)(owner, how)
    hub.send(owner, len(hub.waiting))
    hub.pull(owner, len(owner.feed))
    assert (hub.shown, hub.waiting) == (owner.case, [])
    assert len(owner.feed) == len({key for key, _ in owner.feed})
    assert assignments_fault(owner.case.assignments or ()) is None


@settings(max_examples=200, deadline=None)
@given(history=st.lists(changes, max_size=20))
def test_what_the_hub_shows_is_what_the_owner_decides_when_nobody_else_writes(history: list[CaseUpdate]) -> None:
    owner, hub = Owner(), Replica()
    for number, asked in enumerate(history):
        hub.change(replace(asked, key=str(number)))
    foreseen = hub.shown
    hub.send(owner, len(history))
    assert all(owner.decided.values())
    counted = ("revision", "description_version", "subject_version", "status_version")
    assert replace(foreseen, **{name: getattr(owner.case, name) for name in counted}) == owner.case
