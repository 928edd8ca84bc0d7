"""What the entities of a district mean to the hub, and a match to the district."""

import msgspec

from connectors.decode import RecordShape
from connectors.district.wire import (
    Assignment,
    CaseFile,
    CaseUpdateEntity,
    CaseUpdateInput,
    CaseUpdateResult,
    Change,
    Delivery,
    Household,
    MatchOutcomeEntity,
    Person,
    PovertySeries,
    Receipt,
    ReferralUpdateEntity,
    Values,
    VillageProfile,
    VillageService,
)
from connectors.wire import id_in
from hub.domain.records import (
    AssignmentRecord,
    CaseFileRecord,
    CaseUpdate,
    CaseUpdateRecord,
    CaseValues,
    HouseholdRecord,
    MatchOutcomeRecord,
    PersonRecord,
    Record,
    ReferralUpdateRecord,
    VillageServiceRecord,
)
from hub.domain.source import CaseUpdateOutcome, DeliveryOutcome, MatchDelivery
from hub.domain.village_profiles import PovertySeriesRecord, VillageProfileRecord

_KINDS = {
    "Household": "HOUSEHOLD",
    "CaseFile": "CASE_FILE",
    "CaseUpdate": "CASE_UPDATE",
    "VillageService": "VILLAGE_SERVICE",
    "VillageProfile": "VILLAGE_PROFILE",
    "PovertySeries": "POVERTY_SERIES",
    "MatchOutcome": "MATCH_OUTCOME",
    "ReferralUpdate": "REFERRAL_UPDATE",
}


def delivery(match: MatchDelivery) -> Delivery:
    """The match in the words of the contract."""
    return Delivery(
        match_reference=match.match_reference,
        household_id=match.household_record_id,
        person_id=match.person_record_id,
        programme_code=match.programme_code,
        status=match.status,
        expires_at=match.expires_at,
    )


def delivery_outcome(receipt: Receipt) -> DeliveryOutcome:
    """The receipt in the hub's words."""
    return DeliveryOutcome(
        match_reference=receipt.match_reference,
        is_accepted=receipt.is_accepted,
        reason=receipt.reason,
    )


def case_update_input(update: CaseUpdate) -> CaseUpdateInput:
    """The update in the words of the contract."""
    values = msgspec.structs.asdict(update.values)
    household_id, person_id = values.pop("household_record_id"), values.pop("person_record_id")
    return CaseUpdateInput(
        key=update.key,
        case_file_id=update.case_file_record_id,
        hub_reference=update.hub_reference,
        field_group=update.field_group,
        item=update.item,
        base_version=update.base_version,
        values=Values(household_id=household_id, person_id=person_id, **values),
        actor=update.actor,
        actor_role=update.actor_role,
        agency_code=update.agency_code,
        reason=update.reason,
        happened_at=update.happened_at,
    )


def case_update_outcome(result: CaseUpdateResult) -> CaseUpdateOutcome:
    """The result in the hub's words."""
    return CaseUpdateOutcome(
        key=result.key,
        is_accepted=result.is_accepted,
        refusal=result.refusal,
        version=result.version,
        case_file_record_id=result.case_file_id,
    )


def change_record(change: Change) -> Record:
    """The entity in the hub's words, at the newer revision: a removal comes after its entity."""
    entity = change.entity
    revision = max(change.revision, entity.revision)
    match entity:
        case Household():
            return _household(entity, revision, is_removed=change.is_removed)
        case CaseFile():
            return _case_file(entity, revision, is_removed=change.is_removed)
        case CaseUpdateEntity():
            return _case_update(entity, revision)
        case VillageService():
            return _village_service(entity, revision, is_removed=change.is_removed)
        case MatchOutcomeEntity():
            return MatchOutcomeRecord(
                source_record_id=entity.match_reference,
                revision=revision,
                observed_at=entity.observed_at,
                match_reference=entity.match_reference,
                outcome=entity.outcome,
                reason=entity.reason,
            )
        case ReferralUpdateEntity():
            return ReferralUpdateRecord(
                source_record_id=entity.key,
                revision=revision,
                observed_at=entity.observed_at,
                reference=entity.reference,
                move=entity.move,
                reason=entity.reason,
                to_party=entity.to_party,
            )


def describe_change(entry: object) -> tuple[str, str]:
    """Kind and id of an entry of the feed that does not fit."""
    entity = entry.get("entity") if isinstance(entry, dict) else None
    kind = _KINDS.get(id_in(entity, "__typename"), "CHANGE")
    return kind, id_in(entity, "id", "matchReference", "key")


def describe_entity(entry: object) -> tuple[str, str]:
    """Kind and id of an entity that does not fit."""
    return _KINDS.get(id_in(entry, "__typename"), "ENTITY"), id_in(entry, "id")


def case_file_record(entity: CaseFile) -> CaseFileRecord:
    """The case file as it is now."""
    return _case_file(entity, entity.revision, is_removed=False)


def household_record(entity: Household) -> HouseholdRecord:
    """The household as it is now."""
    return _household(entity, entity.revision, is_removed=False)


def village_service_record(entity: VillageService) -> VillageServiceRecord:
    """The service as it is now."""
    return _village_service(entity, entity.revision, is_removed=False)


