"""A district that has only a database, or only a REST interface: its records are mirrored, and the contract is served.

    python mirror.py --database pengaduan.sqlite --contract district.graphql --token-file token.txt --region 35.10
    python mirror.py --rest https://sistem.example/api/pengaduan --contract ...

Every few minutes all records are read and put beside those that are known. What is new or differs gets the next revision,
what is gone is said to be gone; so the feed is in order and can be resumed, though the source knows nothing of revisions.
Here the source has complaints (pengaduan) only: the district says that it can do CASE_FILES and CHANGES, and no more.
"""

import argparse
import asyncio
import json
import sqlite3
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import uvicorn
from district import Records, make_app

CAPABILITIES = ("CASE_FILES", "CHANGES")
CATEGORIES = {"kesehatan": "HEALTH", "pangan": "FOOD", "pendidikan": "EDUCATION", "rumah": "HOUSING"}
STATUSES = {"masuk": "RECEIVED", "proses": "IN_PROGRESS", "selesai": "RESOLVED"}

Row = tuple[str, dict[str, Any]]


def case_file(complaint: dict[str, Any]) -> Row:
    """A complaint as the district keeps it, in the words of the contract. What is not known is null."""
    return str(complaint["nomor"]), {
        "observedAt": complaint["diubah"],
        "number": str(complaint["nomor"]),
        "type": "COMPLAINT",
        "category": CATEGORIES.get(complaint["bidang"], "SOCIAL_ECONOMIC"),
        "channel": "WALK_IN",
        "regionCode": complaint["kode_desa"],
        "householdId": None,
        "status": STATUSES[complaint["status"]],
        "summary": complaint["isi"],
        "receivedAt": complaint["diterima"],
        "closedAt": complaint["diubah"] if complaint["status"] == "selesai" else None,
    }


def from_database(path: Path) -> Iterator[Row]:
    """All complaints of a database; any driver of Python reads so."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        for row in database.execute("select nomor, diterima, diubah, bidang, kode_desa, status, isi from pengaduan"):
            yield case_file(dict(row))


def from_rest(url: str, get: Callable[[str], bytes]) -> Iterator[Row]:
    """All complaints of a REST interface, page by page until one is empty."""
    page = 1
    while complaints := json.loads(get(f"{url}?halaman={page}")):
        yield from map(case_file, complaints)
        page += 1


def mirror(records: Records, rows: Iterable[Row]) -> None:
    """Put all of them beside what is known; nothing is taken over when reading them fails midway."""
    now = dict(rows)
    for known in records.rows("kind = 'CaseFile' and not is_removed", ()):
        if known["id"] not in now:
            records.remove("CaseFile", known["id"])
    for id_, fields in now.items():
        records.put("CaseFile", id_, fields)


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 -- the operator names it
        body: bytes = answer.read()
        return body


async def serve(options: argparse.Namespace) -> None:
    records = Records(options.region, options.name, options.copy)
    token = options.token_file.read_text(encoding="utf-8").strip()
    app = make_app(records, options.contract.read_text(encoding="utf-8"), token, CAPABILITIES)

    def read() -> list[Row]:
        return list(from_database(options.database) if options.database else from_rest(options.rest, get))

    async def keep_up() -> None:
        while True:
            try:
                mirror(records, await asyncio.to_thread(read))
            except (OSError, ValueError, KeyError, sqlite3.Error) as error:
                print(f"not read this time: {type(error).__name__}", flush=True)  # noqa: T201 -- a script speaks so
            await asyncio.sleep(options.every)

    mirroring = asyncio.create_task(keep_up())
    await uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=options.port, log_level="warning")).serve()
    mirroring.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--database", type=Path, help="SQLite file with the table pengaduan")
    source.add_argument("--rest", help="URL of the list of complaints")
    parser.add_argument("--contract", type=Path, required=True, help="the hub's schema/district.graphql")
    parser.add_argument("--token-file", type=Path, required=True, help="holds the token that the hub was given")
    parser.add_argument("--region", required=True, help="code of the regency or city, such as 35.10")
    parser.add_argument("--name", default="", help="its name")
    parser.add_argument(
        "--copy", default="mirror.sqlite", help="where the mirrored records and their revisions are kept"
    )
    parser.add_argument("--every", type=float, default=300.0, help="seconds between two readings")
    parser.add_argument("--port", type=int, default=8100)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
