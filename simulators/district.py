"""A district system: what it recorded of its households, and what it does with matches."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from simulators.calls import Call, Recorder, unrecorded
from simulators.case_desk import CaseDesk
from simulators.casework import Desk
from simulators.district_search import place_of
from simulators.feed import Feed
from simulators.noise import Clerk
from simulators.people import Population, Settlement
from simulators.records import CaseFile, CaseUpdate, Household, MatchOutcome, ReferralUpdate, VillageService
from simulators.referral_desk import ReferralDesk
from simulators.village_profiles import make_profiles, make_series

ACCEPTED_SHARE, DECLINED_SHARE = 0.88, 0.07
DECLINE_REASONS = ("NOT_NEEDED", "ALREADY_SERVED", "MOVED_AWAY", "NOT_FOUND_AT_ADDRESS")

CAPABILITIES = frozenset(
    {
        "HOUSEHOLDS",
        "PERSONS",
        "CASE_FILES",
        "VILLAGE_SERVICES",
        "VILLAGE_PROFILES",
        "CHANGES",
        "MATCH_DELIVERY",
        "CASE_UPDATES",
        "REFERRALS",
    }
)
"""All that the contract knows."""

Entity = Household | CaseFile | CaseUpdate | VillageService | MatchOutcome | ReferralUpdate


class Delivery(msgspec.Struct, frozen=True):
    """What the hub delivered of a match."""

    match_reference: str
    household_id: str
    person_id: str | None
    programme_code: str
    status: str
    expires_at: datetime | None


class MatchesDelivered(Call, frozen=True, tag="deliveries"):
    """A call with matches for a district."""

    district: str
    deliveries: Sequence[Delivery]


class OutcomeReported(Call, frozen=True, tag="outcome"):
    """A call of a district's officer with what became of a match."""

    district: str
    match_reference: str
    outcome: str
    reason: str | None


class Receipt(NamedTuple):
    """Whether a delivery was taken in, and why not."""

    match_reference: str
    is_accepted: bool
    reason: str | None


class UnknownMatch(Exception):
    """No match of this reference was delivered to the district."""


