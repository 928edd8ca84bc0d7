"""What does not fit makes and moves nothing, and the message says what to do."""

from typing import Any

import pytest

from hub.domain.errors import CallerError, Conflict, Forbidden, Invalid, NotFound
from hub.domain.referrals import LEGS_MAX, ReferralAction, ReferralStatus
from hub.store import referrals_read
from resolvers.referral_actions import ReferralStep, move_referral
from resolvers.referral_drafts import ReferralDraft, draft_referral
from tests.referrals.stage import Stage
from tests.schema.world_records import FOREIGN, OWN, household_of, person_of

_A, _S = ReferralAction, ReferralStatus


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"purpose_code": "CURIOSITY"}, Invalid, "there is no purpose 'CURIOSITY': use one of CIVIL_REGISTRATION, EDU"),
        ({"to_party": "35.10/RSUD"}, Invalid, r"there is no party '35\.10/RSUD': name a district"),
        ({"to_party": "35.99"}, Invalid, r"there is no region '35\.99'"),
        ({"to_party": "35.10.01.2999/PUSKESOS"}, Invalid, r"there is no region '35\.10\.01\.2999'"),
        ({"to_party": "35.09/DUKCAPIL"}, Invalid, "HEALTH_TREATMENT goes to DISTRICT, DINAS_KESEHATAN, PUSKESOS, and"),
        ({"to_party": "KIS"}, Invalid, "HEALTH_TREATMENT goes to DISTRICT"),
        ({"to_party": OWN}, Invalid, r"35\.10 cannot refer to itself"),
        ({"from_party": "35.09/DINAS_SOSIAL"}, Invalid, r"is no party of 35\.10, where the case file belongs"),
        ({"from_party": "KEMENSOS"}, Invalid, "there is no party 'KEMENSOS'"),
        ({"person_id": None}, Invalid, "HEALTH_TREATMENT is about a person: name personId"),
        ({"person_id": person_of(FOREIGN, 1)}, NotFound, "in the household of the case file"),
        ({"person_id": person_of(OWN, 2)}, NotFound, "in the household of the case file"),
        ({"household_id": household_of(OWN, 2)}, Invalid, "is about another household"),
        ({"household_id": household_of(FOREIGN, 1)}, Invalid, "is about another household"),
        ({"case_file_id": 5}, NotFound, "there is no case file"),
    ],
)
async def test_a_draft_that_does_not_fit_is_refused(
    stage: Stage, changes: dict[str, Any], error: type[CallerError], message: str
) -> None:
    with pytest.raises(error, match=message):
        await stage.draft(**changes)
    assert await stage.fetch("select count(*) from referral") == [(2,)], "those of the world, and no other"


async def test_a_foreign_household_is_unknown_to_the_one_who_names_it(stage: Stage) -> None:
    case = await stage.case()
    await stage.execute("update case_file set household_id = null where case_file_id = $1", case.case_file_id)
    for household in (household_of(FOREIGN, 1), 5):
        with pytest.raises(NotFound, match=r"there is no household .* in 35\.10"):
            await stage.draft(case, household_id=household)


@pytest.mark.parametrize("status", ["RESOLVED", "REJECTED"])
async def test_a_case_file_that_is_over_is_not_referred(stage: Stage, status: str) -> None:
    case = await stage.case(status=status)
    with pytest.raises(Conflict, match=f"is {status}: nothing of it is to be referred"):
        await stage.draft(case)


@pytest.mark.parametrize("status", ["RECEIVED", "TRIAGED"])
async def test_a_case_file_that_nobody_works_on_can_be_drafted_and_not_sent(stage: Stage, status: str) -> None:
    case = await stage.case(status=status)
    referral = await stage.draft(case)
    with pytest.raises(Conflict, match=f"is {status} and cannot be referred: it has to be in work"):
        await stage.do(_A.SEND, referral)
    assert await stage.read(referral) == referral
    assert await stage.case_status(case.case_file_id) == status


async def test_a_case_file_that_was_resolved_meanwhile_is_not_sent(stage: Stage) -> None:
    case = await stage.case()
    referral = await stage.draft(case)
    await stage.execute("update case_file set status = 'RESOLVED' where case_file_id = $1", case.case_file_id)
    with pytest.raises(Conflict, match="is RESOLVED and cannot be referred"):
        await stage.do(_A.SEND, referral)
    assert (await stage.read(referral)).status == "DRAFT"


@pytest.mark.parametrize("caller", ["analyst", "foreign-officer", "third-officer"])
async def test_a_case_file_is_referred_by_its_own_district(stage: Stage, caller: str) -> None:
    case = await stage.case()
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", FOREIGN, person_id=person_of(OWN, 1))
    with pytest.raises(Forbidden if caller == "analyst" else NotFound):
        await draft_referral(stage.as_(caller), draft, "key")


