import asyncio

import pytest

from hub.domain.case_search import CaseFileCriteria
from hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from hub.store.database import Database
from resolvers.case_files import CaseFileDraft, create_case_file
from resolvers.case_lists import CaseFileList, list_case_files
from resolvers.context import Context
from tests.schema.world import CALLERS, context
from tests.schema.world_records import FOREIGN, OWN, VILLAGES, household_of, person_of


def _draft(**changes: object) -> CaseFileDraft:
    values: dict[str, object] = {
        "region_code": VILLAGES[OWN],
        "household_id": household_of(OWN, 1),
        "number": None,
        "type": "NEED",
        "category": "FOOD",
        "channel": "WALK_IN",
        "summary": "Beras habis",
    }
    return CaseFileDraft(**(values | changes))


@pytest.fixture
def writer(own_world: Database) -> Context:
    return context(own_world, CALLERS["officer"])


async def test_the_hub_numbers_case_files_by_regency_and_year_without_gaps_or_repeats(writer: Context) -> None:
    made = await asyncio.gather(*(create_case_file(writer, _draft(), f"key-{n}") for n in range(5)))
    assert sorted(case.number for case in made) == [f"35.10-2026-{n:05}" for n in range(1, 6)]
    assert {(case.status, case.source_code, case.regency_code) for case in made} == {("RECEIVED", "HUB", OWN)}


async def test_a_given_number_is_kept(writer: Context) -> None:
    assert (await create_case_file(writer, _draft(number="UGD/17"), "key")).number == "UGD/17"


async def test_the_same_key_opens_one_case_file_and_another_body_is_a_conflict(writer: Context) -> None:
    first = await create_case_file(writer, _draft(), "key")
    assert await create_case_file(writer, _draft(), "key") == first
    with pytest.raises(Conflict, match="'key' was used for another caseFileCreate"):
        await create_case_file(writer, _draft(summary="Sakit"), "key")
    page = await list_case_files(writer, CaseFileList(None, CaseFileCriteria(statuses=("RECEIVED",))), 100, None)
    assert len([case for case in page.nodes if case.source_code == "HUB"]) == 1


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"region_code": FOREIGN, "household_id": None}, Forbidden, r"'35\.09' is not yours"),
        ({"region_code": "35", "household_id": None}, Invalid, "'35' is a province"),
        ({"region_code": "35.10.99", "household_id": None}, Invalid, r"there is no region '35\.10\.99'"),
        ({"household_id": household_of(FOREIGN, 1)}, NotFound, "there is no household"),
        ({"household_id": 5}, NotFound, "there is no household"),
        ({"summary": "x" * 4001}, Invalid, "summary has 4001 characters: at most 4000"),
        ({"number": ""}, Invalid, "must not be empty"),
        ({"channel": "PIGEON"}, Invalid, "channel 'PIGEON' is not one of WALK_IN, PHONE,"),
        ({"household_id": None, "person_id": 5}, Invalid, "a person is named together with the household"),
        ({"person_id": person_of(OWN, 2)}, NotFound, "there is no person .* in that household"),
    ],
)
async def test_what_does_not_fit_opens_nothing(
    writer: Context, changes: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await create_case_file(writer, _draft(**changes), "key")
    page = await list_case_files(writer, CaseFileList(None, CaseFileCriteria()), 100, None)
    assert [case for case in page.nodes if case.source_code == "HUB"] == []
    assert (await create_case_file(writer, _draft(), "key")).number == "35.10-2026-00001"
