"""The phases of a national feed and its cursor."""

import httpx2
import pytest

from connectors.cursor import FeedCursor, decode_cursor, encode_cursor
from connectors.errors import System
from connectors.pkh.client import SYSTEM, PkhConnector
from connectors.settings import PkhSettings
from hub.domain.errors import CursorExpired, Fatal

SETTINGS = PkhSettings(url="http://pkh.test", api_key="the key", page_size=2)


def recipient(number: int, revision: int = 1, **changes: object) -> dict[str, object]:
    return {
        "id": f"K-{number}",
        "kk_number": "3510010101800001",
        "head_nik": None,
        "head_name": "SITI",
        "region": "35.10",
        "status": "ACTIVE",
        "components": {"SD": 1},
        "amount": 900_000,
        "revision": revision,
        "observed_at": "2026-01-02T03:04:05Z",
        **changes,
    }


def snapshot(*rows: object, next_cursor: str | None, changes_cursor: str = "c0") -> object:
    return {"households": rows, "next_cursor": next_cursor, "changes_cursor": changes_cursor}


def changes(*rows: object, cursor: str, has_more: bool = False) -> object:
    return {"changes": rows, "cursor": cursor, "has_more": has_more}


@pytest.fixture
def connect(channel_to):
    return lambda script: PkhConnector(SETTINGS, channel_to(script, SYSTEM))


async def test_the_snapshot_comes_first_and_the_changes_go_on_from_its_first_page(scripted, reply, connect):
    script = scripted(
        reply(snapshot(recipient(1), recipient(2), next_cursor="s2", changes_cursor="c5")),
        reply(snapshot(recipient(3), next_cursor=None, changes_cursor="c9")),
        reply(changes(recipient(1, 6), recipient(2, 7), cursor="c7", has_more=True)),
        reply(changes(cursor="c7")),
        reply(changes(recipient(3, 8), cursor="c8")),
    )
    connector = connect(script)
    after, seen = None, []
    for _ in range(5):
        page = await connector.pull(after)
        after = page.cursor
        seen.append(([r.source_record_id for r in page.records], page.has_more))
    assert seen == [
        (["K-1", "K-2"], True),
        (["K-3"], True),
        (["K-1", "K-2"], True),
        ([], False),
        (["K-3"], False),
    ]
    assert [str(request.url.copy_with(host="x")) for request in script.requests] == [
        "http://x/base/households?limit=2",
        "http://x/base/households?limit=2&cursor=s2",
        "http://x/base/changes?limit=2&after=c5",
        "http://x/base/changes?limit=2&after=c7",
        "http://x/base/changes?limit=2&after=c7",
    ]
    assert {request.headers["x-api-key"] for request in script.requests} == {"the key"}


async def test_a_wrong_row_is_rejected_and_the_cursor_moves_on(scripted, reply, connect):
    script = scripted(reply(snapshot(recipient(1, amount="much"), recipient(2), next_cursor="s2")))
    page = await connect(script).pull(None)
    assert [record.source_record_id for record in page.records] == ["K-2"]
    assert [(r.source_record_id, r.field, r.value) for r in page.rejects] == [("K-1", "amount", "much")]
    assert decode_cursor(SYSTEM, page.cursor).position == "s2"


@pytest.mark.parametrize("place", ["households", "mood"])
async def test_json_that_is_nested_too_deeply_is_fatal_wherever_it_stands(scripted, connect, place):
    deep = b"[" * 100_000 + b"]" * 100_000
    rows = deep if place == "households" else b"[]"
    body = b'{"households": %s, "next_cursor": null, "changes_cursor": "c", "mood": %s}'
    script = scripted(httpx2.Response(200, content=body % (rows, deep)))
    with pytest.raises(Fatal, match="PKH sent JSON that is nested too deeply"):
        await connect(script).pull(None)


async def test_a_feed_whose_cursor_does_not_move_is_fatal(scripted, reply, connect):
    same = encode_cursor(FeedCursor(source="PKH", phase="CHANGES", position="c1"))
    connector = connect(scripted(reply(changes(recipient(1), cursor="c1", has_more=True))))
    with pytest.raises(Fatal, match="its cursor does not move"):
        await connector.pull(same)


async def test_a_snapshot_whose_cursor_does_not_move_is_fatal(scripted, reply, connect):
    at = encode_cursor(FeedCursor(source="PKH", phase="SNAPSHOT", position="s1", changes="c0"))
    connector = connect(scripted(reply(snapshot(recipient(1), next_cursor="s1"))))
    with pytest.raises(Fatal, match="its cursor does not move"):
        await connector.pull(at)


async def test_a_drained_feed_may_stand_still(scripted, reply, connect):
    at = encode_cursor(FeedCursor(source="PKH", phase="CHANGES", position="c1"))
    page = await connect(scripted(reply(changes(cursor="c1")))).pull(at)
    assert (page.cursor, page.has_more) == (at, False)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "no base64!",
        "bm8ganNvbg==",
        "é",
        encode_cursor(FeedCursor(source="KIS", phase="CHANGES", position="c1")),
        encode_cursor(FeedCursor(source="PKH", phase="SNAPSHOT", position="s1")),
        "W1tbW1tb" * 10_000,
    ],
    ids=lambda text: text[:20],
)
async def test_a_malformed_or_foreign_cursor_starts_the_feed_again(scripted, connect, cursor):
    script = scripted(AssertionError("no call goes out"))
    with pytest.raises(CursorExpired):
        await connect(script).pull(cursor)
    assert script.requests == []


async def test_an_expired_cursor_starts_the_feed_again(scripted, reply, connect):
    at = encode_cursor(FeedCursor(source="PKH", phase="CHANGES", position="c1"))
    with pytest.raises(CursorExpired):
        await connect(scripted(reply({"error": "cursor_expired"}, 410))).pull(at)


@pytest.mark.parametrize("position", ["plain", "with=/+ \n", "ünï", "x" * 5000])
def test_any_cursor_of_the_system_survives(position: str) -> None:
    system = System(code="35.10", name="District 35.10", credentials="token")
    cursor = FeedCursor(source="35.10", phase="SNAPSHOT", position=position, changes=position)
    assert decode_cursor(system, encode_cursor(cursor)) == cursor


async def test_a_quota_that_cannot_be_read_is_fatal_with_its_place(scripted, reply, connect):
    pool = {
        "programme": "PKH",
        "region": "35.10",
        "period": "2026",
        "total": 5,
        "revision": 1,
        "observed_at": "2026-01-02T03:04:05Z",
    }
    connector = connect(scripted(reply({"quotas": [pool, {**pool, "total": "many"}]})))
    with pytest.raises(Fatal, match=r"does not fit \(quotas\[1\]\.total\)"):
        await connector.pools()


async def test_what_was_not_declared_is_fatal(scripted, connect):
    connector = connect(scripted(AssertionError("no call goes out")))
    with pytest.raises(Fatal, match="PKH cannot ISSUE: it declares POOLS, PULL"):
        await connector.issue([])
    with pytest.raises(Fatal, match="PKH cannot DELIVER: it declares POOLS, PULL"):
        await connector.deliver([])
