"""The registry of fields that a rule may ask for. A column of the same name stands in hub/store/sql/eligibility.sql."""

from dataclasses import dataclass
from enum import StrEnum


class FieldType(StrEnum):
    """What a field's values are; the value is the SQL type of a parameter that it is compared with."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"


class Subject(StrEnum):
    """Whom a field describes."""

    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is known, or not known, of a person or household; `words` are the values that a text can have."""

    type: FieldType
    subject: Subject
    description: str
    words: tuple[str, ...] = ()


FIELDS: dict[str, Field] = {
    "age": Field(FieldType.INTEGER, Subject.PERSON, "Full years on the day of evaluation"),
    "sex": Field(FieldType.TEXT, Subject.PERSON, "Sex", ("MALE", "FEMALE")),
    "vital_status": Field(FieldType.TEXT, Subject.PERSON, "Vital status", ("ALIVE", "DECEASED", "MOVED_ABROAD")),
    "is_pregnant": Field(FieldType.BOOLEAN, Subject.PERSON, "Pregnant now"),
    "school_level": Field(FieldType.TEXT, Subject.PERSON, "Level of schooling", ("NONE", "SD", "SMP", "SMA", "HIGHER")),
    "is_enrolled_in_school": Field(FieldType.BOOLEAN, Subject.PERSON, "Goes to school now"),
    "disability": Field(FieldType.TEXT, Subject.PERSON, "Disability", ("NONE", "MILD", "SEVERE")),
    "has_chronic_illness": Field(FieldType.BOOLEAN, Subject.PERSON, "Has a chronic illness"),
    "occupation_class": Field(
        FieldType.TEXT,
        Subject.PERSON,
        "Class of occupation",
        ("NONE", "FARMER", "LABOURER", "TRADER", "EMPLOYEE", "CIVIL_SERVANT", "MILITARY", "POLICE", "OTHER"),
    ),
    "is_nik_active": Field(FieldType.BOOLEAN, Subject.PERSON, "Has a valid NIK that nobody else holds"),
    "has_other_health_cover": Field(
        FieldType.BOOLEAN, Subject.PERSON, "Has an active health cover of another segment than PBI"
    ),
    "decile": Field(FieldType.INTEGER, Subject.HOUSEHOLD, "Welfare decile as BPS gave it"),
    "draws_pkh": Field(FieldType.BOOLEAN, Subject.HOUSEHOLD, "The household draws PKH"),
    "is_identified": Field(
        FieldType.BOOLEAN, Subject.HOUSEHOLD, "Has a valid family card number, or a member with a valid NIK"
    ),
    "is_pkh_roster_read": Field(
        FieldType.BOOLEAN,
        Subject.HOUSEHOLD,
        "The roster of PKH was read to its end: who is not on it does not draw PKH",
    ),
}
