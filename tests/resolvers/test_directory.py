"""The use cases of the directory: who may, what is refused, what a repeated request does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from msgspec import structs

from hub.domain.directory import DistrictAccess, DistrictTerms, Extent, Finding, Inspection
from hub.domain.district import DistrictCapability
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.store.database import Database
from resolvers import directory
from resolvers.context import Context
from resolvers.directory import Joining, Unfit
from tests.schema.world import CALLERS, context
from tests.schema.world_records import OWN

FINDING = Finding(
    check="feed.order", path="Change.revision", asked="a page", came="falls", wanted="growth", mend="order it"
)
CODE = "35.11"


@dataclass
class Inspector:
    """Finds what it is told to find; notes what it was asked."""

    findings: tuple[Finding, ...] = ()
    asked: list[tuple[DistrictAccess, Extent]] = field(default_factory=list)

    async def inspect(self, access: DistrictAccess, extent: Extent) -> Inspection:
        self.asked.append((access, extent))
        return Inspection(
            extent=extent,
            has_answered=True,
            contract_version=1,
            capabilities=frozenset({DistrictCapability.CHANGES}),
            findings=self.findings,
        )


@pytest.fixture
def inspector() -> Inspector:
    return Inspector()


@pytest.fixture
def ministry(own_world: Database, inspector: Inspector) -> Context:
    return structs.replace(context(own_world, CALLERS["analyst"]), inspector=inspector)


def joining(**changes: str) -> Joining:
    values = {"regency_code": CODE, "endpoint": "https://slrt.example/graphql", "credential": "env:SLRT_HUB_TOKEN_B"}
    return Joining(DistrictAccess(**(values | changes)), DistrictTerms(), "it is ready")


async def test_a_district_joins_after_a_full_check(ministry: Context, inspector: Inspector) -> None:
    joined = await directory.join_district(ministry, joining(), "k1")
    assert (joined.regency_code, joined.status, joined.capabilities) == (CODE, "ONLINE", ["CHANGES"])
    assert inspector.asked == [(joining().access, "FULL")]
    ((event,),) = await directory.events_of(ministry, [CODE])
    assert (event.action, event.actor, event.reason) == ("JOINED", "analyst", "it is ready")


async def test_the_same_key_joins_once_and_asks_nobody_again(ministry: Context, inspector: Inspector) -> None:
    for _ in range(2):
        await directory.join_district(ministry, joining(), "k1")
    assert len(inspector.asked) == 1
    assert [len(events) for events in await directory.events_of(ministry, [CODE])] == [1]
    with pytest.raises(Conflict, match="was used for another districtJoin"):
        await directory.join_district(ministry, joining(endpoint="https://other.example"), "k1")


async def test_one_that_does_not_keep_the_contract_does_not_join(ministry: Context, inspector: Inspector) -> None:
    inspector.findings = (FINDING,) * 7
    with pytest.raises(Unfit, match=r"feed.order Change.revision: falls; wanted: growth.*; and 2 more") as caught:
        await directory.join_district(ministry, joining(), "k1")
    assert caught.value.findings == (FINDING,) * 7
    with pytest.raises(NotFound, match=f"no district '{CODE}' takes part"):
        await directory.check_district(ministry, CODE)
    inspector.findings = ()
    assert (await directory.join_district(ministry, joining(), "k1")).regency_code == CODE


@pytest.mark.parametrize(
    ("changes", "words", "path"),
    [
        ({"regency_code": "35"}, "no regency or city has the code '35'", "regencyCode"),
        ({"regency_code": "35.10.01"}, "no regency or city", "regencyCode"),
        ({"regency_code": "99.99"}, "no regency or city", "regencyCode"),
        ({"endpoint": "http://slrt.example/graphql"}, "begins with https://", "endpoint"),
        ({"endpoint": "https://user:pass@slrt.example"}, "without user", "endpoint"),
        ({"endpoint": "https://slrt.example/?token=1"}, "without user, query", "endpoint"),
        ({"endpoint": "ftp://slrt.example"}, "begins with https://", "endpoint"),
        ({"endpoint": "https://slrt.example:port/"}, "is a URL", "endpoint"),
        ({"endpoint": "nonsense"}, "is a URL", "endpoint"),
        ({"credential": "eyJhbGciOi"}, "is a reference", "credential"),
        ({"credential": "env:DATABASE_URL"}, "is a reference", "credential"),
        ({"credential": "file:../secret"}, "is a reference", "credential"),
        ({"credential": "file:/etc/shadow"}, "is a reference", "credential"),
    ],
)
async def test_what_does_not_fit_is_named_before_anybody_is_asked(
    ministry: Context, inspector: Inspector, changes: dict[str, str], words: str, path: str
) -> None:
    with pytest.raises(Invalid, match=words) as caught:
        await directory.join_district(ministry, joining(**changes), "k1")
    assert caught.value.path == (path,)
    assert inspector.asked == []
    assert "eyJhbGciOi" not in caught.value.message


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        (DistrictTerms(page_size=0), "pageSize"),
        (DistrictTerms(page_size=1001), "pageSize"),
        (DistrictTerms(concurrency=65), "concurrency"),
        (DistrictTerms(freshness_target=timedelta(0)), "freshnessSeconds"),
        (DistrictTerms(offline_after=timedelta(seconds=-1)), "offlineSeconds"),
    ],
)
async def test_terms_out_of_bounds_are_named(ministry: Context, terms: DistrictTerms, path: str) -> None:
    with pytest.raises(Invalid) as caught:
        await directory.join_district(ministry, replace(joining(), terms=terms), "k1")
    assert caught.value.path == (path,)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "a\x00b"])
async def test_every_change_says_why(ministry: Context, reason: str) -> None:
    with pytest.raises(Invalid, match="for the journal"):
        await directory.suspend_district(ministry, OWN, reason, "k1")


async def test_suspend_resume_and_leave_each_once_and_in_their_order(ministry: Context) -> None:
    for _ in range(2):
        assert (await directory.suspend_district(ministry, OWN, "mends its system", "k1")).status == "SUSPENDED"
    with pytest.raises(Conflict, match="is suspended already"):
        await directory.suspend_district(ministry, OWN, "again", "k2")
    assert (await directory.resume_district(ministry, OWN, "mended", "k3")).status == "ONLINE"
    with pytest.raises(Conflict, match="is not suspended"):
        await directory.resume_district(ministry, OWN, "again", "k4")
    for _ in range(2):
        await directory.leave_district(ministry, OWN, "merged", "k5")
    with pytest.raises(NotFound, match="takes part"):
        await directory.leave_district(ministry, OWN, "again", "k6")
    ((*events,),) = await directory.events_of(ministry, [OWN])
    assert [(event.action, event.reason) for event in events] == [
        ("LEFT", "merged"),
        ("RESUMED", "mended"),
        ("SUSPENDED", "mends its system"),
        ("JOINED", "begins"),
    ]


async def test_a_check_that_finds_something_degrades_and_one_that_does_not_mends(
    ministry: Context, inspector: Inspector
) -> None:
    inspector.findings = (FINDING,)
    degraded = await directory.check_district(ministry, OWN)
    assert degraded.status == "DEGRADED"
    assert degraded.last_check is not None
    assert degraded.last_check.findings == (FINDING,)
    inspector.findings = ()
    assert (await directory.check_district(ministry, OWN)).status == "ONLINE"


@pytest.mark.parametrize("caller", ["officer", "system", "partner"])
async def test_only_the_ministry_changes_the_directory(own_world: Database, inspector: Inspector, caller: str) -> None:
    ctx = structs.replace(context(own_world, CALLERS[caller]), inspector=inspector)
    tries: list[Callable[[], object]] = [
        lambda: directory.join_district(ctx, joining(), "k"),
        lambda: directory.check_district(ctx, OWN),
        lambda: directory.suspend_district(ctx, OWN, "r", "k"),
        lambda: directory.resume_district(ctx, OWN, "r", "k"),
        lambda: directory.leave_district(ctx, OWN, "r", "k"),
    ]
    for attempt in tries:
        with pytest.raises(Forbidden):
            await attempt()
    assert inspector.asked == []
