"""Days off from a file: what does not fit is named, and clocks that run follow."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.domain.errors import Invalid
from hub.store.calendar import DayOff, follow_running, merge_days_off
from hub.store.clocks import list_clocks
from hub.store.database import Database
from server.calendar_command import read_days_off
from tests.resolvers.clocked_cases import open_case_file

HEAD = "region_code,day,kind,name,source\n"


def test_a_file_of_days_off_is_read(tmp_path: Path) -> None:
    file = tmp_path / "2027.csv"
    file.write_text(HEAD + "ID,2027-01-01,NATIONAL_HOLIDAY,Tahun Baru,SKB 2027\n", encoding="utf-8")
    assert read_days_off(file) == [DayOff("ID", date(2027, 1, 1), "NATIONAL_HOLIDAY", "Tahun Baru", "SKB 2027")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("day,name\n", "has to begin with the line region_code,day,kind,name,source"),
        (HEAD + "ID,1 January,REGIONAL,x,y\n", "line 2: '1 January' is no day: write it as 2027-01-01"),
        (
            HEAD + "ID,2027-01-01,HOLIDAY,x,y\n",
            "line 2: 'HOLIDAY' has to be one of NATIONAL_HOLIDAY, JOINT_LEAVE, REGIONAL",
        ),
        (HEAD + "ID,2027-01-01,REGIONAL,x,\n", "line 2: a day off needs its name and its source, such as the decree"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "days.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_days_off(file)
    assert message in refused.value.message


@pytest.mark.parametrize("content", [b"\xff\xfe\x00junk", HEAD.encode() + b'ID,2027-01-01,"a\rb\xff'])
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "days.xlsx"
    file.write_bytes(content)
    with pytest.raises(Invalid, match=r"days\.xlsx is no CSV in UTF-8"):
        read_days_off(file)


async def test_running_clocks_follow_a_new_day_off(database: Database) -> None:
    jobs, received = database.jobs, datetime(2026, 7, 6, 2, tzinfo=UTC)
    for number in range(1, 6):
        await open_case_file(jobs, number, received, resolution_class="INFORMATION")
    election = DayOff("35", date(2026, 7, 8), "REGIONAL", "Pemilihan", "made for the test")
    assert await merge_days_off(jobs, [election]) == 1
    assert await merge_days_off(jobs, [election]) == 0
    assert await follow_running(jobs, batch=2) == 5
    clocks = await list_clocks(jobs, [1, 5])
    assert [end.due_at for _, end in clocks] == [datetime(2026, 7, 14, 2, tzinfo=UTC)] * 2
