"""The channel: what is repeated, what is not, and the guards around each call."""

import asyncio
from functools import partial
from types import SimpleNamespace

import httpx2
import msgspec
import pytest
from structlog.testing import capture_logs

from connectors.decode import read_answer
from connectors.line import Call
from hub.domain.errors import CursorExpired, Fatal, RecordRejected, Retriable

GET = Call(operation="things", method="GET", path="/things", is_repeatable=True)
READ = partial(read_answer, answer=dict[str, int])


async def test_a_good_answer_is_decoded(scripted, reply, channel_to):
    script = scripted(reply({"a": 1}))
    assert await channel_to(script).send(GET, READ) == {"a": 1}
    assert str(script.requests[0].url) == "http://system.test/base/things"
    assert script.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "first",
    [
        httpx2.Response(500),
        httpx2.Response(503),
        httpx2.Response(429),
        httpx2.Response(429, headers={"retry-after": "0"}),
        httpx2.ReadTimeout("late"),
        httpx2.ConnectError("refused"),
        httpx2.RemoteProtocolError("cut"),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(200, html="<p>Sorry</p>"),
        httpx2.Response(200, content=b"\xff\x00?"),
        httpx2.Response(200, content=b'{"a": \xff'),
        httpx2.Response(200, content=b'{"a": 1'),
        httpx2.Response(200, content=b""),
    ],
    ids=repr,
)
async def test_what_may_pass_is_tried_again(scripted, reply, channel_to, first):
    script = scripted(first, reply({"a": 1}))
    assert await channel_to(script).send(GET, READ) == {"a": 1}
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.Response(302, headers={"location": "http://elsewhere.test"}), Fatal),
        (httpx2.Response(401), Fatal),
        (httpx2.Response(404), Fatal),
        (httpx2.Response(410, json={"error": "cursor_expired"}), CursorExpired),
        (httpx2.Response(422, json={"error": "BAD_LIMIT"}), RecordRejected),
        (httpx2.Response(200, json={"a": "x"}), Fatal),
        (httpx2.Response(200, json=[1]), Fatal),
        (httpx2.Response(200, content=b"[" * 100_000), Fatal),
        (httpx2.Response(200, content=b"{}", headers={"content-encoding": "zstd2"}), Fatal),
        (httpx2.UnsupportedProtocol("ftp"), Fatal),
    ],
    ids=repr,
)
async def test_what_cannot_pass_is_tried_once(scripted, channel_to, answer, error):
    script = scripted(answer)
    with pytest.raises(error) as caught:
        await channel_to(script).send(GET, READ)
    assert len(script.requests) == 1
    assert "The system" in caught.value.message


async def test_attempts_are_limited(scripted, channel_to):
    script = scripted(httpx2.Response(500))
    with pytest.raises(Retriable, match=r"The system failed \(500\)"):
        await channel_to(script, attempts=3).send(GET, READ)
    assert len(script.requests) == 3


async def test_what_is_not_safe_to_repeat_is_sent_once(scripted, channel_to):
    script = scripted(httpx2.Response(500))
    call = msgspec.structs.replace(GET, is_repeatable=False)
    with pytest.raises(Retriable):
        await channel_to(script).send(call, READ)
    assert len(script.requests) == 1


async def test_a_retry_after_beyond_the_cap_goes_to_the_caller_at_once(scripted, channel_to):
    script = scripted(httpx2.Response(429, headers={"retry-after": "30"}))
    with pytest.raises(Retriable) as caught:
        await channel_to(script).send(GET, READ)
    assert caught.value.retry_after == 30.0
    assert len(script.requests) == 1


async def test_a_retry_after_within_the_cap_is_waited_for(scripted, reply, channel_to):
    script = scripted(httpx2.Response(503, headers={"retry-after": "1"}), reply({"a": 1}))
    started = asyncio.get_running_loop().time()
    assert await channel_to(script).send(GET, READ) == {"a": 1}
    assert asyncio.get_running_loop().time() - started >= 1.0


