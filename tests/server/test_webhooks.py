"""What a webhook gets, over a real socket: signed, in order, at least once, and never silently lost."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from connectors.webhook import WebhookSender, is_public
from hub.domain.errors import Invalid
from hub.domain.events import Interest, Topic
from hub.domain.principal import EVERYWHERE, RegionRange
from hub.domain.webhooks import DeliveryPolicy, require_url, secret_of, signature
from hub.store import webhooks
from hub.store.database import Database, open_database
from hub.store.events import give_positions, remove_events
from hub.store.webhooks import Endpoint, NewEndpoint
from server.webhooks import Webhooks
from tests.casework import NOW, note, note_lines, open_case_files
from tests.server.receiving import Received, Receiver, receiving

SECRETS = {
    "file:new": "whsec_" + base64.b64encode(b"n" * 24).decode(),
    "file:old": "whsec_" + base64.b64encode(b"o" * 32).decode(),
    "file:token": "a-token-of-a-district",
}
SOON = DeliveryPolicy(seconds_between=(10, 60), failing_for=timedelta(days=5))


class _Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


def secret_at(reference: str) -> str:
    if reference not in SECRETS:
        raise Invalid("leads to no secret")
    return SECRETS[reference]


@asynccontextmanager
async def delivering(
    database: Database, clock: Callable[[], datetime], *, is_private_allowed: bool = True, seconds: float = 5.0
) -> AsyncIterator[Webhooks]:
    sender = WebhookSender(secret_at, clock, is_private_allowed=is_private_allowed, seconds=seconds)
    job = Webhooks(database, clock, sender, SOON)
    working = asyncio.create_task(job.work())
    try:
        yield job
    finally:
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await sender.aclose()


async def _register(database: Database, url: str, **changes: Any) -> int:
    interest = Interest(
        changes.pop("topics", frozenset(Topic)),
        changes.pop("regions", EVERYWHERE),
        with_sensitive=changes.pop("with_sensitive", False),
    )
    return await webhooks.put_endpoint(
        database.jobs, NewEndpoint("system", url, interest, changes.pop("credential", "file:new")), NOW
    )


async def _endpoint(database: Database, endpoint_id: int) -> Endpoint:
    (found,) = await webhooks.find_endpoints(database.jobs, [endpoint_id])
    assert found is not None
    return found


async def _until(database: Database, endpoint_id: int, **wanted: object) -> Endpoint:
    """Wait until the endpoint is like this."""
    async with asyncio.timeout(30):
        while True:
            endpoint = await _endpoint(database, endpoint_id)
            if all(getattr(endpoint, name) == value for name, value in wanted.items()):
                return endpoint
            await asyncio.sleep(0.02)


async def _dead(database: Database, endpoint_id: int) -> list[tuple[str, str, int]]:
    (letters,) = await webhooks.list_dead_letters(database.jobs, [endpoint_id], after_id=0, first=100)
    return [(letter.event_name, letter.reason, letter.attempts) for letter in letters]


def _signed_with(call: Received, secret: str) -> str:
    """As the specification says, written down a second time."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


async def test_an_event_is_sent_thin_and_signed(database: Database, receiver: Receiver, clock: _Clock) -> None:
    await open_case_files(database.jobs, "35.10", 7)
    await _register(database, receiver.url("/hook?of=hub"))
    async with delivering(database, clock):
        agency = {"field_group": "ASSIGNMENT", "item": "35.10/DINAS_SOSIAL"}
        await note(database.jobs, 7, "a", from_value="ASSIGNED", to_value="ACKNOWLEDGED", **agency)
        (call,) = await receiver.until(1)
    assert call.headers["content-type"] == "application/json"
    assert call.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (call.id, call.headers["webhook-timestamp"]) == ("evt_1", str(int(NOW.timestamp())))
    assert call.headers["webhook-signature"] == _signed_with(call, SECRETS["file:new"])
    assert call.message == {
        "type": "case.acknowledged",
        "timestamp": "2026-03-01T08:00:00Z",
        "data": {
            "subject": "Q2FzZUZpbGU6Nw",
            "regencyCodes": ["35.10"],
            "cursor": "ZXZlbnRzOjE",
            "version": 1,
            "fieldGroup": "ASSIGNMENT",
            "fromStatus": "ASSIGNED",
            "toStatus": "ACKNOWLEDGED",
            "agencyCode": "35.10/DINAS_SOSIAL",
        },
    }


