"""A district that has only a database, or only a REST interface, keeps the contract by mirroring its records."""

import asyncio
import json
import os
import sqlite3
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from connectors.district.client import load_contract
from connectors.district.conformance.asking import Asker
from connectors.district.conformance.model import Report
from connectors.district.conformance.suite import Suite
from simulators.serving import served
from tests.conformance_district.example import FOLDER, PATIENT, TOKEN, load_example

COMPLAINTS = [
    {
        "nomor": f"{number:03}",
        "diterima": f"2026-05-{1 + number % 20:02}T08:00:00+07:00",
        "diubah": "2026-06-01T08:00:00+07:00",
        "bidang": ("kesehatan", "pangan", "lain")[number % 3],
        "kode_desa": f"35.10.01.200{1 + number % 2}",
        "status": ("masuk", "proses", "selesai")[number % 3],
        "isi": None if number % 4 else "Butuh bantuan",
    }
    for number in range(90)
]
_PATIENCE = 60.0


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setitem(sys.modules, "district", load_example())
    return load_example("mirror")


@pytest.fixture
def complaints(tmp_path: Path) -> Path:
    """The district's own database."""
    path = tmp_path / "pengaduan.sqlite"
    with sqlite3.connect(path) as database:
        database.execute(f"create table pengaduan ({', '.join(COMPLAINTS[0])})")
        names = list(COMPLAINTS[0])
        marks = ", ".join(f":{name}" for name in names)
        database.executemany(f"insert into pengaduan ({', '.join(names)}) values ({marks})", COMPLAINTS)
    database.close()
    return path


async def checked(app: Any) -> Report:
    asker = Asker("http://d.example/graphql", TOKEN, PATIENT, transport=httpx2.ASGITransport(app))
    try:
        return await Suite(asker, load_contract(), expected_code="35.10").run()
    finally:
        await asker.aclose()


async def test_what_is_read_from_a_database_keeps_the_contract(mirror: ModuleType, complaints: Path) -> None:
    records = mirror.Records("35.10", "Banyuwangi")
    mirror.mirror(records, mirror.from_database(complaints))
    report = await checked(mirror.make_app(records, load_contract(), TOKEN, mirror.CAPABILITIES))
    assert report.findings == ()
    assert report.capabilities == ("CASE_FILES", "CHANGES")
    assert {result.check for result in report.results if result.outcome == "PASSED"} >= {"feed.pages", "search.pages"}
    records.db.close()


async def test_what_is_read_over_rest_is_the_same(mirror: ModuleType, complaints: Path) -> None:
    def get(url: str) -> bytes:
        start = (int(url.partition("halaman=")[2]) - 1) * 25
        return json.dumps(COMPLAINTS[start : start + 25]).encode()

    rows = list(mirror.from_rest("https://sistem.example/api", get))
    assert rows == list(mirror.from_database(complaints))
    assert len(rows) == 90


def test_only_what_changed_gets_a_revision_and_what_is_gone_is_said_once(mirror: ModuleType) -> None:
    records = mirror.Records("35.10", "Banyuwangi")
    rows = [mirror.case_file(complaint) for complaint in COMPLAINTS[:3]]
    mirror.mirror(records, rows)
    mirror.mirror(records, rows)
    feed = "order by revision"
    assert [row["revision"] for row in records.rows("true", (), feed)] == [1, 2, 3]
    changed = [rows[0], (rows[1][0], rows[1][1] | {"status": "RESOLVED"})]
    for _ in range(2):
        mirror.mirror(records, changed)
    found = [(row["id"], row["revision"], row["isRemoved"]) for row in records.rows("true", (), feed)]
    assert found == [("000", 1, False), ("002", 4, True), ("001", 5, False)]
    records.db.close()


def test_a_reading_that_breaks_off_changes_nothing(mirror: ModuleType) -> None:
    def broken() -> Any:
        yield mirror.case_file(COMPLAINTS[1])
        raise OSError("the line went down")

    records = mirror.Records("35.10", "Banyuwangi")
    mirror.mirror(records, [mirror.case_file(COMPLAINTS[0])])
    with pytest.raises(OSError, match="went down"):
        mirror.mirror(records, broken())
    assert [row["id"] for row in records.rows("not is_removed", ())] == ["000"]
    records.db.close()


async def test_the_scripts_run_as_the_pages_say_and_pass_the_command(complaints: Path, tmp_path: Path) -> None:
    (tmp_path / "token.txt").write_text(TOKEN)
    shared = [
        "--contract",
        str(FOLDER.parents[1] / "schema/district.graphql"),
        "--token-file",
        "token.txt",
        "--region",
        "35.10",
    ]
    for script, more in (
        ("district.py", ["--data", str(FOLDER / "records.json")]),
        ("mirror.py", ["--database", str(complaints)]),
    ):
        await _serves(tmp_path, [str(FOLDER / script), *shared, *more])


async def _serves(folder: Path, arguments: list[str]) -> None:
    async with served(_nobody) as port:
        pass  # a port that was free a moment ago
    serving = await asyncio.create_subprocess_exec(sys.executable, *arguments, "--port", str(port), cwd=folder)
    try:
        code, words = 1, ""
        async with asyncio.timeout(_PATIENCE):
            while code != 0:
                code, words = await _command(folder, f"http://127.0.0.1:{port}/graphql")
        assert "0 failed" in words
    finally:
        serving.terminate()
        await serving.wait()


async def _command(folder: Path, url: str) -> tuple[int, str]:
    command = "import sys; from server.cli import main; sys.argv = ['slrt-hub', *sys.argv[1:]]; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", command, "district", "check", url, "--token-env", "CHECK_TOKEN", "--latency", "30"),
        cwd=folder,
        env=os.environ | {"CHECK_TOKEN": TOKEN, "PYTHONPATH": str(FOLDER.parents[1])},
        stdout=asyncio.subprocess.PIPE,
    )
    words, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, words.decode()


async def _nobody(scope: Any, receive: Any, send: Any) -> None:
    return
