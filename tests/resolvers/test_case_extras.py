"""Routing, duplicates, attachments, the pre-list, and the work of an agency."""

from datetime import timedelta

import pytest

from hub.domain.agencies import Agencies, AgencyKind
from hub.domain.attachments import NewAttachment
from hub.domain.duplicates import DuplicateSign, likeness
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.store import case_history
from hub.store.casework import Description
from hub.store.database import Database
from hub.store.prelist import NewPrelistEntry
from resolvers import assignments, attachments, case_work, duplicates, prelist, routing
from resolvers.held_case import Step, get_case_file
from resolvers.routing import RuleDraft
from tests.resolvers.casework import HEALTH, SOCIAL, WORKERS, case_in, of, opened
from tests.schema.world import CALLERS, clock, context
from tests.schema.world_records import FOREIGN, NOW, OWN, VILLAGES, household_of, kk, nik

PHOTO = NewAttachment("https://files.example.go.id/a1b2", "kartu.jpg", "image/jpeg", 1024, "a" * 64)


def _rule(**changes: object) -> RuleDraft:
    values: dict[str, object] = {
        "regency_code": OWN,
        "category": "HEALTH",
        "type": None,
        "lead": AgencyKind.UPT,
        "supports": (AgencyKind.DINAS_KESEHATAN,),
        "valid_from": None,
        "reason": "Perbup 12/2026",
    }
    return RuleDraft(**(values | changes))


async def _routed(database: Database, key: str, **changes: object) -> list[tuple[str, str]]:
    case = await opened(database, key, **changes)
    secretariat = of(database, "SECRETARIAT")
    await case_work.triage_case(secretariat, Step(case.case_file_id, f"{key}-t"), Description())
    await assignments.assign_case(secretariat, Step(case.case_file_id, f"{key}-a"), Agencies())
    (given,) = await assignments.assignments_of(secretariat, [case.case_file_id])
    return [(one.agency_code, one.role) for one in given]


async def test_the_most_specific_rule_whose_lead_serves_the_place_routes(own_world: Database) -> None:
    assert await _routed(own_world, "a") == [(HEALTH, "LEAD"), (SOCIAL, "SUPPORT")]
    assert await _routed(own_world, "b", category="CIVIL_REGISTRATION") == [(f"{OWN}/DUKCAPIL", "LEAD")]
    outreach = {"type": "OUTREACH_FINDING", "category": "HOUSING", "channel": "OUTREACH"}
    assert (await _routed(own_world, "c", **outreach))[0] == (f"{OWN}/DINAS_PERUMAHAN", "LEAD")
    await routing.set_routing_rule(of(own_world, "SECRETARIAT"), _rule(), "k")
    upt = f"{VILLAGES[OWN][:8]}/UPT"
    assert await _routed(own_world, "d") == [(upt, "LEAD"), (HEALTH, "SUPPORT")]
    whole_regency = {"region_code": OWN, "household_id": None}
    assert await _routed(own_world, "e", **whole_regency) == [(HEALTH, "LEAD"), (SOCIAL, "SUPPORT")]


async def test_a_rule_holds_from_its_day_on_and_ends_with_one_that_says_nothing(own_world: Database) -> None:
    secretariat = of(own_world, "SECRETARIAT")
    later = await routing.set_routing_rule(secretariat, _rule(valid_from=NOW + timedelta(days=1)), "later")
    assert await routing.set_routing_rule(secretariat, _rule(valid_from=NOW + timedelta(days=1)), "later") == later
    assert (await _routed(own_world, "a"))[0] == (HEALTH, "LEAD")
    await routing.set_routing_rule(secretariat, _rule(), "now")
    rules = await routing.list_routing_rules(secretariat, OWN)
    own = [rule for rule in rules if rule.regency_code == OWN and rule.set_by != "somebody"]
    assert [(rule.lead_kind, rule.support_kinds, rule.set_by) for rule in own] == [
        ("UPT", ["DINAS_KESEHATAN"], "officer of None")
    ]
    await routing.set_routing_rule(secretariat, _rule(lead=None, supports=()), "none")
    assert (await _routed(own_world, "b"))[0] == (HEALTH, "LEAD")