class DistrictSystem:
    """The state of one district system. Ids are unique inside the district only."""

    def __init__(self, population: Population, settlement: Settlement) -> None:
        self.code = settlement.regency.code
        self.name = settlement.regency.name
        self.feed: Feed[Entity] = Feed()
        self.households: dict[str, Household] = {}
        self.case_files: dict[str, CaseFile] = {}
        self.village_services: dict[str, VillageService] = {}
        self.village_profiles = make_profiles(population.seed, settlement.regency, population.observed_at)
        self.poverty_series = make_series(population.seed, settlement.regency, population.observed_at)
        self.deliveries: dict[str, Delivery] = {}
        self.outcomes: dict[str, MatchOutcome] = {}
        self.removed: set[str] = set()
        self.removed_case_files: set[str] = set()
        self.capabilities = CAPABILITIES
        self._ordered_case_files: list[CaseFile] | None = None
        self.case_desk = CaseDesk(self, population.observed_at)
        self.referral_desk = ReferralDesk(self, population.seed, population.observed_at)
        self.clerk = Clerk(population, self.code)
        self.recorder: Recorder = unrecorded
        self._population = population
        self._write_all(settlement.households.values())

    def _write_all(self, truths: Iterable[Household]) -> None:
        desk = Desk(self._population.seed, self.code, self._population.observed_at)
        for truth in truths:
            self.put(self.clerk.record(truth, self.next_revision))
            household = self.households[truth.id]
            if desk.wants_case():
                self.put_case_file(desk.case_file(household, self.next_revision))
            if desk.wants_service():
                self.put_village_service(desk.service(household, self.next_revision))

    @property
    def next_revision(self) -> int:
        """The revision of the next change."""
        return self.feed.position + 1

    def put(self, household: Household) -> None:
        """Record a household as it is now; its revision must be `next_revision`."""
        before = self.households.get(household.id)
        self.households[household.id] = household
        self.feed.append(household, before.revision if before else None)

    def remove(self, household_id: str) -> Household:
        """Take a household out of the records; the feed says so."""
        gone = msgspec.structs.replace(self.households[household_id], revision=self.next_revision)
        self.put(gone)
        del self.households[household_id]
        self.removed.add(household_id)
        return gone

    def put_case_file(self, case_file: CaseFile) -> None:
        """Record a case file as it is now; its revision must be `next_revision`."""
        before = self.case_files.get(case_file.id)
        last = next(reversed(self.case_files), "")
        self.case_files[case_file.id] = case_file
        if before is None and case_file.id < last:  # pages go by id
            self.case_files = dict(sorted(self.case_files.items()))
        self.removed_case_files.discard(case_file.id)
        self._ordered_case_files = None
        self.feed.append(case_file, before.revision if before else None)

    def put_case_update(self, update: CaseUpdate) -> None:
        """Put a decision on a change into the feed; its revision must be `next_revision`."""
        self.feed.append(update)

    def put_referral_update(self, update: ReferralUpdate) -> None:
        """Put a move of a referral into the feed; its revision must be `next_revision`."""
        self.feed.append(update)

    def put_village_service(self, service: VillageService) -> None:
        """Record a village service as it is now; its revision must be `next_revision`."""
        before = self.village_services.get(service.id)
        self.village_services[service.id] = service
        self.feed.append(service, before.revision if before else None)

    def remove_case_file(self, case_file_id: str) -> CaseFile:
        """Take a case file out of the records; the feed says so."""
        gone = msgspec.structs.replace(self.case_files[case_file_id], revision=self.next_revision)
        self.put_case_file(gone)
        del self.case_files[case_file_id]
        self.removed_case_files.add(case_file_id)
        return gone

    @property
    def ordered_case_files(self) -> list[CaseFile]:
        """All case files by the moment in which they came in, then by id."""
        if self._ordered_case_files is None:
            self._ordered_case_files = sorted(self.case_files.values(), key=place_of)
        return self._ordered_case_files

    def is_removed(self, entity: Entity) -> bool:
        """Whether the entity is gone from the records."""
        match entity:
            case Household():
                return entity.id in self.removed
            case CaseFile():
                return entity.id in self.removed_case_files
        return False

    def deliver(self, deliveries: Sequence[Delivery]) -> list[Receipt]:
        """Take matches in; an offered one is answered as its people would. Safe to repeat."""
        if any(self.deliveries.get(delivery.match_reference) != delivery for delivery in deliveries):
            self.recorder(MatchesDelivered(self.code, deliveries))
        return [self._take(delivery) for delivery in deliveries]

    def _take(self, delivery: Delivery) -> Receipt:
        household = self.households.get(delivery.household_id)
        if household is None:
            return Receipt(delivery.match_reference, False, "HOUSEHOLD_UNKNOWN")
        members = {member.id for member in household.members}
        if delivery.person_id is not None and delivery.person_id not in members:
            return Receipt(delivery.match_reference, False, "PERSON_UNKNOWN")
        self.deliveries[delivery.match_reference] = delivery
        if delivery.status == "OFFERED" and delivery.match_reference not in self.outcomes:
            answer = self.answer_to(delivery)
            if answer is not None:
                self._note(delivery.match_reference, *answer)
        return Receipt(delivery.match_reference, True, None)

    def answer_to(self, delivery: Delivery) -> tuple[str, str | None] | None:
        """What the household will say: outcome and reason, None when it never answers.

        Depends on seed, unit and programme, not on the reference: it is the same in every run.
        """
        unit = (self.code, delivery.household_id, delivery.person_id, delivery.programme_code)
        at = chance(self._population.seed, *unit)
        if at < ACCEPTED_SHARE:
            return "ACCEPTED", None
        if at < ACCEPTED_SHARE + DECLINED_SHARE:
            reason = int(chance(self._population.seed, "reason", *unit) * len(DECLINE_REASONS))
            return "DECLINED", DECLINE_REASONS[reason]
        return None

    def report(self, match_reference: str, outcome: str, reason: str | None) -> MatchOutcome:
        """Note what became of a match, in the feed; the same again changes nothing."""
        if match_reference not in self.deliveries:
            raise UnknownMatch(match_reference)
        before = self.outcomes.get(match_reference)
        if before is not None and (before.outcome, before.reason) == (outcome, reason):
            return before
        self.recorder(OutcomeReported(self.code, match_reference, outcome, reason))
        return self._note(match_reference, outcome, reason)

    def _note(self, match_reference: str, outcome: str, reason: str | None) -> MatchOutcome:
        before = self.outcomes.get(match_reference)
        after = MatchOutcome(
            match_reference=match_reference,
            revision=self.next_revision,
            observed_at=self._population.observed_at,
            outcome=outcome,
            reason=reason,
        )
        self.outcomes[match_reference] = after
        self.feed.append(after, before.revision if before else None)
        return after

    def household_of(self, person_id: str) -> Household | None:
        """The household in which a person is recorded."""
        household = self.households.get(person_id.partition("-")[0])
        if household is None or all(member.id != person_id for member in household.members):
            return None
        return household


def chance(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts only."""
    digest = blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