def test_the_signature_is_that_of_the_specifications_example() -> None:
    key = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert (
        signature([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


async def test_while_a_secret_rotates_both_sign(database: Database, receiver: Receiver, clock: _Clock) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url(), credential="file:old")
    await webhooks.rotate_secret(database.jobs, endpoint_id, "file:new", NOW + timedelta(hours=1))
    await webhooks.rotate_secret(database.jobs, endpoint_id, "file:new", NOW + timedelta(hours=9))  # changes nothing
    async with delivering(database, clock):
        await note(database.jobs, 1, "a")
        await receiver.until(1)
        clock.move(hours=1)
        await note(database.jobs, 1, "b")
        first, second = await receiver.until(2)
    assert first.headers["webhook-signature"].split(" ") == [
        _signed_with(first, SECRETS["file:new"]),
        _signed_with(first, SECRETS["file:old"]),
    ]
    assert second.headers["webhook-signature"] == _signed_with(second, SECRETS["file:new"])


async def test_each_gets_its_own_topics_and_regions_from_its_registration_on(
    database: Database, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    await open_case_files(database.jobs, "35.09", 2)
    await open_case_files(database.jobs, "35.10", 3, is_sensitive=True)
    await note(database.jobs, 1, "before")
    await give_positions(database.jobs, NOW)
    own = RegionRange.under("35.10")
    await _register(database, receiver.url("/all"))
    await _register(database, receiver.url("/own"), regions=own)
    await _register(database, receiver.url("/trusted"), regions=own, with_sensitive=True)
    await _register(database, receiver.url("/matches"), topics=frozenset({Topic.MATCH}))
    async with delivering(database, clock):
        for number in (1, 2, 3):
            await note(database.jobs, number, "after")
        await receiver.until(5)
        await asyncio.sleep(0.3)
    got = {
        path: [c.id for c in receiver.received if c.path == path] for path in ("/all", "/own", "/trusted", "/matches")
    }
    assert got == {"/all": ["evt_2", "evt_3"], "/own": ["evt_2"], "/trusted": ["evt_2", "evt_4"], "/matches": []}


async def test_a_failing_endpoint_waits_in_order_and_holds_up_no_other(
    database: Database, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with receiving() as other, delivering(database, clock) as job:
        other_id = await _register(database, other.url())
        receiver.refuse(204, 500, 503, retry_after="30")
        await note_lines(database.jobs, "35.10", 1, 3)
        assert [call.id for call in await other.until(3)] == ["evt_1", "evt_2", "evt_3"]
        failing = await _until(database, endpoint_id, attempts=1)
        assert (failing.position, failing.reason, failing.failing_since) == (1, "SERVER_ERROR (500)", NOW)
        assert failing.next_attempt_at == NOW + timedelta(seconds=30)
        clock.move(seconds=29)
        await asyncio.sleep(1.2)
        assert receiver.ids == ["evt_1", "evt_2"]
        clock.move(seconds=1)
        failing = await _until(database, endpoint_id, attempts=2)
        assert failing.next_attempt_at == NOW + timedelta(seconds=90)
        clock.move(seconds=60)
        await receiver.until(5)
        mended = await _until(database, endpoint_id, attempts=0, position=3)
        assert (mended.reason, mended.failing_since) == (None, None)
        assert job.courier.counters == {"taken": 6, "refused": 2}
    assert receiver.ids == ["evt_1", "evt_2", "evt_2", "evt_2", "evt_3"]
    assert (await _endpoint(database, other_id)).position == 3


async def test_after_the_last_attempt_an_event_is_a_dead_letter_and_can_be_sent_again(
    database: Database, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with delivering(database, clock):
        receiver.refuse(500, 400, 422, 204, 500)
        await note_lines(database.jobs, "35.10", 1, 2)
        for attempts in (1, 2):
            await _until(database, endpoint_id, attempts=attempts)
            clock.move(seconds=60)
        await _until(database, endpoint_id, position=2, attempts=0)
        assert receiver.ids == ["evt_1", "evt_1", "evt_1", "evt_2"]
        assert await _dead(database, endpoint_id) == [("evt_1", "REFUSED (422)", 3)]
        assert await remove_events(database.jobs, NOW + timedelta(days=1)) == 2  # it is kept apart from the log
        assert not await webhooks.ask_again(database.jobs, endpoint_id, [2], NOW)
        for _ in range(2):
            assert await webhooks.ask_again(database.jobs, endpoint_id, [1], NOW)
            await receiver.until(len(receiver.ids) + 1)
            await asyncio.sleep(0.2)
        assert receiver.ids[4:] == ["evt_1", "evt_1"]
        assert await _dead(database, endpoint_id) == []


async def test_an_endpoint_that_takes_nothing_for_days_is_disabled(
    database: Database, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with delivering(database, clock):
        receiver.refuse(500, 500)
        await note_lines(database.jobs, "35.10", 1, 1)
        await _until(database, endpoint_id, attempts=1)
        clock.move(days=5)
        await _until(database, endpoint_id, status="DISABLED", reason="FAILED_TOO_LONG")
        await note_lines(database.jobs, "35.10", 1, 1)
        await asyncio.sleep(1.2)
    assert receiver.ids == ["evt_1", "evt_1"]


async def test_410_disables_at_once(database: Database, receiver: Receiver, clock: _Clock) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with delivering(database, clock):
        receiver.refuse(410)
        await note_lines(database.jobs, "35.10", 1, 2)
        await _until(database, endpoint_id, status="DISABLED", reason="GONE")
        await asyncio.sleep(0.3)
    assert receiver.ids == ["evt_1"]


async def test_no_redirect_is_followed(database: Database, receiver: Receiver, clock: _Clock) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with delivering(database, clock):
        receiver.refuse(307, location=receiver.url("/elsewhere"))
        await note_lines(database.jobs, "35.10", 1, 1)
        await _until(database, endpoint_id, reason="MOVED (307)")
    assert [call.path for call in receiver.received] == ["/hook"]


@pytest.mark.parametrize(
    ("url", "credential", "is_private_allowed", "reason"),
    [
        ("http://127.0.0.1:{port}/", "file:new", False, "PRIVATE_ADDRESS"),
        ("http://localhost:{port}/", "file:new", False, "PRIVATE_ADDRESS"),
        ("https://10.0.0.1/", "file:new", False, "PRIVATE_ADDRESS"),
        ("https://[::ffff:169.254.169.254]/", "file:new", False, "PRIVATE_ADDRESS"),
        ("https://nowhere.invalid/", "file:new", True, "UNREACHABLE"),
        ("http://127.0.0.1:1/", "file:new", True, "UNREACHABLE"),
        ("http://127.0.0.1:{port}/", "file:none", True, "NO_SECRET"),
        ("http://127.0.0.1:{port}/", "file:token", True, "NO_SECRET"),
    ],
)
async def test_what_cannot_or_must_not_be_called_is_named(
    database: Database,
    receiver: Receiver,
    clock: _Clock,
    url: str,
    credential: str,
    is_private_allowed: bool,
    reason: str,
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, url.format(port=receiver.port), credential=credential)
    async with delivering(database, clock, is_private_allowed=is_private_allowed):
        await note_lines(database.jobs, "35.10", 1, 1)
        await _until(database, endpoint_id, attempts=1, reason=reason)
    assert receiver.received == []


async def test_one_that_does_not_answer_is_given_up_after_the_deadline(
    database: Database, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    receiver.is_open.clear()
    async with delivering(database, clock, seconds=0.3):
        await note_lines(database.jobs, "35.10", 1, 1)
        await _until(database, endpoint_id, attempts=1, reason="TIMEOUT")


async def test_several_processes_deliver_each_event_once_and_in_order(
    database: Database, database_url: str, receiver: Receiver, clock: _Clock
) -> None:
    await open_case_files(database.jobs, "35.10", 1)
    endpoint_id = await _register(database, receiver.url())
    async with open_database(database_url) as other, delivering(database, clock), delivering(other, clock):
        for _ in range(20):
            await note_lines(database.jobs, "35.10", 1, 10)
            await asyncio.sleep(0.01)
        await _until(database, endpoint_id, position=200)
    assert receiver.ids == [f"evt_{number}" for number in range(1, 201)]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook",
        "ftp://example.org/",
        "https://user:pw@example.org/",
        "https://example.org/#part",
        "https://",
        "https://example.org:99999/",
        "https://exämple.org/",
        "https://example.org/a b",
        "https://example.org/" + "a" * 500,
        "",
    ],
)
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(Invalid, match="the address must"):
        require_url(url)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- nobody listens there
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_only_public_addresses_are_called(address: str, *, expected: bool) -> None:
    assert is_public(address) is expected
