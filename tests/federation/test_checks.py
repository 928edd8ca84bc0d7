"""What of a district's answer is used, row by row: a table of answers and what becomes of them."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.domain.case_search import CaseFileCriteria, CaseFileOrder
from hub.domain.records import CaseFileRecord, Reject
from hub.domain.village_profiles import VillageProfileRecord
from hub.federation.checks import Checked, Misbehaved, check_rows
from hub.federation.lists import CaseFiles, VillageProfiles
from hub.federation.places import Position
from hub.federation.questions import CaseFileFilter, CaseFileSearch, Misfit, Rows
from tests.federation.test_paging import shard

T0 = datetime(2026, 1, 1, tzinfo=UTC)
SHARD = shard("35.10")


def row(record_id: str, microseconds: int = 0, **values: object) -> CaseFileRecord:
    usual: dict[str, object] = {
        "source_record_id": record_id, "revision": 1, "observed_at": T0, "number": record_id, "type": "NEED",
        "category": "FOOD", "channel": "APP", "region_code": "35.10.01.2001", "status": "RECEIVED",
        "received_at": T0 + timedelta(microseconds=microseconds),
    }  # fmt: skip
    return CaseFileRecord(**(usual | values))


def asked(
    after: Position | None = None, order: CaseFileOrder = CaseFileOrder.OLDEST_FIRST, region: str | None = None,
    **criteria: object,
) -> CaseFileSearch:  # fmt: skip
    return CaseFileSearch(CaseFileFilter(region, CaseFileCriteria(**criteria)), order, after, 10)


def check(question: CaseFileSearch, came: Rows[CaseFileRecord]) -> Checked[CaseFileRecord]:
    return check_rows(SHARD, CaseFiles(question.filter, question.order), question, came)


@pytest.mark.parametrize(
    ("question", "came", "field"),
    [
        (asked(statuses=("CLOSED",)), row("a"), "status"),
        (asked(categories=("HEALTH",)), row("a"), "category"),
        (asked(region="35.10.02"), row("a"), "regionCode"),
        (asked(received_from=T0), row("a", -1), "receivedAt"),
        (asked(received_before=T0), row("a", 0), "receivedAt"),
        (asked(number="b"), row("a"), "number"),
        (asked(Position(T0, "a")), row("a"), "receivedAt"),
        (asked(Position(T0)), row("z"), "receivedAt"),
        (asked(Position(T0, "a"), CaseFileOrder.NEWEST_FIRST), row("b"), "receivedAt"),
    ],
)
def test_a_row_that_was_not_asked_for_is_named(question: CaseFileSearch, came: CaseFileRecord, field: str) -> None:
    checked = check(question, Rows([came]))
    assert checked.records == []
    assert [(reject.field, reject.code) for reject in checked.rejects] == [(field, "NOT_ASKED_FOR")]


def test_of_two_revisions_the_newer_counts_wherever_it_stands() -> None:
    newer, older = row("a", revision=2, summary="new"), row("a", revision=1, summary="old")
    for came in ([newer, older], [older, newer]):
        checked = check(asked(), Rows(came))
        assert checked.records == [newer]
        assert [reject.code for reject in checked.rejects] == ["DUPLICATE"]


def test_a_misfit_whose_place_is_known_is_gone_past() -> None:
    misfit = Misfit(Reject(record_kind="CASE_FILE", source_record_id="b", field="status", code="WRONG_TYPE", value=""),
                    Position(T0, "b"))  # fmt: skip
    checked = check(asked(), Rows([row("a"), misfit], has_more=True))
    assert (checked.end, checked.has_more) == (Position(T0, "b"), True)
    assert [record.source_record_id for record in checked.records] == ["a"]


@pytest.mark.parametrize(
    ("question", "rows", "reason"),
    [
        (asked(), [], "ENDLESS_LIST"),
        (asked(Position(T0, "m")), [row("a"), row("b")], "ENDLESS_LIST"),
        (asked(), [row("b"), row("a")], "OUT_OF_ORDER"),
        (asked(order=CaseFileOrder.NEWEST_FIRST), [row("a"), row("b")], "OUT_OF_ORDER"),
        (asked(), [row("a", 5), row("b", 4)], "OUT_OF_ORDER"),
    ],
)
def test_a_page_from_which_one_cannot_go_on_is_refused(
    question: CaseFileSearch, rows: list[CaseFileRecord], reason: str
) -> None:
    with pytest.raises(Misbehaved) as caught:
        check(question, Rows(rows, has_more=True))
    assert caught.value.reason == reason
    assert check(question, Rows(rows)).has_more is False


def profile(record_id: str, region_code: str, **values: object) -> VillageProfileRecord:
    usual: dict[str, object] = {
        "source_record_id": record_id,
        "revision": 1,
        "observed_at": T0,
        "region_code": region_code,
    }
    return VillageProfileRecord(**(usual | values))


@pytest.mark.parametrize(
    ("came", "field", "code"),
    [
        (profile("a", "35.10.01"), "regionCode", "REGION_UNKNOWN"),
        (profile("a", "35.09.01.2001"), "regionCode", "REGION_FOREIGN"),
        (profile("a", "35.10.02.2001"), "regionCode", "NOT_ASKED_FOR"),
        (profile("a", "35.10.01.2001"), "regionCode", "NOT_ASKED_FOR"),
        (profile("b", "35.10.01.2001", smart_kampung={"POOL": True}), "smartKampung", "VALUE_UNKNOWN"),
        (profile("", "35.10.01.2002"), "id", "ID_MISSING"),
    ],
)
def test_a_row_of_a_list_by_regions_has_to_fit_too(came: VillageProfileRecord, field: str, code: str) -> None:
    listed = VillageProfiles("35.10.01")
    fits = profile("z", "35.10.01.2003")
    checked = check_rows(SHARD, listed, listed.question(Position("35.10.01.2001", "a"), 10), Rows([came, fits]))
    assert checked.records == [fits]
    assert [(reject.field, reject.code) for reject in checked.rejects] == [(field, code)]


def test_a_list_by_regions_that_goes_on_has_to_be_in_their_order() -> None:
    listed = VillageProfiles(None)
    rows = [profile("a", "35.10.01.2002"), profile("b", "35.10.01.2001")]
    with pytest.raises(Misbehaved) as caught:
        check_rows(SHARD, listed, listed.question(None, 2), Rows(rows, has_more=True))
    assert caught.value.reason == "OUT_OF_ORDER"
    whole = check_rows(SHARD, listed, listed.question(None, 2), Rows(rows))
    assert [record.source_record_id for record in whole.records] == ["b", "a"]
