"""What Apollo Gateway and Hive Gateway answer for three districts that serve the same schema, each with other rows."""

import asyncio
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import httpx2
import msgspec

from benchmarks.federation.measure import Hub
from benchmarks.graphql.contestants import install_packages
from benchmarks.graphql.processes import inherited
from benchmarks.report import Figure
from hub.domain.errors import SetupError

_SOURCES = Path(__file__).with_name("peers")
_NODE = str(Path(sys.executable).parent / "node")
_START_SECONDS = 120
_QUERY = "{ caseFiles(first: 100) { nodes { id number } hasMore } }"


class _Urls(msgspec.Struct):
    apollo: str
    hive: str


async def gateways(hub: Hub) -> dict[str, Figure]:
    """Rows that each gateway gives of the three districts with most case files, beside those that there are."""
    chosen = sorted(hub.found, key=lambda district: -len(district.case_files))[:3]
    folder = await install_packages(_SOURCES)
    environment = {
        **inherited(),
        "CONTRACT": str(files("schema").joinpath("district.graphql")),
        "DISTRICTS": msgspec.json.encode(
            [{"name": f"district{each.code.replace('.', '')}", "url": each.url, "token": each.token} for each in chosen]
        ).decode(),
    }
    process = await asyncio.create_subprocess_exec(
        _NODE,
        str(folder / "gateways.mjs"),
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_START_SECONDS):
            line = await process.stdout.readline() if process.stdout else b""
        if not line:
            raise SetupError("the gateways did not start: their words stand above")
        urls = msgspec.json.decode(line, type=_Urls)
        true = sum(len(each.case_files) for each in chosen)
        figures = {"rows of three districts": Figure(true, "rows")}
        for name, url in (("Apollo Gateway", urls.apollo), ("Hive Gateway", urls.hive)):
            figures[f"rows of them from {name}"] = await _ask(url, true)
    finally:
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
    return figures


async def _ask(url: str, true: int) -> Figure:
    async with httpx2.AsyncClient(timeout=60) as client:
        response = await client.post(url, json={"query": _QUERY})
    answer = response.json()
    errors = len(answer.get("errors") or ())
    page = (answer.get("data") or {}).get("caseFiles") or {"nodes": []}
    rows = len({node["number"] for node in page["nodes"]})
    unit = f"rows, HTTP {response.status_code}, {errors} errors, hasMore {page.get('hasMore')}"
    return Figure(rows, unit, rows / true, 1.0)
