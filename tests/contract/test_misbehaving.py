"""Every misbehaviour of the simulators against every connector: the exact outcome of each."""

import asyncio
import re

import pytest

from hub.domain.errors import Fatal, Retriable
from simulators.faults import FaultKind

pytestmark = pytest.mark.asyncio(loop_scope="session")

F = FaultKind
FAILING = [
    (F.RATE_LIMITED, {"seconds": 0.0}, Retriable, "gets too many requests (429)"),
    (F.RATE_LIMITED, {"seconds": 60}, Retriable, "gets too many requests (429)"),
    (F.SERVER_ERROR, {}, Retriable, "failed (500)"),
    (F.UNAVAILABLE, {}, Retriable, "is not available (503)"),
    (F.TIMEOUT, {}, Retriable, "did not answer"),
    (F.GARBAGE, {}, Retriable, "broke off"),
    (F.HTML, {}, Retriable, "sent a web page instead of data"),
    (F.LOST_RESPONSE, {}, Retriable, "was lost"),
    (F.TRUNCATED, {}, Retriable, "was lost"),
    (F.SLOW, {"seconds": 1.2}, Retriable, "did not answer before our deadline"),
    (F.SLOW, {"seconds": 20.0}, Retriable, "did not answer"),  # in time, or before our deadline: what is over first
    (F.HUGE, {"megabytes": 8}, Fatal, "sent more than 2000000 bytes"),
    (F.DEEP, {}, Fatal, "does not fit (the top level)"),
]
PASSING = [F.LATENCY, F.WRONG_TYPES, F.DUPLICATES, F.OUT_OF_ORDER, F.HALF_PAGE]
PASSES_BY_ITSELF = [
    F.LATENCY, F.RATE_LIMITED, F.SERVER_ERROR, F.UNAVAILABLE, F.TIMEOUT, F.GARBAGE, F.HTML,
    F.LOST_RESPONSE, F.TRUNCATED,
]  # fmt: skip
NAMES = [f"{kind}-{details.get('seconds', '')}" for kind, details, _, _ in FAILING]


@pytest.fixture
def simulation(stage, shared_simulation):
    shared_simulation.faults.switch_off()
    stage.put(shared_simulation)
    return shared_simulation


async def test_every_kind_of_misbehaviour_is_covered():
    assert {kind for kind, *_ in FAILING} | set(PASSING) == set(FaultKind)


@pytest.mark.parametrize(("kind", "details", "error", "text"), FAILING, ids=NAMES)
async def test_a_lasting_fault_ends_in_its_error_within_the_deadline_and_recovers(subject, kind, details, error, text):
    first = await subject.connector.pull(None)
    subject.switch_on(kind, **details)
    started = asyncio.get_running_loop().time()
    with pytest.raises(error) as caught:
        await subject.under(kind).pull(first.cursor)
    assert asyncio.get_running_loop().time() - started < 5.0  # where the longest fault lasts 20
    assert text in caught.value.message
    assert caught.value.source == subject.code

    subject.switch_off()
    pulled = await subject.drain(first.cursor)
    pulled.take(first.records)
    assert pulled.records == subject.held
    assert pulled.rejects == []


@pytest.mark.parametrize(("kind", "details", "error", "text"), FAILING, ids=NAMES)
async def test_a_lasting_fault_fails_the_check_and_leaves_it_good_afterwards(subject, kind, details, error, text):
    subject.switch_on(kind, **details)
    with pytest.raises(error, match=re.escape(text)):
        await subject.under(kind).check()
    subject.switch_off()
    await subject.connector.check()


async def test_a_long_retry_after_goes_to_the_caller_without_waiting(subject):
    subject.switch_on(F.RATE_LIMITED, seconds=60)
    with pytest.raises(Retriable) as caught:
        await subject.connector.pull(None)
    assert caught.value.retry_after == 60.0
    assert subject.happened(F.RATE_LIMITED) == 1


