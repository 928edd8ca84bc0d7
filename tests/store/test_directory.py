"""The directory in the database: what is stored, the status that follows from it, and its journal."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from hub.domain.directory import DistrictTerms, Finding, Inspection
from hub.domain.district import DistrictCapability, DistrictStatus
from hub.domain.principal import EVERYWHERE
from hub.store import directory, districts, sources
from hub.store.database import Database, Session
from hub.store.directory import Change
from tests.districts import FITS, access, join_districts

CODE = "35.10"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = (timedelta(**{name: 1}) for name in ("seconds", "minutes", "hours", "days"))
FINDING = Finding(
    check="contract.fits", path="Household.kkNumber", asked="it", came="nothing", wanted="String", mend="serve it"
)


def change(now: datetime = NOW, reason: str = "because") -> Change:
    return Change("ministry", reason, now)


def found(*findings: Finding, extent: str = "FULL", has_answered: bool = True, **other: object) -> Inspection:
    values = {"contract_version": 1, "capabilities": frozenset(DistrictCapability)} | other
    return Inspection(extent=extent, has_answered=has_answered, findings=findings, **values)


@pytest.fixture
async def jobs(database: Database) -> Session:
    """With one district, joined at NOW."""
    await join_districts(database.jobs, [CODE], NOW)
    return database.jobs


async def status(jobs: Session, now: datetime) -> tuple[str, datetime]:
    (district,) = await districts.list_districts(jobs, EVERYWHERE, now, after=None, first=10)
    (entry,) = (await directory.read_directory(jobs, now)).entries
    assert entry.status == district.status
    return district.status, district.status_since


async def journal(jobs: Session) -> list[tuple[str, str, str]]:
    (events,) = await directory.list_events(jobs, [CODE], 20)
    return [(event.action, event.actor, event.reason) for event in events]


async def test_a_district_that_joined_is_online(jobs: Session) -> None:
    assert await status(jobs, NOW + HOUR) == ("ONLINE", NOW)
    assert await journal(jobs) == [("JOINED", "test", "begins")]


async def test_it_is_stale_when_its_feed_is_older_than_its_target_and_not_before(jobs: Session) -> None:
    assert await status(jobs, NOW + DAY - SECOND) == ("ONLINE", NOW)
    assert await status(jobs, NOW + DAY) == ("STALE", NOW + DAY)
    await sources.move_cursor(jobs, sources.CursorMove(CODE, None, "1", is_drained=True), NOW + 2 * DAY)
    assert await status(jobs, NOW + 2 * DAY) == ("ONLINE", NOW + 2 * DAY)
    assert await status(jobs, NOW + 3 * DAY) == ("STALE", NOW + 3 * DAY)


async def test_one_that_has_no_feed_is_never_stale(database: Database) -> None:
    inspection = found(capabilities=frozenset({DistrictCapability.CASE_FILES}))
    await directory.put_entry(database.jobs, access(CODE), inspection, DistrictTerms(), change())
    assert (await status(database.jobs, NOW + 30 * DAY))[0] == "ONLINE"


async def test_it_is_offline_when_calls_fail_for_longer_than_it_is_given(jobs: Session) -> None:
    await directory.note_failing(jobs, CODE, NOW + HOUR)
    await directory.note_failing(jobs, CODE, NOW + HOUR + MINUTE)
    assert await status(jobs, NOW + HOUR + 5 * MINUTE - SECOND) == ("ONLINE", NOW)
    assert await status(jobs, NOW + HOUR + 5 * MINUTE) == ("OFFLINE", NOW + HOUR + 5 * MINUTE)
    await directory.note_answering(jobs, CODE, NOW + 2 * HOUR)
    assert await status(jobs, NOW + 2 * HOUR) == ("ONLINE", NOW + 2 * HOUR)


async def test_a_short_failure_leaves_since_when_it_is_online(jobs: Session) -> None:
    await directory.note_failing(jobs, CODE, NOW + HOUR)
    await directory.note_answering(jobs, CODE, NOW + HOUR + MINUTE)
    assert await status(jobs, NOW + 2 * HOUR) == ("ONLINE", NOW)


async def test_findings_degrade_it_and_a_full_check_without_any_mends_it(jobs: Session) -> None:
    await directory.note_check(jobs, CODE, found(FINDING), change(NOW + HOUR))
    await directory.note_check(jobs, CODE, found(FINDING, FINDING), change(NOW + 2 * HOUR))
    assert await status(jobs, NOW + 3 * HOUR) == ("DEGRADED", NOW + HOUR)
    (district,) = await districts.list_districts(jobs, EVERYWHERE, NOW, after=None, first=10)
    assert district.last_check == districts.DistrictCheck(NOW + 2 * HOUR, "FULL", (FINDING, FINDING))
    await directory.note_check(jobs, CODE, found(), change(NOW + 4 * HOUR, "mended"))
    assert await status(jobs, NOW + 5 * HOUR) == ("ONLINE", NOW + 4 * HOUR)
    assert await journal(jobs) == [
        ("MENDED", "ministry", "mended"),
        ("DEGRADED", "ministry", "contract.fits Household.kkNumber: nothing; wanted: String"),
        ("JOINED", "test", "begins"),
    ]


async def test_a_check_of_the_schema_alone_does_not_mend_what_a_full_one_found(jobs: Session) -> None:
    await directory.note_check(jobs, CODE, found(FINDING), change(NOW + HOUR))
    await directory.note_check(jobs, CODE, found(extent="CONTRACT"), change(NOW + 2 * HOUR))
    assert (await status(jobs, NOW + 3 * HOUR))[0] == "DEGRADED"


async def test_one_that_does_not_answer_a_check_is_failing_and_not_degraded(jobs: Session) -> None:
    unanswered = found(FINDING, has_answered=False, contract_version=None, capabilities=frozenset())
    await directory.note_check(jobs, CODE, unanswered, change(NOW + HOUR))
    assert await status(jobs, NOW + HOUR + 5 * MINUTE) == ("OFFLINE", NOW + HOUR + 5 * MINUTE)
    (entry,) = (await directory.read_directory(jobs, NOW + HOUR)).entries
    assert (entry.has_drifted, entry.capabilities) == (False, FITS.capabilities)


async def test_a_check_that_passes_takes_new_abilities_over(jobs: Session) -> None:
    able = frozenset({DistrictCapability.CASE_FILES, DistrictCapability.CHANGES})
    await directory.note_check(jobs, CODE, found(capabilities=able, extent="CONTRACT"), change(NOW + HOUR))
    (entry,) = (await directory.read_directory(jobs, NOW + HOUR)).entries
    assert entry.capabilities == able


async def test_suspended_counts_before_everything_else(jobs: Session) -> None:
    await directory.note_check(jobs, CODE, found(FINDING), change())
    await directory.note_failing(jobs, CODE, NOW)
    assert await directory.suspend(jobs, CODE, change(NOW + HOUR))
    assert not await directory.suspend(jobs, CODE, change(NOW + 2 * HOUR))
    assert await status(jobs, NOW + 30 * DAY) == ("SUSPENDED", NOW + HOUR)
    assert await directory.resume(jobs, CODE, change(NOW + 3 * HOUR))
    assert not await directory.resume(jobs, CODE, change(NOW + 4 * HOUR))
    assert await status(jobs, NOW + 4 * HOUR) == ("DEGRADED", NOW)


async def test_one_that_leaves_leaves_what_was_read_and_its_journal_and_begins_anew(jobs: Session) -> None:
    await sources.move_cursor(jobs, sources.CursorMove(CODE, None, "9", is_drained=True), NOW)
    await directory.remove(jobs, CODE, change(NOW + HOUR, "closed"))
    assert (await directory.read_directory(jobs, NOW)).entries == ()
    assert await sources.find_cursor(jobs, CODE) is None
    assert (await sources.list_drained_at(jobs, [CODE])) == {CODE: NOW}
    assert (await journal(jobs))[0] == ("LEFT", "ministry", "closed")


async def test_joining_again_changes_how_it_is_reached(jobs: Session) -> None:
    await directory.put_entry(jobs, access(CODE, "https://new.example"), FITS, DistrictTerms(concurrency=3), change())
    (entry,) = (await directory.read_directory(jobs, NOW)).entries
    assert (entry.endpoint, entry.terms.concurrency) == ("https://new.example", 3)
    assert [action for action, _, _ in await journal(jobs)] == ["CHANGED", "JOINED"]


async def test_only_regencies_join(jobs: Session) -> None:
    for code in ("35", "35.10.01", "99.99", ""):
        assert not await directory.put_entry(jobs, access(code), FITS, DistrictTerms(), change())


async def test_the_revision_grows_with_what_changes_and_with_nothing_else(jobs: Session) -> None:
    before = await directory.find_revision(jobs)
    await directory.note_answering(jobs, CODE, NOW)
    await directory.note_check(jobs, CODE, found(), change())
    await sources.move_cursor(jobs, sources.CursorMove(CODE, None, "1", is_drained=True), NOW + HOUR)
    assert await directory.find_revision(jobs) == before
    await directory.suspend(jobs, CODE, change())
    assert await directory.find_revision(jobs) == before + 1
    assert (await directory.read_directory(jobs, NOW)).revision == before + 1


@pytest.mark.parametrize(
    "secret", ["eyJhbGciOiJFUzI1NiJ9", "env:PATH", "env:DATABASE_URL", "file:../etc/passwd", "file:/etc/passwd"]
)
async def test_the_database_itself_takes_no_secret_and_no_other_reference(jobs: Session, secret: str) -> None:
    async with jobs.connection() as connection:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("update district_system set credential = $1", secret)


async def test_the_ways_out_of_the_statuses_are_all_that_there_are() -> None:
    assert {word.value for word in DistrictStatus} == {"ONLINE", "DEGRADED", "STALE", "OFFLINE", "SUSPENDED"}
