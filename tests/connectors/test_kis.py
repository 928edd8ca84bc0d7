"""KIS: its token, and issuing cards."""

import asyncio

import httpx2
import msgspec
import pytest

from connectors.kis.client import SYSTEM, KisConnector
from connectors.settings import KisSettings
from hub.domain.errors import Fatal, RecordRejected, Retriable
from hub.domain.source import IssueOutcome, IssueRequest

SETTINGS = KisSettings(url="http://kis.test", client_id="hub:1", client_secret="s/x")
POOLS = {"pools": []}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Kis:
    """Grants numbered tokens and answers calls from a list of statuses, 200 when it is empty."""

    def __init__(self) -> None:
        self.granted = 0
        self.token_status = 200
        self.statuses: list[int] = []
        self.seen: list[str] = []
        self.basic: list[str] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path == "/base/oauth/token":
            assert request.content == b"grant_type=client_credentials"
            self.basic.append(request.headers["authorization"])
            if self.token_status != 200:
                return httpx2.Response(self.token_status, json={"error": "invalid_token"})
            self.granted += 1
            token = {"access_token": f"t{self.granted}", "token_type": "Bearer", "expires_in": 100}
            return httpx2.Response(200, json=token)
        self.seen.append(request.headers["authorization"])
        status = self.statuses.pop(0) if self.statuses else 200
        return httpx2.Response(status, json=POOLS if status == 200 else {"error": "x"})


@pytest.fixture
def kis() -> Kis:
    return Kis()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def connector(scripted, channel_to, kis, clock) -> KisConnector:
    return KisConnector(SETTINGS, channel_to(scripted(kis), SYSTEM), clock=clock)


async def test_a_token_is_used_until_shortly_before_its_end(connector, kis, clock):
    for now in (0.0, 50.0, 89.0, 90.0, 170.0):
        clock.now = now
        await connector.pools()
    assert kis.seen == ["Bearer t1", "Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]
    assert kis.basic[0] == "Basic aHViJTNBMTpzJTJGeA=="


async def test_calls_that_start_together_share_one_token(connector, kis):
    await asyncio.gather(*(connector.pools() for _ in range(5)))
    assert kis.granted == 1
    assert kis.seen == ["Bearer t1"] * 5


async def test_a_revoked_token_is_renewed_once(connector, kis):
    kis.statuses = [401]
    await connector.pools()
    assert kis.seen == ["Bearer t1", "Bearer t2"]


async def test_a_second_refusal_is_fatal(connector, kis):
    kis.statuses = [401, 401]
    with pytest.raises(Fatal, match="check the client id and secret of KIS"):
        await connector.pools()
    assert kis.seen == ["Bearer t1", "Bearer t2"]


async def test_wrong_credentials_are_fatal_and_name_the_settings(connector, kis):
    kis.token_status = 401
    with pytest.raises(Fatal) as caught:
        await connector.pools()
    assert caught.value.message == ("KIS refused our credentials (401): check the client id and secret of KIS")
    assert kis.seen == []


def request(number: int, programme: str = "KIS_PBI") -> IssueRequest:
    return IssueRequest(
        key=f"k{number}",
        programme_code=programme,
        pool_region_code="35.10",
        nik="3510010101800001",
        kk_number=None,
        name="SITI",
        birth_date=None,
    )


class Cards(Kis):
    """Issues every card with an even number, and lets the answers be changed."""

    def __init__(self) -> None:
        super().__init__()
        self.bodies: list[list[dict[str, object]]] = []
        self.change = lambda results: results

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path != "/base/cards":
            return await super().__call__(request)
        items = msgspec.json.decode(request.content)["items"]
        self.bodies.append(items)
        results = [
            {"key": item["key"], "status": "ISSUED", "card_number": f"C{item['key']}"}
            if int(item["key"][1:]) % 2 == 0
            else {"key": item["key"], "status": "REFUSED", "reason_code": "DECEASED"}
            for item in items
        ]
        return httpx2.Response(200, json={"results": self.change(results)})


@pytest.fixture
def cards() -> Cards:
    return Cards()


@pytest.fixture
def issuer(scripted, channel_to, cards) -> KisConnector:
    return KisConnector(SETTINGS, channel_to(scripted(cards), SYSTEM))


async def test_cards_are_issued_in_calls_of_at_most_200_in_order(issuer, cards):
    outcomes = await issuer.issue([request(number) for number in range(450)])
    assert [len(body) for body in cards.bodies] == [200, 200, 50]
    assert [outcome.key for outcome in outcomes] == [f"k{number}" for number in range(450)]
    assert outcomes[:2] == [
        IssueOutcome(key="k0", status="ISSUED", reference="Ck0"),
        IssueOutcome(key="k1", status="REFUSED", reason_code="DECEASED"),
    ]
    assert cards.bodies[0][0] == {
        "key": "k0",
        "nik": "3510010101800001",
        "name": "SITI",
        "birth_date": None,
        "pool_region": "35.10",
    }


async def test_results_in_another_order_find_their_requests(issuer, cards):
    cards.change = lambda results: results[::-1]
    outcomes = await issuer.issue([request(0), request(1)])
    assert [outcome.key for outcome in outcomes] == ["k0", "k1"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda results: results[1:], "1 of 3 missing, 0 not asked for"),
        (lambda results: [*results, {**results[0], "key": "k9"}], "0 of 3 missing, 1 not asked"),
        (lambda results: [*results[1:], {**results[0], "key": "k9"}], "1 of 3 missing, 1 not"),
        (lambda results: [{**results[0], "status": "MAYBE"}, *results[1:]], "1 of 3 missing"),
        (lambda results: [{"key": "k0", "status": "ISSUED"}, *results[1:]], "1 of 3 missing"),
        (lambda results: ["?", *results[1:]], "1 of 3 missing"),
        (lambda results: [*results, {**results[0], "card_number": "C77"}], "1 not asked for"),
    ],
)
async def test_results_that_do_not_answer_each_request_are_not_believed(issuer, cards, change, text):
    cards.change = change
    with pytest.raises(Retriable, match="nothing is taken as done") as caught:
        await issuer.issue([request(0), request(1), request(2)])
    assert text in caught.value.message
    cards.change = lambda results: results
    assert len(await issuer.issue([request(0), request(1), request(2)])) == 3


