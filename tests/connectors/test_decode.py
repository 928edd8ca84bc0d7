"""Records of a page are read one by one; results are matched to their requests by key."""

import msgspec
import pytest

from connectors.decode import by_key, read_records, text_of
from connectors.district.mapping import CHANGE
from connectors.errors import Failure
from connectors.kis.mapping import PARTICIPANT
from connectors.pkh.mapping import RECIPIENT
from hub.domain.records import Reject

PARTICIPANT_OK = {
    "id": "P-1",
    "nik": "3510010101800001",
    "name": "SITI",
    "birth_date": "1980-01-01",
    "sex": "FEMALE",
    "region": "35.10",
    "segment": "PBI",
    "status": "ACTIVE",
    "revision": 7,
    "observed_at": "2026-01-02T03:04:05Z",
}
MEMBER = {
    "id": "M-1",
    "nik": None,
    "name": None,
    "sex": None,
    "birthDate": None,
    "birthPlace": None,
    "isHead": True,
    "vitalStatus": None,
    "isPregnant": None,
    "pregnancyDueOn": None,
    "schoolLevel": None,
    "isEnrolledInSchool": None,
    "disability": None,
    "hasChronicIllness": None,
    "occupationClass": None,
    "assistance": [],
}
HOUSEHOLD = {
    "__typename": "Household",
    "id": "H-1",
    "revision": 4,
    "observedAt": "2026-01-02T03:04:05Z",
    "regionCode": "35.10.01.2001",
    "kkNumber": None,
    "previousKkNumbers": [],
    "address": None,
    "decile": 99,
    "welfareSource": None,
    "welfarePeriod": None,
    "assistance": ["PKH"],
    "members": [MEMBER],
}


def raws(*values: object) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode(value)) for value in values]


def change(**entity: object) -> dict[str, object]:
    return {"revision": 5, "isRemoved": False, "entity": {**HOUSEHOLD, **entity}}


@pytest.mark.parametrize(
    ("entry", "reject"),
    [
        ({**PARTICIPANT_OK, "revision": "7"}, ("P-1", "revision", "7")),
        ({**PARTICIPANT_OK, "revision": 2**63}, ("P-1", "revision", str(2**63))),
        ({**PARTICIPANT_OK, "birth_date": "1980-02-30"}, ("P-1", "birth_date", "1980-02-30")),
        ({**PARTICIPANT_OK, "observed_at": "2026-01-02T03:04:05"},
         ("P-1", "observed_at", "2026-01-02T03:04:05")),
        ({**PARTICIPANT_OK, "status": "ASLEEP"}, ("P-1", "status", "ASLEEP")),
        ({**PARTICIPANT_OK, "nik": 3510010101800001}, ("P-1", "nik", "3510010101800001")),
        ({**PARTICIPANT_OK, "name": ["a", 1]}, ("P-1", "name", '["a",1]')),
        ({**PARTICIPANT_OK, "name": {"x": "y" * 500}}, ("P-1", "name", '{"x":"' + "y" * 194)),
        ({**PARTICIPANT_OK, "id": 12}, ("", "id", "12")),
        ({k: v for k, v in PARTICIPANT_OK.items() if k != "id"}, ("", "id", "")),
        ("nonsense", ("", "", "nonsense")),
        (None, ("", "", "null")),
        ([[]], ("", "", "[[]]")),
    ],
    ids=lambda value: repr(value)[-40:],
)  # fmt: skip
def test_an_entry_that_does_not_fit_is_rejected_with_field_and_value(entry, reject):
    records, rejects = read_records(raws(PARTICIPANT_OK, entry, PARTICIPANT_OK), PARTICIPANT)
    assert [record.source_record_id for record in records] == ["P-1", "P-1"]
    assert rejects == [
        Reject(
            record_kind="ROSTER",
            source_record_id=reject[0],
            field=reject[1],
            code="WRONG_TYPE",
            value=reject[2],
        )
    ]


