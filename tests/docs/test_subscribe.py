"""The follower in the documentation works as it stands there: it is told what happens, and goes on after its last cursor."""

import asyncio
import os
import sys
from collections.abc import Callable

from hub.store.database import Database
from tests.casework import note_lines, open_case_files
from tests.server.sockets import Hub, serving


async def _told(hub: Hub, script: str, count: int, **environment: str) -> list[list[str]]:
    """The words of so many lines; the follower is killed then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        env=os.environ | {"HUB": f"ws://127.0.0.1:{hub.port}/graphql", "TOKEN": "officer"} | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(60):
        lines = [(await process.stdout.readline()).decode().split() for _ in range(count)]
    process.kill()
    await process.wait()
    return lines


async def test_the_follower_of_the_page_loses_nothing(database: Database, text_of: Callable[[str], str]) -> None:
    script = text_of("docs/how-to/subscribe.md").partition("```py\n")[2].partition("```\n")[0]
    await open_case_files(database.jobs, "35.10", 7)
    async with serving(database) as hub:
        await note_lines(database.jobs, "35.10", 7, 3)
        await hub.app.telling.feed.read_on()
        first = await _told(hub, script, 2, AFTER="ZXZlbnRzOjA")
        assert first == [["evt_1", "case.noted", "7", "ZXZlbnRzOjE"], ["evt_2", "case.noted", "7", "ZXZlbnRzOjI"]]
        assert await _told(hub, script, 1, AFTER=first[-1][-1]) == [["evt_3", "case.noted", "7", "ZXZlbnRzOjM"]]
