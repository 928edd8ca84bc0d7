"""Checks of access, schema and identity: whether it answers whom it should, with the contract's fields, as who it is."""

import re
from collections.abc import Sequence

import msgspec

from connectors.district.conformance.asking import Answer, Refused, Unreachable, read_answer, request_body
from connectors.district.conformance.model import Check, Problem, Subject
from connectors.district.contract import CONTRACT_VERSION, Misfit, UnreadableSchema, capabilities_of, compare

MAX_MISFITS = 100
_SDL = "query HubSchema { _service { sdl } }"
_WHO = "query HubWho { district { regionCode contractVersion } }"
_ABILITIES = "query HubAbilities { district { capabilities } }"
_REGENCY = re.compile(r"\d\d\.\d\d")
_CLIENT_ERROR = range(400, 500)


class _Service(msgspec.Struct):
    sdl: str


class _ServiceData(msgspec.Struct):
    service: _Service = msgspec.field(name="_service")


class _Who(msgspec.Struct, rename="camel"):
    region_code: str
    contract_version: int


class _WhoData(msgspec.Struct):
    district: _Who


class _Abilities(msgspec.Struct):
    capabilities: list[str]


class _AbilitiesData(msgspec.Struct):
    district: _Abilities


async def answers(subject: Subject) -> Sequence[Problem]:
    """The system answers the hub's token, and says what its schema is."""
    asked = "`_service { sdl }` with the token"
    wanted = "the schema of a Federation v2 subgraph, as JSON with status 200"
    try:
        subject.sdl = (await subject.asker.ask(_SDL, {}, _ServiceData)).service.sdl
    except (Refused, Unreachable) as error:
        return [Problem(asked, error.came, wanted, error.mend)]
    return []


async def refuses_strangers(subject: Subject) -> Sequence[Problem]:
    """Without a token, or with another one, nothing is answered."""
    problems = []
    for token, words in ((None, "no token"), ("slrt-hub-conformance-no-such-token", "a token that nobody was given")):
        answer = await subject.asker.post(request_body(_WHO), token)
        if answer.status != 401:
            mend = "compare the bearer token before anything is executed, and answer 401"
            problems.append(Problem(f"`district` with {words}", f"status {answer.status}", "status 401", mend))
    return problems


async def fits(subject: Subject) -> Sequence[Problem]:
    """The schema has what the contract has, of the same types, for all that the district can do."""
    known = capabilities_of(subject.contract)
    declared = await _declared(subject)
    try:
        if declared is None:  # it does not say: then it is held to all of it
            misfits = compare(subject.contract, subject.sdl or "")
        else:
            misfits = compare(subject.contract, subject.sdl or "", declared & known)
    except UnreadableSchema:
        mend = "give the whole schema, as the GraphQL library prints it for a subgraph"
        return [Problem("`_service { sdl }`", "a text that cannot be read as SDL", "SDL that holds together", mend)]
    subject.capabilities = (declared or frozenset()) & known
    return [_misfit(misfit) for misfit in misfits[:MAX_MISFITS]]


async def _declared(subject: Subject) -> frozenset[str] | None:
    try:
        return frozenset((await subject.asker.ask(_ABILITIES, {}, _AbilitiesData)).district.capabilities)
    except Refused:
        return None


def _misfit(misfit: Misfit) -> Problem:
    mend = "leave it out" if not misfit.wanted else "serve it as the contract has it"
    return Problem(
        f"the {misfit.word} `{misfit.path}`",
        misfit.came or "nothing: it is missing",
        misfit.wanted or "that it is not there",
        mend,
        misfit.path,
    )


async def is_itself(subject: Subject) -> Sequence[Problem]:
    """It is the regency that is meant, and speaks a version of the contract that the hub speaks."""
    who = (await subject.asker.ask(_WHO, {}, _WhoData)).district
    subject.region_code, subject.contract_version = who.region_code, who.contract_version
    problems = []
    if not _REGENCY.fullmatch(who.region_code):
        mend = "use the Kemendagri code of the regency or city"
        problems.append(
            Problem("`district { regionCode }`", "another text", "a code such as 35.10", mend, "District.regionCode")
        )
    elif subject.expected_code not in (None, who.region_code):
        mend = "check the URL: it is another district's"
        wanted = f"{subject.expected_code}"
        problems.append(Problem("`district { regionCode }`", who.region_code, wanted, mend, "District.regionCode"))
    if who.contract_version != CONTRACT_VERSION:
        mend = "serve the version of the contract that the hub speaks"
        came = str(who.contract_version)
        problems.append(
            Problem("`district { contractVersion }`", came, str(CONTRACT_VERSION), mend, "District.contractVersion")
        )
    return problems


