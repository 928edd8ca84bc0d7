"""Letters that villages give when something happens to a household: a birth, a death, a move."""

from datetime import date, timedelta

from simulators.district import DistrictSystem
from simulators.records import Household, VillageService

_GIVEN_WITHIN = timedelta(days=2)


def give_letter(
    district: DistrictSystem, kind: str, household: Household, event_on: date | None = None, **details: str
) -> VillageService:
    """A completed letter for a household, in the district's feed. `details` as in VillageService."""
    completed_at = household.observed_at
    letter = VillageService(
        id=f"T{len(district.village_services) + 1:06}",  # lists go by id: after the services of the beginning
        revision=district.next_revision,
        observed_at=household.observed_at,
        region_code=household.region_code,
        type=kind,
        status="COMPLETED",
        household_id=household.id,
        requested_at=completed_at - _GIVEN_WITHIN,
        completed_at=completed_at,
        event_on=event_on or completed_at.date(),
        **details,
    )
    district.put_village_service(letter)
    return letter


def give_move_letters(
    left: DistrictSystem, gone: Household, joined: DistrictSystem, come: Household
) -> tuple[VillageService, VillageService]:
    """Both letters of a household that moves: each names the other regency, and the new one where it came from."""
    return (
        give_letter(left, "MOVE_OUT_LETTER", gone, other_region_code=come.region_code),
        give_letter(
            joined,
            "MOVE_IN_LETTER",
            come,
            other_region_code=gone.region_code,
            other_household_id=gone.id,
        ),
    )
