"""A process that is killed while it delivers: another one delivers again, with the same id, in order, and nothing is lost."""

import asyncio
import base64
import signal
import sys

from hub.domain.events import Interest, Topic
from hub.domain.principal import EVERYWHERE
from hub.store.database import Database
from hub.store.webhooks import NewEndpoint, find_endpoints, put_endpoint
from tests.casework import NOW, note_lines, open_case_files
from tests.server.receiving import receiving

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
EVENTS = 60
_DELIVER = """
import asyncio, sys
from connectors.webhook import WebhookSender
from hub.store.database import open_database
from server.clock import clock
from server.webhooks import Webhooks

async def deliver():
    async with open_database(sys.argv[1]) as database:
        sender = WebhookSender(lambda _: sys.argv[2], clock, is_private_allowed=True)
        await Webhooks(database, clock, sender).work()

asyncio.run(deliver())
"""


async def _start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-c", _DELIVER, url, SECRET)


async def test_an_event_whose_delivery_was_killed_comes_again_with_the_same_id(
    database: Database, database_url: str
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    async with receiving() as receiver:
        new = NewEndpoint("system", receiver.url(), Interest(frozenset(Topic), EVERYWHERE, False), "file:secret")
        endpoint_id = await put_endpoint(database.jobs, new, NOW)
        await note_lines(database.jobs, "35.10", 1, EVENTS)
        for at in (1, 12, 30):
            receiver.shut_at = at
            process = await _start(database_url)
            await receiver.until(at)  # it got the event, and hears no answer
            process.send_signal(signal.SIGKILL)
            assert await process.wait() == -signal.SIGKILL
            assert len(receiver.received) == at
        receiver.shut_at = 0
        process = await _start(database_url)
        async with asyncio.timeout(60):
            while True:
                (endpoint,) = await find_endpoints(database.jobs, [endpoint_id])
                if endpoint is not None and endpoint.position == EVENTS:
                    break
                await asyncio.sleep(0.05)
        process.terminate()
        await process.wait()
    numbers = [int(id_.removeprefix("evt_")) for id_ in receiver.ids]
    assert numbers == sorted([*range(1, EVENTS + 1), 1, 11, 28])