def village_profile_record(entity: VillageProfile) -> VillageProfileRecord:
    """The village as its district knows it."""
    return VillageProfileRecord(
        source_record_id=entity.id,
        revision=entity.revision,
        observed_at=entity.observed_at,
        region_code=entity.region_code,
        has_doctor=entity.has_doctor,
        has_wifi=entity.has_wifi,
        bandwidth_mbps=entity.bandwidth_mbps,
        smart_kampung={one.criterion: one.is_met for one in entity.smart_kampung},
        budget_lines=entity.budget_lines,
    )


def poverty_series_record(entity: PovertySeries) -> PovertySeriesRecord:
    """The figures of one origin."""
    return PovertySeriesRecord(
        source_record_id=entity.id,
        revision=entity.revision,
        observed_at=entity.observed_at,
        region_code=entity.region_code,
        origin=entity.origin,
        method=entity.method,
        points=entity.points,
    )


CASE_FILE = RecordShape(decoder=msgspec.json.Decoder(CaseFile), to_record=case_file_record, describe=describe_entity)
HOUSEHOLD = RecordShape(decoder=msgspec.json.Decoder(Household), to_record=household_record, describe=describe_entity)
VILLAGE_SERVICE = RecordShape(
    decoder=msgspec.json.Decoder(VillageService), to_record=village_service_record, describe=describe_entity
)
VILLAGE_PROFILE = RecordShape(
    decoder=msgspec.json.Decoder(VillageProfile), to_record=village_profile_record, describe=describe_entity
)
POVERTY_SERIES = RecordShape(
    decoder=msgspec.json.Decoder(PovertySeries), to_record=poverty_series_record, describe=describe_entity
)
CHANGE = RecordShape(
    decoder=msgspec.json.Decoder(Change), to_record=change_record, describe=describe_change, root="entity."
)


def _household(entity: Household, revision: int, *, is_removed: bool) -> HouseholdRecord:
    return HouseholdRecord(
        source_record_id=entity.id,
        revision=revision,
        observed_at=entity.observed_at,
        region_code=entity.region_code,
        kk_number=entity.kk_number,
        previous_kk_numbers=entity.previous_kk_numbers,
        address=entity.address,
        decile=entity.decile,
        welfare_source=entity.welfare_source,
        welfare_period=entity.welfare_period,
        assistance=entity.assistance,
        members=tuple(_person(member) for member in entity.members),
        is_removed=is_removed,
    )


def _person(member: Person) -> PersonRecord:
    return PersonRecord(
        source_record_id=member.id,
        nik=member.nik,
        name=member.name,
        sex=member.sex,
        birth_date=member.birth_date,
        birth_place=member.birth_place,
        is_head=member.is_head,
        vital_status=member.vital_status,
        pregnancy_due_on=member.pregnancy_due_on,
        is_pregnant=member.is_pregnant,
        school_level=member.school_level,
        is_enrolled_in_school=member.is_enrolled_in_school,
        disability=member.disability,
        has_chronic_illness=member.has_chronic_illness,
        occupation_class=member.occupation_class,
        assistance=member.assistance,
    )


def _case_file(entity: CaseFile, revision: int, *, is_removed: bool) -> CaseFileRecord:
    return CaseFileRecord(
        source_record_id=entity.id,
        revision=revision,
        observed_at=entity.observed_at,
        number=entity.number,
        type=entity.type,
        category=entity.category,
        channel=entity.channel,
        region_code=entity.region_code,
        status=entity.status,
        received_at=entity.received_at,
        household_record_id=entity.household_id,
        summary=entity.summary,
        closed_at=entity.closed_at,
        hub_reference=entity.hub_reference,
        is_sensitive=entity.is_sensitive,
        resolution_class=entity.resolution_class,
        person_record_id=entity.person_id,
        resolution=entity.resolution,
        description_version=entity.description_version,
        subject_version=entity.subject_version,
        status_version=entity.status_version,
        assignments=None if entity.assignments is None else tuple(map(_assignment, entity.assignments)),
        is_removed=is_removed,
    )


def _assignment(wire: Assignment) -> AssignmentRecord:
    return AssignmentRecord(**msgspec.structs.asdict(wire))


def _case_update(entity: CaseUpdateEntity, revision: int) -> CaseUpdateRecord:
    values = msgspec.structs.asdict(entity.values)
    household_id, person_id = values.pop("household_id"), values.pop("person_id")
    return CaseUpdateRecord(
        source_record_id=entity.key,
        revision=revision,
        observed_at=entity.observed_at,
        update=CaseUpdate(
            key=entity.key,
            field_group=entity.field_group,
            values=CaseValues(household_record_id=household_id, person_record_id=person_id, **values),
            actor=entity.actor,
            actor_role=entity.actor_role,
            happened_at=entity.happened_at,
            case_file_record_id=entity.case_file_id,
            hub_reference=entity.hub_reference,
            item=entity.item,
            base_version=entity.base_version,
            agency_code=entity.agency_code,
            reason=entity.reason,
        ),
        outcome=entity.decision,
        version=entity.version,
        refusal=entity.refusal,
    )


def _village_service(entity: VillageService, revision: int, *, is_removed: bool) -> VillageServiceRecord:
    return VillageServiceRecord(
        source_record_id=entity.id,
        revision=revision,
        observed_at=entity.observed_at,
        region_code=entity.region_code,
        type=entity.type,
        status=entity.status,
        household_record_id=entity.household_id,
        person_record_id=entity.person_id,
        event_on=entity.event_on,
        other_region_code=entity.other_region_code,
        other_household_record_id=entity.other_household_id,
        other_kk_number=entity.other_kk_number,
        requested_at=entity.requested_at,
        completed_at=entity.completed_at,
        is_removed=is_removed,
    )