@pytest.mark.parametrize(
    ("worker", "changes", "error", "message"),
    [
        ("SECRETARIAT", {"regency_code": None}, Forbidden, "a rule for all districts is the ministry's"),
        ("SECRETARIAT", {"regency_code": FOREIGN}, Forbidden, r"regency '35\.09' is not yours"),
        ("LEAD", {}, Forbidden, "rules are set by the secretariat"),
        ("PARTNER_APP", {}, Forbidden, "case:write"),
        ("MINISTRY", {"regency_code": "35.99"}, Invalid, r"there is no region '35\.99'"),
        ("MINISTRY", {"regency_code": "35"}, Invalid, "'35' is not the code of a regency"),
        ("SECRETARIAT", {"lead": None}, Invalid, "supports stand beside a lead"),
        ("SECRETARIAT", {"valid_from": NOW - timedelta(days=1)}, Invalid, "the past was routed already"),
    ],
)
async def test_a_rule_that_is_not_the_callers_to_set_is_not_set(
    own_world: Database, worker: str, changes: dict[str, object], error: type[Exception], message: str
) -> None:
    before = await routing.list_routing_rules(of(own_world, "MINISTRY"), OWN)
    with pytest.raises(error, match=message):
        await routing.set_routing_rule(of(own_world, worker), _rule(**changes), "k")
    assert await routing.list_routing_rules(of(own_world, "MINISTRY"), OWN) == before


async def test_the_ministry_sets_rules_for_all(own_world: Database) -> None:
    rule = await routing.set_routing_rule(
        of(own_world, "MINISTRY"), _rule(regency_code=None, lead=AgencyKind.KEMENSOS), "k"
    )
    assert (rule.regency_code, rule.lead_kind) == (None, "KEMENSOS")
    assert (await _routed(own_world, "a"))[0] == ("ID/KEMENSOS", "LEAD")


async def test_what_may_be_the_same_is_shown_and_joined_with_its_history_in_reach(own_world: Database) -> None:
    first = await opened(own_world, "a", person_id=None)
    same = await opened(own_world, "b", summary="Ingin tahu jadwal")
    alike = await opened(own_world, "c", household_id=household_of(OWN, 3), summary="Kartu KIS ditolak rumah sakit")
    await opened(own_world, "d", household_id=household_of(OWN, 5), summary="Obat habis di puskesmas")
    secretariat = of(own_world, "SECRETARIAT")
    (found,) = await duplicates.duplicate_candidates_of(secretariat, [first.case_file_id])
    assert [(one.case_file_id, one.signs) for one in found] == [
        (alike.case_file_id, (DuplicateSign.SIMILAR_WORDS,)),
        (same.case_file_id, (DuplicateSign.SAME_HOUSEHOLD,)),
    ]
    step = Step(alike.case_file_id, "join", "one card")
    joined = await duplicates.join_case(secretariat, step, first.case_file_id)
    assert (joined.status, joined.duplicate_of) == ("DUPLICATE", first.case_file_id)
    assert await duplicates.duplicates_of(secretariat, [first.case_file_id]) == [[joined]]
    told = (await case_history.list_events(own_world.jobs, [first.case_file_id]))[0][-1]
    assert (told.field_group, told.reason) == ("NOTE", "one card")
    (left,) = await duplicates.duplicate_candidates_of(secretariat, [first.case_file_id])
    assert [one.case_file_id for one in left] == [same.case_file_id]
    with pytest.raises(Conflict, match="is DUPLICATE: join"):
        await duplicates.join_case(secretariat, Step(same.case_file_id, "k"), alike.case_file_id)
    with pytest.raises(Conflict, match="cannot be joined to itself"):
        await duplicates.join_case(secretariat, Step(same.case_file_id, "l"), same.case_file_id)
    with pytest.raises(NotFound):
        await duplicates.join_case(secretariat, Step(same.case_file_id, "m"), 5)


