"""The national KIS system: roster, change feed, pools, and the issue of cards against them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from simulators.calls import Call, Recorder, unrecorded
from simulators.enrolment import Rosters, certain
from simulators.feed import Feed
from simulators.names import sounds
from simulators.people import Population
from simulators.records import Participant, Person, Pool

PROGRAMME, PERIOD = "KIS_PBI", "2026"


class CardRequest(NamedTuple):
    """Ask for one card; `pool_region` None draws on the buffer stock."""

    key: str
    nik: str | None
    name: str | None
    birth_date: date | None
    pool_region: str | None


class CardsRequested(Call, frozen=True, tag="cards"):
    """A call for cards."""

    requests: Sequence[CardRequest]


class CardResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """ISSUED with the card number, or REFUSED with the reason."""

    key: str
    status: str
    card_number: str | None = None
    reason_code: str | None = None
    message: str | None = None


class Stock(msgspec.Struct):
    """A pool with what was drawn on it: never more than `total`."""

    region: str | None
    total: int
    issued: int = 0
    revision: int = 1


class KisSystem:
    """The state of KIS. Only PBI cards draw on pools."""

    def __init__(self, population: Population, rosters: Rosters, pools: dict[str | None, int]) -> None:
        """`pools`: cards to give out in this period, by regency code, None for the buffer stock."""
        self.feed: Feed[Participant] = Feed()
        self.participants: dict[str, Participant] = {}
        self.rows: list[str] = []
        """Participant ids in the order of the snapshot."""
        self.nik_of: dict[str, str] = {}
        """True NIK of each participant id."""
        self.covered: dict[str, str] = {}
        """Participant id of the active cover, by true NIK."""
        self.issued: set[str] = set()
        """Ids of the participants whose cards were issued on request."""
        self.stocks = {region: Stock(region, total) for region, total in pools.items()}
        self.recorder: Recorder = unrecorded
        self._population = population
        self._answers: dict[str, tuple[CardRequest, CardResult]] = {}
        for participant, nik in zip(rosters.participants, rosters.participant_niks, strict=True):
            self._put(participant, nik)

    @property
    def now(self) -> datetime:
        """The moment of observation of whatever changes; the simulated clock stands still."""
        return self._population.observed_at

    def _put(self, participant: Participant, nik: str) -> None:
        before = self.participants.get(participant.id)
        self.participants[participant.id] = participant
        if before is None:
            self.rows.append(participant.id)
        self.nik_of[participant.id] = nik
        if participant.status == "ACTIVE":
            self.covered[nik] = participant.id
        elif self.covered.get(nik) == participant.id:
            del self.covered[nik]
        self.feed.append(participant, before.revision if before else None)

    def pools(self) -> list[Pool]:
        """The pools as reported; `total` counts what is drawn and what is not."""
        return [
            Pool(PROGRAMME, stock.region, PERIOD, stock.total, stock.revision, self.now)
            for stock in self.stocks.values()
        ]

    def issue(self, request: CardRequest) -> CardResult:
        """Issue one card. The same key with the same content gives the same result again."""
        return self.issue_all([request])[0]

    def issue_all(self, requests: Sequence[CardRequest]) -> list[CardResult]:
        """Issue cards, with one result for each request in its order."""
        if any(request.key not in self._answers for request in requests):
            self.recorder(CardsRequested(requests))
        return [self._issue(request) for request in requests]

    def _issue(self, request: CardRequest) -> CardResult:
        known = self._answers.get(request.key)
        if known is not None:
            if known[0] == request:
                return known[1]
            return _refused(request, "KEY_REUSED", "this key came before with another content")
        result = self._decide(request)
        self._answers[request.key] = (request, result)
        return result

    def _decide(self, request: CardRequest) -> CardResult:
        person = self._population.people.get(request.nik or "")
        if person is None or person.nik is None:
            return _refused(request, "NIK_NOT_FOUND", "nobody has this NIK")
        if not is_plausible(request, person):
            return _refused(request, "IDENTITY_MISMATCH", "the NIK belongs to somebody else")
        if person.vital_status == "DECEASED":
            return _refused(request, "DECEASED", "the person has died")
        if person.nik in self.covered:
            return _refused(request, "ALREADY_COVERED", "the person has active health cover")
        stock = self.stocks.get(request.pool_region)
        if stock is None or stock.issued >= stock.total:
            return _refused(request, "POOL_EMPTY", "no card is left in this pool")
        stock.issued += 1
        return CardResult(request.key, "ISSUED", card_number=self._enrol(person))

    def _enrol(self, person: Person) -> str:
        nik, name, birth_date, sex = certain(person)
        number = len(self.participants) + 1
        participant = Participant(
            id=f"P-{number:08}",
            nik=nik,
            name=name,
            birth_date=birth_date,
            sex=sex,
            region=f"{nik[:2]}.{nik[2:4]}",
            segment="PBI",
            status="ACTIVE",
            revision=self.feed.position + 1,
            observed_at=self.now,
        )
        self._put(participant, nik)
        self.issued.add(participant.id)
        return f"{number:013}"

    def write_again(self, participant_id: str) -> None:
        """Write a second line for a participant, as registers do by mistake."""
        first = self.participants[participant_id]
        number, revision = len(self.participants) + 1, self.feed.position + 1
        second = msgspec.structs.replace(first, id=f"P-{number:08}", revision=revision, observed_at=self.now)
        self._put(second, self.nik_of[participant_id])

    def end(self, participant_id: str, status: str) -> None:
        """End a cover, INACTIVE or DECEASED; the slot of a PBI participant goes to the buffer stock."""
        before = self.participants[participant_id]
        if before.status != "ACTIVE":
            return
        after = msgspec.structs.replace(before, status=status, revision=self.feed.position + 1)
        self._put(after, self.nik_of[participant_id])
        buffer = self.stocks.get(None)
        if before.segment == "PBI" and buffer is not None:
            buffer.total += 1
            buffer.revision += 1


def is_plausible(request: CardRequest, person: Person) -> bool:
    """Whether name and birth date can be those of the person, as registers write them.

    The same day, or 1 January of the same year; without a day, a name that shares a word.
    """
    if request.birth_date is not None and person.birth_date is not None:
        default_day = person.birth_date.replace(month=1, day=1)
        return request.birth_date in {person.birth_date, default_day}
    if request.name and person.name:
        return bool(sounds(request.name) & sounds(person.name))
    return True


def _refused(request: CardRequest, code: str, message: str) -> CardResult:
    return CardResult(request.key, "REFUSED", reason_code=code, message=message)