async def tells_errors(subject: Subject) -> Sequence[Problem]:
    """A question that does not fit the schema is answered with a GraphQL error, and a broken body with a status."""
    problems = []
    for body, words in (
        (request_body("query HubNonsense { noSuchFieldOfTheContract }"), "a field that does not exist"),
        (b'{"query": ', "a body that is no JSON"),
    ):
        answer = await subject.asker.post(body, subject.asker.token)
        came = _came_of_nonsense(answer)
        if came is not None:
            mend = "answer with JSON that has `errors`, with status 200 or 4xx, and never with a page or data"
            problems.append(Problem(words, came, "a GraphQL error", mend))
    return problems


def _came_of_nonsense(answer: Answer) -> str | None:
    try:
        read_answer(answer, dict[str, object])
    except Refused as refused:
        is_client_error = answer.status in _CLIENT_ERROR and answer.is_json
        return None if refused.came.startswith("GraphQL errors") or is_client_error else refused.came
    return "data"


async def is_quick(subject: Subject) -> Sequence[Problem]:
    """It answers in good time; measured over all calls of the suite so far, and some more."""
    for _ in range(max(0, 30 - len(subject.asker.seconds))):
        await subject.asker.raw(_WHO)
    slowest = percentile(subject.asker.seconds, 0.99)
    if slowest <= subject.limits.p99:
        return []
    wanted = f"at most {subject.limits.p99:g} s for 99 of 100 calls"
    mend = "find out which queries are slow: an index on what is searched, fewer rows read for a page"
    return [Problem(f"{len(subject.asker.seconds)} calls, one after the other", f"{slowest:.3f} s", wanted, mend)]


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed (nearest rank); 0.0 of none."""
    ordered = sorted(seconds)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0


async def takes_nothing_twice(subject: Subject) -> Sequence[Problem]:
    """A delivery of no match is answered with no result: the mutation is there, and nothing is written."""
    return await _deliver(subject, [])


async def takes_a_repeat(subject: Subject) -> Sequence[Problem]:
    """The same delivery twice is answered alike, once for each match. Writes a match that is marked as a test."""
    match: dict[str, object] = {
        "matchReference": "slrt-hub-conformance-test",
        "householdId": "slrt-hub-conformance-test",
        "personId": None,
        "programmeCode": "PKH",
        "status": "EXPIRED",
        "expiresAt": None,
    }
    return await _deliver(subject, [match]) or await _deliver(subject, [match, match])


class _Receipt(msgspec.Struct, rename="camel"):
    match_reference: str
    is_accepted: bool


class _Receipts(msgspec.Struct, rename="camel"):
    matches_deliver: list[_Receipt]


_DELIVER = """
mutation HubDeliver($matches: [MatchDeliveryInput!]!) { matchesDeliver(matches: $matches) { matchReference isAccepted } }
"""


async def _deliver(subject: Subject, matches: list[dict[str, object]]) -> Sequence[Problem]:
    receipts = (await subject.asker.ask(_DELIVER, {"matches": matches}, _Receipts)).matches_deliver
    references = {match["matchReference"] for match in matches}
    answers = {(receipt.match_reference, receipt.is_accepted) for receipt in receipts}
    if {reference for reference, _ in answers} == references and len(answers) == len(references):
        return []
    mend = "answer each match by its reference, and the same match with the same answer"
    came = f"{len(receipts)} results with {len(answers)} different answers"
    return [
        Problem(f"`matchesDeliver` of {len(matches)} matches", came, f"answers for {len(references)} matches", mend)
    ]


CHECKS = (
    Check("access.answers", "answers the hub's token", answers, "CONTRACT"),
    Check("contract.fits", "its schema fits the contract", fits, "CONTRACT", after=("access.answers",)),
    Check(
        "district.itself",
        "is the regency that is meant, in this version",
        is_itself,
        "CONTRACT",
        after=("access.answers",),
    ),
    Check("access.token", "answers nobody else", refuses_strangers, after=("access.answers",)),
    Check("errors.shape", "says errors as GraphQL does", tells_errors, after=("access.answers",)),
)
DELIVERY = (
    Check(
        "delivery.answers",
        "answers an empty delivery",
        takes_nothing_twice,
        capability="MATCH_DELIVERY",
        after=("access.answers",),
    ),
    Check(
        "delivery.repeat",
        "answers a repeated delivery alike",
        takes_a_repeat,
        capability="MATCH_DELIVERY",
        after=("delivery.answers",),
        writes=True,
    ),
)
LATENCY = (Check("latency.p99", "answers in good time", is_quick, after=("access.answers",)),)