async def test_a_system_that_is_silent_ends_at_the_deadline(scripted, channel_to):
    async def silent(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    started = asyncio.get_running_loop().time()
    with pytest.raises(Retriable, match="did not answer before our deadline"):
        await channel_to(scripted(silent), deadline=0.05).send(GET, READ)
    assert asyncio.get_running_loop().time() - started < 0.5


async def test_a_deadline_during_back_off_tells_why_it_was_waiting(scripted, channel_to):
    channel = channel_to(scripted(httpx2.Response(503)), deadline=0.05, wait_initial=5.0)
    with pytest.raises(Retriable, match=r"The system is not available \(503\)"):
        await channel.send(GET, READ)


async def test_a_body_is_cut_off_at_the_limit(scripted, channel_to):
    sent = 0

    async def stream():
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1000

    async def endless(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=stream())

    with pytest.raises(Fatal, match="The system sent more than 5000 bytes"):
        await channel_to(scripted(endless), max_response_bytes=5000).send(GET, READ)
    assert sent == 6


async def test_the_circuit_opens_after_outages_and_one_call_tries_it_later(scripted, reply, channel_to, monkeypatch):
    now = SimpleNamespace(time=lambda: 1000.0)
    monkeypatch.setattr("purgatory.domain.model.time", now)
    monkeypatch.setattr("connectors.breaker.time", now)
    script = scripted(httpx2.Response(500), httpx2.Response(500), reply({"a": 1}))
    channel = channel_to(script, attempts=1, breaker_threshold=2, breaker_seconds=30.0)
    for _ in range(2):
        with pytest.raises(Retriable):
            await channel.send(GET, READ)
    now.time = lambda: 1010.0
    with pytest.raises(Retriable, match="left alone for a while") as caught:
        await channel.send(GET, READ)
    assert caught.value.retry_after == 20.0
    assert len(script.requests) == 2

    now.time = lambda: 1031.0
    assert await channel.send(GET, READ) == {"a": 1}
    assert await channel.send(GET, READ) == {"a": 1}


async def test_a_failing_trial_opens_the_circuit_again(scripted, reply, channel_to, monkeypatch):
    now = SimpleNamespace(time=lambda: 1000.0)
    monkeypatch.setattr("purgatory.domain.model.time", now)
    monkeypatch.setattr("connectors.breaker.time", now)
    script = scripted(httpx2.Response(500), httpx2.Response(500), reply({"a": 1}))
    channel = channel_to(script, attempts=1, breaker_threshold=1, breaker_seconds=30.0)
    for moment in (1000.0, 1031.0):
        now.time = lambda at=moment: at
        with pytest.raises(Retriable, match="500"):
            await channel.send(GET, READ)
    with pytest.raises(Retriable, match="left alone for a while"):
        await channel.send(GET, READ)
    assert len(script.requests) == 2


async def test_only_one_call_at_a_time_tries_a_half_open_circuit(scripted, reply, channel_to, monkeypatch):
    now = SimpleNamespace(time=lambda: 1000.0)
    monkeypatch.setattr("purgatory.domain.model.time", now)
    monkeypatch.setattr("connectors.breaker.time", now)
    is_in, may_answer = asyncio.Event(), asyncio.Event()

    async def slow(_: httpx2.Request) -> httpx2.Response:
        is_in.set()
        await may_answer.wait()
        return httpx2.Response(200, json={"a": 1})

    script = scripted(httpx2.Response(500), slow, reply({"a": 2}))
    channel = channel_to(script, attempts=1, breaker_threshold=1)
    with pytest.raises(Retriable):
        await channel.send(GET, READ)
    now.time = lambda: 1031.0
    trial = asyncio.create_task(channel.send(GET, READ))
    await is_in.wait()
    with pytest.raises(Retriable, match="left alone for a while"):
        await channel.send(GET, READ)
    may_answer.set()
    assert await trial == {"a": 1}
    assert await channel.send(GET, READ) == {"a": 2}


async def test_a_deadline_counts_as_an_outage_and_a_cancelled_caller_does_not(scripted, channel_to):
    is_in = asyncio.Event()

    async def silent(_: httpx2.Request) -> httpx2.Response:
        is_in.set()
        await asyncio.Event().wait()
        raise AssertionError

    channel = channel_to(scripted(silent), deadline=0.05, attempts=1, breaker_threshold=1)
    task = asyncio.create_task(channel.send(GET, READ))
    await is_in.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(Retriable, match="deadline"):
        await channel.send(GET, READ)
    with pytest.raises(Retriable, match="left alone"):
        await channel.send(GET, READ)


async def test_refusals_and_rate_limits_do_not_open_the_circuit(scripted, reply, channel_to):
    script = scripted(httpx2.Response(422), httpx2.Response(429), httpx2.Response(404), reply({"a": 1}))
    channel = channel_to(script, attempts=1, breaker_threshold=1)
    for error in (RecordRejected, Retriable, Fatal):
        with pytest.raises(error):
            await channel.send(GET, READ)
    assert await channel.send(GET, READ) == {"a": 1}


async def test_calls_are_spaced_to_the_rate(scripted, reply, channel_to):
    channel = channel_to(scripted(reply({"a": 1})), calls_per_second=10)
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(channel.send(GET, READ) for _ in range(12)))
    assert asyncio.get_running_loop().time() - started >= 0.19


async def test_no_more_calls_are_under_way_than_allowed(scripted, channel_to):
    under_way = peak = 0

    async def busy(_: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, peak
        under_way += 1
        peak = max(peak, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx2.Response(200, json={"a": 1})

    channel = channel_to(scripted(busy), max_concurrent=3)
    await asyncio.gather(*(channel.send(GET, READ) for _ in range(20)))
    assert peak == 3


async def test_the_log_says_what_happened_and_holds_no_values(scripted, reply, channel_to):
    secret = "3510012345670001"
    call = msgspec.structs.replace(GET, params={"cursor": secret}, headers={"X-Key": secret}, body=secret.encode())
    script = scripted(httpx2.Response(500, text=secret), reply({"a": 1}))
    with capture_logs() as logs:
        await channel_to(script).send(call, READ)
    ours = [line for line in logs if line["event"] == "outside_call"]
    assert [(line["status"], line["attempt"], line["log_level"]) for line in ours] == [
        ("SERVER_ERROR", 1, "warning"),
        ("OK", 2, "debug"),
    ]
    assert {line["system"] for line in ours} == {"SYS"}
    assert {line["operation"] for line in ours} == {"things"}
    assert all(line["duration"] >= 0 for line in ours)
    assert secret not in repr(logs)