def test_words_that_say_nothing_make_no_two_alike() -> None:
    assert likeness("Mohon bantuan beras", "mohon BANTUAN, beras!") == 1.0
    assert likeness("Mohon untuk saya", "Mohon untuk saya") == 0.0
    assert likeness(None, "Beras") == 0.0
    assert likeness("kartu ditolak", "kartu hilang") == pytest.approx(1 / 3)


async def test_an_attachment_is_kept_by_reference_and_its_bytes_once(own_world: Database) -> None:
    case, lead = await case_in(own_world, "ASSIGNED", "key"), of(own_world, "LEAD")
    await attachments.attach_to_case(lead, Step(case.case_file_id, "a"), PHOTO)
    await attachments.attach_to_case(lead, Step(case.case_file_id, "b"), PHOTO)
    ((one,),) = await attachments.attachments_of(lead, [case.case_file_id])
    assert (one.attachment_no, one.uri, one.added_by) == (1, PHOTO.uri, WORKERS["LEAD"].client_id)
    told = (await case_history.list_events(own_world.jobs, [case.case_file_id]))[0]
    assert [(line.item, "uri" in line.changes) for line in told if line.field_group == "ATTACHMENT"] == [("1", False)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"uri": "http://files.example/a"}, "uri is an https address"),
        ({"uri": "https://me:secret@files.example/a"}, "uri is an https address"),
        ({"uri": "https://files.example/a?nik=1"}, "neither a query nor a fragment"),
        ({"uri": "https://files.example/3510010101900001"}, "uri holds 16 digits"),
        ({"name": "ktp 3510010101900001.jpg"}, "name holds 16 digits"),
        ({"media_type": "text/html"}, "'text/html' is not one of application/pdf"),
        ({"size_bytes": 26_214_401}, "sizeBytes is 26214401: 1 to 26214400"),
        ({"sha256": "A" * 64}, "sha256 has 64 hexadecimal digits"),
    ],
)
async def test_what_does_not_fit_is_not_attached(own_world: Database, changes: dict[str, object], message: str) -> None:
    case, lead = await case_in(own_world, "ASSIGNED", "key"), of(own_world, "LEAD")
    values = {name: getattr(PHOTO, name) for name in NewAttachment.__slots__}
    with pytest.raises(Invalid, match=message):
        await attachments.attach_to_case(lead, Step(case.case_file_id, "a"), NewAttachment(**(values | changes)))
    assert await attachments.attachments_of(lead, [case.case_file_id]) == [[]]


async def test_an_unlisted_household_is_followed_until_it_is_listed(own_world: Database) -> None:
    case, secretariat = await opened(own_world, "key", household_id=None), of(own_world, "SECRETARIAT")
    number = case.case_file_id
    entry = NewPrelistEntry("Suparti", "Dusun Krajan", kk(OWN, 8000), None)
    await prelist.prelist_case(secretariat, Step(number, "p"), entry)
    with pytest.raises(Conflict, match="is PRELIST and can move to LISTED, VERIFIED"):
        await prelist.submit_prelist_entry(secretariat, Step(number, "s"))
    await prelist.verify_prelist_entry(of(own_world, "DISTRICT_SYSTEM"), Step(number, "v", "dikunjungi"))
    for worker in ("UNINVOLVED", "MINISTRY", "PARTNER_APP"):
        with pytest.raises(Forbidden):
            await prelist.submit_prelist_entry(of(own_world, worker), Step(number, "s"))
    await prelist.submit_prelist_entry(secretariat, Step(number, "s", None, 2))
    assert await prelist.list_prelisted(own_world.jobs, clock) == 0
    async with own_world.jobs.connection() as connection:
        await connection.execute(
            "update household set kk_number = $1 where household_id = $2", kk(OWN, 8000), household_of(OWN, 7)
        )
    assert await prelist.list_prelisted(own_world.jobs, clock) == 1
    assert await prelist.list_prelisted(own_world.jobs, clock) == 0
    (found,) = await prelist.prelist_entries_of(secretariat, [number])
    assert found is not None
    assert (found.status, found.household_id, found.version) == ("LISTED", household_of(OWN, 7), 4)
    after = await get_case_file(own_world.jobs, number)
    assert (after.household_id, after.subject_version) == (household_of(OWN, 7), 2)
    told = (await case_history.list_events(own_world.jobs, [number]))[0]
    assert [(line.field_group, line.to_value) for line in told[1:]] == [
        ("PRELIST", "PRELIST"),
        ("PRELIST", "VERIFIED"),
        ("PRELIST", "SUBMITTED"),
        ("PRELIST", "LISTED"),
        ("SUBJECT", None),
    ]


