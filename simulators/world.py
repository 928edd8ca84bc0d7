"""The whole simulated world: the people, two national systems, and the districts that joined."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from simulators.calls import Call, Recorder, unrecorded
from simulators.district import DistrictSystem
from simulators.enrolment import Enroller
from simulators.kis import KisSystem
from simulators.people import Population
from simulators.pkh import PkhSystem
from simulators.regions import Regency

if TYPE_CHECKING:
    from simulators.day_desk import DayDesk

AS_OF = date(2026, 7, 1)
"""The day on which the simulated clock stands, unless told otherwise."""
BUFFER_STOCK = 400_000
"""KIS cards that the ministry holds for the whole country, by its own word."""


class WorldSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What determines a world: equal settings make equal worlds."""

    regencies: tuple[Regency, ...]
    """The regencies whose districts have joined the hub."""
    households: int
    """Households in each district's records."""
    seed: int
    as_of: date = AS_OF
    buffer_stock: int | None = None
    """Cards in the buffer; None scales the 400,000 by simulated to real people of these regencies."""
    regency_stock_share: float = 0.01
    """Cards in each regency's own pool, for each recorded person."""
    pkh_quota_share: float = 0.06
    """PKH places for newcomers, for each recorded household."""


class CursorsForgotten(Call, frozen=True, tag="cursors"):
    """A system, KIS, PKH or a regency code, forgets the cursors that it gave."""

    system: str


class World:
    """Everything that is simulated. `kis`, `pkh` and `districts` hold what the systems recorded."""

    def __init__(self, settings: WorldSettings) -> None:
        self.settings = settings
        self.recorder: Recorder = unrecorded
        self.population = Population(settings.seed, settings.as_of, settings.regencies)
        enroller = Enroller(self.population)
        for regency in settings.regencies:
            enroller.enrol(self.population.settle(regency, settings.households))
        self.moves: list[tuple[tuple[str, str], tuple[str, str]]] = []
        """The truth of who moved: from (district, household id) to (district, household id), in order."""
        self.told_by_letter: list[tuple[str, str, str]] = []
        """District, letter and person of births and deaths of which nothing but a letter tells."""
        settlements = self.population.settlements
        self.kis = KisSystem(self.population, enroller.rosters, self._card_pools())
        self.pkh = PkhSystem(self.population, enroller.rosters, self._pkh_quotas())
        self.districts = {code: DistrictSystem(self.population, settlement) for code, settlement in settlements.items()}
        self.days: dict[datetime, DayDesk] = {}
        """Days at the districts' desks, by the moment at which they begin."""

    def record_with(self, recorder: Recorder) -> None:
        """Tell all that changes this world from now on to `recorder`."""
        self.recorder = self.kis.recorder = recorder
        for district in self.districts.values():
            district.recorder = recorder

    def expire_cursors(self, system: str) -> None:
        """Make a system, KIS, PKH or a regency code, forget the cursors that it gave."""
        systems: dict[str, KisSystem | PkhSystem | DistrictSystem] = {"KIS": self.kis, "PKH": self.pkh}
        feed = (systems | self.districts)[system].feed
        self.recorder(CursorsForgotten(system))
        feed.expire_cursors()

    def _card_pools(self) -> dict[str | None, int]:
        people = self.population.settlements
        persons = {
            code: sum(len(household.members) for household in settlement.households.values())
            for code, settlement in people.items()
        }
        real = sum(regency.population for regency in self.settings.regencies)
        buffer = self.settings.buffer_stock
        if buffer is None:
            buffer = round(BUFFER_STOCK * sum(persons.values()) / real)
        share = self.settings.regency_stock_share
        return {None: buffer} | {code: round(count * share) for code, count in persons.items()}

    def _pkh_quotas(self) -> dict[str, int]:
        quota = round(self.settings.households * self.settings.pkh_quota_share)
        return dict.fromkeys(self.population.settlements, quota)


def make_world(regencies: Sequence[Regency], households: int, seed: int) -> World:
    """A world with the usual settings."""
    return World(WorldSettings(regencies=tuple(regencies), households=households, seed=seed))