async def test_a_lost_response_is_asked_again_with_the_same_keys(scripted, channel_to, cards):
    lost = [True]

    async def losing(asked: httpx2.Request) -> httpx2.Response:
        response = await cards(asked)
        if asked.url.path == "/base/cards" and lost.pop():
            lost.append(False)
            raise httpx2.ReadError("cut")
        return response

    issuer = KisConnector(SETTINGS, channel_to(scripted(losing), SYSTEM))
    outcomes = await issuer.issue([request(0)])
    assert [outcome.reference for outcome in outcomes] == ["Ck0"]
    assert cards.bodies[0] == cards.bodies[1]


async def test_another_programme_is_fatal_before_any_call(issuer, cards):
    with pytest.raises(Fatal, match="KIS issues KIS_PBI, and not PKH"):
        await issuer.issue([request(0), request(1, "PKH")])
    assert cards.bodies == []


async def test_a_refused_call_is_not_repeated(connector, kis):
    kis.statuses = [422]
    with pytest.raises(RecordRejected):
        await connector.issue([request(0)])
    assert len(kis.seen) == 1


async def test_the_fresh_token_and_both_calls_share_one_deadline(scripted, channel_to):
    async def silent_after_401(asked: httpx2.Request) -> httpx2.Response:
        if asked.url.path == "/base/oauth/token":
            return httpx2.Response(200, json={"access_token": "t", "expires_in": 60})
        if answers:
            return httpx2.Response(answers.pop())
        await asyncio.Event().wait()
        raise AssertionError

    answers = [401]
    channel = channel_to(scripted(silent_after_401), SYSTEM, deadline=0.1)
    started = asyncio.get_running_loop().time()
    with pytest.raises(Retriable, match="deadline"):
        await KisConnector(SETTINGS, channel).pools()
    assert asyncio.get_running_loop().time() - started < 0.4
