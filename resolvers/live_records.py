"""A district's record of now as the hub shows it, under the ids that it has here.

The status of an identity number is what the hub knows of it while the number is the same; one that is new is judged by
its structure alone, until the district's feed brings it in.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from hub.domain.ids import person_id
from hub.domain.nik import kk_error, nik_error
from hub.domain.records import HouseholdRecord, PersonRecord
from hub.store.registry import Household, Person


def live_household(held: Household, record: HouseholdRecord, now: datetime) -> Household:
    """The household; `held` is the hub's own record of it."""
    status, number = _number(record.kk_number, held.kk_number, held.kk_status, kk_error)
    return Household(
        household_id=held.household_id,
        regency_code=held.regency_code,
        region_code=record.region_code,
        kk_status=status,
        address=record.address,
        decile=record.decile if record.decile in range(1, 11) else None,
        welfare_source=record.welfare_source,
        welfare_period=record.welfare_period,
        removed_at=None,
        source_code=held.source_code,
        source_record_id=held.source_record_id,
        observed_at=record.observed_at,
        fetched_at=now,
        kk_number=number,
    )


def live_members(household: Household, record: HouseholdRecord, held: Sequence[Person], now: datetime) -> list[Person]:
    """Its members: the head first, then by age; `held` are those whom the hub knows."""
    known = {person.source_record_id: person for person in held if person.source_code == household.source_code}
    members = []
    for member in record.members:
        here = known.get(member.source_record_id)  # who moved here with the household kept an id of another district
        member_id = person_id(household.source_code, member.source_record_id) if here is None else here.person_id
        members.append(_person(member_id, member, here, (household, record, now)))
    return sorted(members, key=lambda person: (not person.is_head, person.birth_date or date.max, person.person_id))


def _person(
    member_id: int, member: PersonRecord, held: Person | None, of: tuple[Household, HouseholdRecord, datetime]
) -> Person:
    household, record, now = of
    known, known_status = (None, "MISSING") if held is None else (held.nik, held.nik_status)
    status, number = _number(member.nik, known, known_status, nik_error)
    return Person(
        person_id=member_id,
        household_id=household.household_id,
        regency_code=household.regency_code,
        name=member.name,
        sex=member.sex,
        birth_date=member.birth_date,
        birth_place=member.birth_place,
        is_head=member.is_head,
        vital_status=member.vital_status,
        is_pregnant=member.is_pregnant,
        pregnancy_due_on=member.pregnancy_due_on,
        school_level=member.school_level,
        is_enrolled_in_school=member.is_enrolled_in_school,
        disability=member.disability,
        has_chronic_illness=member.has_chronic_illness,
        occupation_class=member.occupation_class,
        left_at=None,
        nik_status=status,
        nik_warnings=held.nik_warnings if held is not None and number is not None and number == held.nik else [],
        source_code=household.source_code,
        source_record_id=member.source_record_id,
        observed_at=record.observed_at,
        fetched_at=now,
        nik=number,
    )


def _number(
    given: str | None, held: str | None, held_status: str, error: Callable[[str], str | None]
) -> tuple[str, str | None]:
    """Status and number: the number is shown only when it can be one."""
    if given is None:
        return "MISSING", None
    if given == held:
        return held_status, held
    return ("VALID", given) if error(given) is None else ("INVALID", None)