async def test_who_is_listed_is_not_pre_listed(own_world: Database) -> None:
    secretariat = of(own_world, "SECRETARIAT")
    about_one = await opened(own_world, "a")
    with pytest.raises(Conflict, match="is about a household that is listed"):
        await prelist.prelist_case(
            secretariat, Step(about_one.case_file_id, "k"), NewPrelistEntry("A", None, None, None)
        )
    nobody = await opened(own_world, "b", household_id=None)
    for entry in (NewPrelistEntry(None, None, kk(OWN, 2), None), NewPrelistEntry(None, None, None, nik(OWN, 2))):
        with pytest.raises(Conflict, match="the registry has this household"):
            await prelist.prelist_case(secretariat, Step(nobody.case_file_id, "k"), entry)
    listed = await prelist.prelist_case(
        secretariat, Step(nobody.case_file_id, "k"), NewPrelistEntry("A", None, None, None)
    )
    done = await prelist.list_prelist_entry(secretariat, Step(listed.case_file_id, "l"), household_of(OWN, 2))
    assert done.household_id == household_of(OWN, 2)


async def test_numbers_of_a_pre_list_entry_are_masked_for_who_may_not_see_them(own_world: Database) -> None:
    case = await opened(own_world, "key", household_id=None)
    entry = NewPrelistEntry(None, None, None, nik(OWN, 8001))
    await prelist.prelist_case(of(own_world, "SECRETARIAT"), Step(case.case_file_id, "p"), entry)
    (shown,) = await prelist.prelist_entries_of(of(own_world, "SECRETARIAT"), [case.case_file_id])
    (masked,) = await prelist.prelist_entries_of(context(own_world, CALLERS["masked-officer"]), [case.case_file_id])
    assert shown is not None
    assert masked is not None
    assert (shown.nik, masked.nik) == (nik(OWN, 8001), "3510**********01")


async def test_the_work_of_an_agency_comes_in_pages_the_oldest_first(own_world: Database) -> None:
    cases = [await case_in(own_world, "ASSIGNED", f"key-{number}") for number in range(3)]
    lead = of(own_world, "LEAD")
    first = await assignments.list_agency_work(lead, HEALTH, 2, None)
    rest = await assignments.list_agency_work(lead, HEALTH, 2, first.page_info.end_cursor)
    listed = [one.case_file_id for one in [*first.nodes, *rest.nodes]]
    assert listed == sorted(case.case_file_id for case in cases)
    assert (first.page_info.has_next_page, rest.page_info.has_next_page) == (True, False)
    foreign = context(own_world, CALLERS["foreign-officer"])
    assert list((await assignments.list_agency_work(foreign, HEALTH, 10, None)).nodes) == []
    await case_work.resolve_case(lead, Step(cases[0].case_file_id, "r"), "Sudah")
    assert len((await assignments.list_agency_work(lead, HEALTH, 10, None)).nodes) == 2