@pytest.mark.parametrize("entry", [b'{"id": "\xff"}', b'{"id": "\\ud800"}', b'{"id": 1e999}'])
def test_bytes_that_are_not_text_reject_the_entry_only(entry: bytes) -> None:
    records, rejects = read_records([msgspec.Raw(entry), *raws(PARTICIPANT_OK)], PARTICIPANT)
    assert len(records) == 1
    assert [reject.code for reject in rejects] == ["WRONG_TYPE"]


def test_a_field_inside_a_member_is_named_with_its_place():
    wrong = change(id="H-2", members=[MEMBER, {**MEMBER, "birthDate": "yesterday"}])
    records, rejects = read_records(raws(change(), wrong), CHANGE)
    assert [record.source_record_id for record in records] == ["H-1"]
    assert [(r.record_kind, r.source_record_id, r.field, r.value) for r in rejects] == [
        ("HOUSEHOLD", "H-2", "members[1].birthDate", "yesterday")
    ]


def test_an_entry_of_a_map_shows_the_whole_map():
    entry = {
        "id": "K-1",
        "status": "ACTIVE",
        "components": {"SD": "two"},
        "revision": 1,
        "observed_at": "2026-01-02T03:04:05Z",
    }
    _, rejects = read_records(raws(entry), RECIPIENT)
    assert (rejects[0].field, rejects[0].value) == ("components[...]", '{"SD":"two"}')


@pytest.mark.parametrize(
    ("entry", "kind", "record_id", "field"),
    [
        ({"revision": 1, "isRemoved": False, "entity": {"__typename": "Goat", "id": "G"}},
         "CHANGE", "G", "__typename"),
        ({"revision": 1, "isRemoved": False, "entity": None}, "CHANGE", "", "entity"),
        ({"revision": 1, "isRemoved": False, "entity": {"__typename": "MatchOutcome",
          "matchReference": "MR", "revision": 1, "observedAt": "2026-01-02T03:04:05Z",
          "outcome": "PERHAPS", "reason": None}}, "MATCH_OUTCOME", "MR", "outcome"),
        ({"isRemoved": "no", "revision": 1, "entity": HOUSEHOLD}, "HOUSEHOLD", "H-1", "isRemoved"),
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_a_change_that_cannot_be_read_says_what_it_was(entry, kind, record_id, field):
    _, rejects = read_records(raws(entry), CHANGE)
    assert [(r.record_kind, r.source_record_id, r.field) for r in rejects] == [(kind, record_id, field)]


def test_ranges_of_values_are_left_to_the_ingest():
    records, rejects = read_records(raws(change(decile=99)), CHANGE)
    assert rejects == []
    assert records[0].decile == 99


@pytest.mark.parametrize(("of_change", "of_entity", "expected"), [(5, 4, 5), (4, 9, 9), (3, 3, 3)])
def test_a_change_counts_at_the_newer_of_its_two_revisions(of_change, of_entity, expected):
    entry = {**change(revision=of_entity), "revision": of_change, "isRemoved": True}
    records, _ = read_records(raws(entry), CHANGE)
    assert (records[0].revision, records[0].is_removed) == (expected, True)


def test_fields_that_a_later_version_adds_are_ignored():
    records, rejects = read_records(raws({**PARTICIPANT_OK, "mood": "good"}), PARTICIPANT)
    assert (len(records), rejects) == (1, [])


def test_results_come_in_the_order_of_their_keys():
    assert by_key(["a", "b"], [("b", 2), ("a", 1), ("a", 1)]) == [1, 2]


@pytest.mark.parametrize(
    ("results", "detail"),
    [
        ([("a", 1)], "1 of 2 missing, 0 not asked for"),
        ([("a", 1), ("b", 2), ("c", 3)], "0 of 2 missing, 1 not asked for"),
        ([("a", 1), ("a", 2), ("b", 2)], "0 of 2 missing, 1 not asked for"),
        ([], "2 of 2 missing, 0 not asked for"),
    ],
)
def test_results_that_do_not_answer_each_key_once_are_refused(results, detail):
    with pytest.raises(Failure) as caught:
        by_key(["a", "b"], results)
    assert caught.value.detail == detail


def test_a_long_value_is_clipped():
    assert text_of("x" * 1000) == "x" * 200