async def test_a_version_that_is_stale_moves_nothing(stage: Stage) -> None:
    referral = await stage.walk(_S.DELIVERED)
    with pytest.raises(Conflict, match="has version 3 by now, and you expected 2: read it again"):
        await stage.do(_A.ACCEPT, referral, expected_version=2)
    assert (await stage.do(_A.ACCEPT, referral, expected_version=3)).version == 4


async def test_a_key_moves_once_and_for_nothing_else(stage: Stage) -> None:
    referral = await stage.walk(_S.DELIVERED)
    receiver, accept = stage.as_("foreign-officer"), ReferralStep(_A.ACCEPT, referral.referral_id, None)
    first = await move_referral(receiver, accept, "key")
    assert await move_referral(receiver, accept, "key") == first
    assert len(await stage.history(referral)) == 4
    other = await stage.walk(_S.DELIVERED)
    with pytest.raises(Conflict, match="the idempotency key 'key' was used for another referralAccept"):
        await move_referral(receiver, ReferralStep(_A.ACCEPT, other.referral_id, None), "key")
    assert (await stage.read(other)).status == "DELIVERED"


async def test_a_draft_is_made_once_for_its_key(stage: Stage) -> None:
    case = await stage.case()
    draft = ReferralDraft(case.case_file_id, "HEALTH_TREATMENT", FOREIGN, person_id=person_of(OWN, 1))
    first = await draft_referral(stage.as_("officer"), draft, "key")
    assert await draft_referral(stage.as_("officer"), draft, "key") == first
    with pytest.raises(Conflict, match="the idempotency key 'key' was used for another referralDraft"):
        await draft_referral(stage.as_("officer"), ReferralDraft(case.case_file_id, "FOOD_AID", FOREIGN), "key")


@pytest.mark.parametrize("action", [_A.DECLINE, _A.REDIRECT, _A.COMPLETE, _A.FAIL])
@pytest.mark.parametrize("reason", [None, "", "  ", "x" * 501])
async def test_who_ends_a_referral_says_why(stage: Stage, action: ReferralAction, reason: str | None) -> None:
    referral = await stage.walk(_S.IN_SERVICE if action in {_A.COMPLETE, _A.FAIL} else _S.DELIVERED)
    with pytest.raises(Invalid, match=r"reason"):
        await stage.do(action, referral, reason=reason)
    assert await stage.read(referral) == referral


async def test_taking_back_needs_a_reason(stage: Stage) -> None:
    referral = await stage.walk(_S.DELIVERED)
    with pytest.raises(Invalid, match="to close a referral needs a reason"):
        await stage.do(_A.CLOSE, referral, reason=None)


@pytest.mark.parametrize(
    ("to_party", "message"),
    [
        (OWN, r"35\.10 has been a party of this referral already: decline it instead"),
        (FOREIGN, r"35\.09 has been a party of this referral already"),
        ("35.09/DUKCAPIL", "HEALTH_TREATMENT goes to DISTRICT"),
        ("nobody", "there is no party 'nobody'"),
        (None, "there is no party ''"),
    ],
)
async def test_a_referral_is_not_redirected_in_circles_or_to_who_may_not_get_it(
    stage: Stage, to_party: str | None, message: str
) -> None:
    referral = await stage.walk(_S.DELIVERED)
    with pytest.raises((Conflict, Invalid), match=message):
        await stage.do(_A.REDIRECT, referral, to_party=to_party)
    assert await stage.read(referral) == referral


async def test_a_chain_is_bounded(stage: Stage) -> None:
    leg = await stage.walk(_S.DELIVERED)
    for number in range(1, LEGS_MAX):
        await stage.do(_A.REDIRECT, leg, to_party=f"35.09.01.200{number}/PUSKESOS")
        [found] = await referrals_read.find_next_legs(stage.database.jobs, [leg.referral_id])
        assert found is not None
        leg = found
    with pytest.raises(Conflict, match="is leg 5 of its chain, and no chain is longer: decline it"):
        await stage.do(_A.REDIRECT, leg, to_party="35.09/DINAS_KESEHATAN")


async def test_a_case_file_within_the_regency_or_of_the_nation_is_not_opened(stage: Stage) -> None:
    inside = await stage.walk(_S.DELIVERED, to_party="35.10/DINAS_KESEHATAN")
    with pytest.raises(Invalid, match=r"is one of 35\.10 itself: it needs no second"):
        await stage.do(_A.ACCEPT, inside, "officer", opens_case=True)
    nation = await stage.draft(to_party="ID/KEMENSOS", purpose_code="SHELTER")
    await stage.do(_A.SEND, nation)
    with pytest.raises(Invalid, match="ID/KEMENSOS keeps no case files in the hub"):
        await stage.do(_A.ACCEPT, nation, "analyst", opens_case=True)