@pytest.mark.parametrize("kind", PASSES_BY_ITSELF)
async def test_a_fault_that_passes_is_not_noticed_by_the_caller(subject, kind):
    subject.switch_on(kind, times=1, seconds=0.0)
    pulled = await subject.drain(by=subject.hasty if kind is F.TIMEOUT else None)
    assert subject.happened(kind) == 1
    assert pulled.failures == 0
    assert pulled.records == subject.held


@pytest.mark.parametrize("kind", sorted(set(FaultKind) - {F.WRONG_TYPES}))
async def test_a_feed_with_faults_here_and_there_loses_nothing(subject, kind):
    subject.switch_on(kind, share=0.8, times=4, seconds=0.0, megabytes=3)
    pulled = await subject.drain(by=subject.hasty if kind is F.TIMEOUT else None)
    assert subject.happened(kind) > 0
    assert pulled.records == subject.held
    assert pulled.rejects == []


async def test_records_of_wrong_types_are_rejected_and_the_rest_goes_in(subject):
    subject.switch_on(F.WRONG_TYPES)
    page = await subject.connector.pull(None)
    wrong = max(1, round(subject.page_size / 10))
    assert (len(page.records), len(page.rejects)) == (subject.page_size - wrong, wrong)
    assert all(record in subject.held.values() for record in page.records)
    assert {(reject.code, reject.severity) for reject in page.rejects} == {("WRONG_TYPE", "RECORD")}
    assert all(reject.field for reject in page.rejects)
    assert {reject.value for reject in page.rejects} <= {'{"unexpected":true}', "42", "not a number"}

    # Nothing is lost without a name, but where the name itself was spoiled.
    pulled = await subject.drain()
    ids = {record.source_record_id for record in subject.held.values()}
    nameless = sum(reject.source_record_id == "" for reject in pulled.rejects)
    unnamed = ids - pulled.ids - {reject.source_record_id for reject in pulled.rejects}
    assert len(unnamed) <= nameless

    subject.switch_off()
    assert (await subject.drain()).records == subject.held


async def test_duplicates_are_passed_through(subject):
    clean = await subject.connector.pull(None)
    subject.switch_on(F.DUPLICATES)
    doubled = await subject.connector.pull(None)
    assert len(doubled.records) == subject.page_size + max(1, subject.page_size // 10)
    assert all(record in clean.records for record in doubled.records)
    assert all(record in doubled.records for record in clean.records)
    assert doubled.cursor == clean.cursor


async def test_records_out_of_order_are_passed_through(subject):
    clean = await subject.connector.pull(None)
    subject.switch_on(F.OUT_OF_ORDER)
    shuffled = await subject.connector.pull(None)
    assert len(shuffled.records) == subject.page_size + max(1, subject.page_size // 10)
    assert all(record in shuffled.records for record in clean.records)
    assert shuffled.cursor == clean.cursor


async def test_latency_within_the_deadline_changes_nothing(subject):
    clean = await subject.connector.pull(None)
    subject.switch_on(F.LATENCY, seconds=0.1)
    assert await subject.connector.pull(None) == clean


async def test_a_system_that_fails_is_left_alone_and_the_others_go_on(subject, connect):
    impatient = connect(subject.code, http={"breaker_threshold": 3, "attempts": 1})
    subject.switch_on(F.SERVER_ERROR)
    for _ in range(10):
        with pytest.raises(Retriable):
            await impatient.pull(None)
    assert subject.happened(F.SERVER_ERROR) == 3
    for code in sorted({"KIS", "PKH", "35.10"} - {subject.code}):
        assert (await connect(code).pull(None)).records != []


@pytest.mark.parametrize("kind", [F.TIMEOUT, F.SLOW, F.UNAVAILABLE])
async def test_many_calls_at_once_all_keep_the_deadline(subject, kind):
    subject.switch_on(kind, seconds=20.0)
    started = asyncio.get_running_loop().time()
    results = await asyncio.gather(*(subject.hasty.pull(None) for _ in range(30)), return_exceptions=True)
    assert {type(result) for result in results} == {Retriable}
    assert asyncio.get_running_loop().time() - started < 5.0  # where one fault lasts 20
