"""Attachments by reference go both ways between a hub and a real district system."""

from typing import Any

import pytest

from hub.domain.attachments import ATTACHMENTS_MAX
from hub.store.attachments import list_attachments
from hub.store.case_history import list_events
from tests.ingest.test_case_updates import C1, CASE, Both, both

__all__ = ["both"]

PHOTO = {
    "attachmentReference": "https://files.banyuwangi.go.id/a1",
    "attachmentName": "atap.jpg",
    "mediaType": "image/jpeg",
    "byteSize": 2_048,
}


async def attached(both: Both) -> list[tuple[Any, ...]]:
    [found] = await list_attachments(both.database.jobs, [C1])
    return [(one.attachment_no, one.uri, one.name, one.media_type, one.size_bytes, one.sha256) for one in found]


async def lines(both: Both) -> list[tuple[Any, ...]]:
    [events] = await list_events(both.database.jobs, [C1])
    return [(event.event_key, event.item, event.outcome, event.changes, event.reason) for event in events]


async def test_what_a_district_attaches_is_an_attachment_of_the_case_file_once(both: Both) -> None:
    both.officer_changes("c1", "ATTACHMENT", "a1", **PHOTO)
    await both.pull()
    async with both.database.jobs.connection() as connection:
        await connection.execute("update source set cursor = null where source_code = '35.10'")
    await both.pull()
    kept = (1, PHOTO["attachmentReference"], "atap.jpg", "image/jpeg", 2_048, None)
    assert await attached(both) == [kept]
    told = {"name": "atap.jpg", "mediaType": "image/jpeg", "sizeBytes": 2_048}
    assert await lines(both) == [("35.10/a1", "1", "APPLIED", told, None)]
    [[added_by]] = await both.rows("select added_by from case_attachment")
    assert added_by == "district:35.10"


async def test_the_same_address_again_is_no_second_attachment(both: Both) -> None:
    both.officer_changes("c1", "ATTACHMENT", "a1", **PHOTO)
    both.officer_changes("c1", "ATTACHMENT", "a2", **PHOTO | {"attachmentName": "atap lagi.jpg"})
    await both.pull()
    both.officer_changes("c1", "ATTACHMENT", "a3", **PHOTO)
    both.officer_changes(
        "c1", "ATTACHMENT", "a4", **PHOTO | {"attachmentReference": "https://files.banyuwangi.go.id/b2"}
    )
    await both.pull()
    assert [(number, name) for number, _, name, *_ in await attached(both)] == [(1, "atap.jpg"), (2, "atap.jpg")]
    assert [(key, item) for key, item, *_ in await lines(both)] == [
        ("35.10/a1", "1"),
        ("35.10/a2", "1"),
        ("35.10/a3", "1"),
        ("35.10/a4", "2"),
    ]


@pytest.mark.parametrize("batch_records", [1, 100])
async def test_attachments_that_come_before_their_case_file_are_kept_when_it_comes(
    both: Both, batch_records: int
) -> None:
    both.officer_changes("c1", "ATTACHMENT", "a1", **PHOTO)
    await both.pull(batch_records)
    assert [number for number, *_ in await attached(both)] == [1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"mediaType": "text/html"}, "'text/html' is not one of application/pdf"),
        ({"byteSize": 26_214_401}, "sizeBytes is 26214401: 1 to 26214400 are allowed"),
        ({"byteSize": None}, "an attachment needs attachmentReference, attachmentName, mediaType and byteSize"),
        ({"attachmentReference": "http://files.banyuwangi.go.id/a1"}, "uri is an https address"),
        ({"attachmentName": "ktp 3510010101900001.jpg"}, "name holds 16 digits"),
        ({"attachmentName": " "}, "name has 1 characters"),
    ],
)
async def test_what_the_hub_may_not_keep_is_named_in_history_without_its_name_and_holds_up_nothing(
    both: Both, changes: dict[str, Any], reason: str
) -> None:
    both.officer_changes("c1", "ATTACHMENT", "a1", **PHOTO | changes)
    both.officer_changes("c1", "STATUS", "s1", status="TRIAGED")
    await both.pull()
    assert await attached(both) == []
    [refused, moved] = await lines(both)
    assert refused[:4] == ("35.10/a1", "", "REFUSED", {})
    assert str(refused[4]).startswith(reason)
    assert (moved[0], moved[2]) == ("35.10/s1", "APPLIED")
    assert both.records.one("CaseUpdate", "a1")["decision"] == "APPLIED", "the district keeps what it has"


async def test_one_too_many_is_refused_and_those_before_it_are_kept(both: Both) -> None:
    for number in range(ATTACHMENTS_MAX + 2):
        reference = f"https://files.banyuwangi.go.id/{number}"
        both.officer_changes("c1", "ATTACHMENT", f"a{number:02}", **PHOTO | {"attachmentReference": reference})
    both.records.put("CaseFile", "c2", CASE)
    await both.pull()
    assert [number for number, *_ in await attached(both)] == list(range(1, ATTACHMENTS_MAX + 1))
    assert [line[2] for line in await lines(both)] == ["APPLIED"] * ATTACHMENTS_MAX + ["REFUSED"] * 2
    assert (await lines(both))[-1][4] == "the case file has 20 attachments, and none may have more"


async def test_what_is_attached_in_the_hub_reaches_the_district_and_comes_back_as_the_same(both: Both) -> None:
    await both.pull()
    statement = (
        "insert into case_attachment (case_file_id, attachment_no, uri, name, media_type, size_bytes, sha256, added_by,"
        f" added_at, regency_code) values ({C1}, 1, 'https://files.example.go.id/h1', 'surat.pdf', 'application/pdf', 99,"
        f" '{'a' * 64}', 'officer', now(), '35.10')"
    )
    await both.change(C1, "ATTACHMENT", statement, key="h1", item="1", changes={"name": "surat.pdf"})
    await both.deliver()
    [told] = both.records.rows("kind = 'CaseUpdate'", ())
    names = ("attachmentReference", "attachmentName", "mediaType", "byteSize")
    assert [told["values"][name] for name in names] == [
        "https://files.example.go.id/h1",
        "surat.pdf",
        "application/pdf",
        99,
    ]
    await both.pull()
    assert await attached(both) == [(1, "https://files.example.go.id/h1", "surat.pdf", "application/pdf", 99, "a" * 64)]
    assert [key for key, *_ in await lines(both)] == ["h1"]
