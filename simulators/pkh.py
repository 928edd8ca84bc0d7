"""The national PKH system: recipients with components and amounts, quotas, change feed."""

import msgspec

from simulators.enrolment import Rosters
from simulators.feed import Feed
from simulators.people import Population
from simulators.records import Pool, Recipient

PROGRAMME, PERIOD = "PKH", "2026"


class PkhSystem:
    """The state of PKH."""

    def __init__(self, population: Population, rosters: Rosters, quotas: dict[str, int]) -> None:
        """`quotas`: places to give out in this period, by regency code."""
        self.feed: Feed[Recipient] = Feed()
        self.recipients: dict[str, Recipient] = {}
        self.rows: list[str] = []
        """Recipient ids in the order of the snapshot."""
        self.recipient_of: dict[tuple[str, str], str] = {}
        """Recipient id by district code and household id."""
        self.quotas = dict(quotas)
        self._population = population
        for recipient, unit in zip(rosters.recipients, rosters.recipient_households, strict=True):
            self.recipient_of[unit] = recipient.id
            self._put(recipient)

    def _put(self, recipient: Recipient) -> None:
        before = self.recipients.get(recipient.id)
        self.recipients[recipient.id] = recipient
        if before is None:
            self.rows.append(recipient.id)
        self.feed.append(recipient, before.revision if before else None)

    def pools(self) -> list[Pool]:
        """The quotas as reported: places for newcomers of this period."""
        return [
            Pool(PROGRAMME, region, PERIOD, total, 1, self._population.observed_at)
            for region, total in self.quotas.items()
        ]

    def draws(self, code: str, household_id: str) -> bool:
        """Whether a household truly draws PKH."""
        recipient_id = self.recipient_of.get((code, household_id))
        return recipient_id is not None and self.recipients[recipient_id].status == "ACTIVE"

    def end(self, recipient_id: str) -> None:
        """End the participation of a household."""
        before = self.recipients[recipient_id]
        if before.status == "ACTIVE":
            revision = self.feed.position + 1
            self._put(msgspec.structs.replace(before, status="INACTIVE", revision=revision))

    def follow(self, before: tuple[str, str], after: tuple[str, str]) -> None:
        """Keep the truth of who is meant when a household gets another id; the roster does not change."""
        recipient_id = self.recipient_of.pop(before, None)
        if recipient_id is not None:
            self.recipient_of[after] = recipient_id
