"""The registry of fields that a rule may ask for. A column of the same name stands in hub/store/sql/eligibility.sql."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec


class Text(msgspec.Struct, frozen=True):
    """The same in Indonesian and English."""

    id: str
    en: str


class FieldType(StrEnum):
    """What a field's values are; the value is the SQL type of a parameter that it is compared with."""

    INTEGER = "integer"
    TEXT = "text"
    BOOLEAN = "boolean"


class Subject(StrEnum):
    """Whom a field describes."""

    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"


class Origin(StrEnum):
    """Which record gives a field its value: the district's record of the household or person, what BPS found of the household's
    welfare (as the district's record carries it), or the roster of a programme.
    """

    HOUSEHOLD = "HOUSEHOLD"
    PERSON = "PERSON"
    WELFARE = "WELFARE"
    KIS_PBI = "KIS_PBI"
    PKH = "PKH"


class Unit(StrEnum):
    """What a number counts."""

    NONE = ""
    YEARS = "years"
    DECILE = "decile"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is known, or not known, of a person or household.

    `words` are the values that a text can have, `label` names the field within a sentence, and `ask` says how it becomes
    known when it is not.
    """

    type: FieldType
    subject: Subject
    origin: Origin
    description: str
    label: Text
    ask: Text
    words: tuple[str, ...] = ()
    unit: Unit = Unit.NONE


_ASK_DUKCAPIL = Text("periksa data kependudukan di Dukcapil", "have it checked at Dukcapil")
_ASK_VISIT = Text("tanyakan saat kunjungan ke keluarga", "ask the family at a visit")
_ASK_SCHOOL = Text("periksa data Dapodik di sekolah", "check Dapodik at the school")
_ASK_DECILE = Text("minta desa mengusulkan pemutakhiran DTSEN", "ask the village to have DTSEN updated")
_ASK_CARD = Text("bacakan kartu keluarga", "have the family card read")
_ASK_SYNC = Text("tunggu daftar peserta selesai dibaca", "wait until the roster has been read")


def _of_person(
    kind: FieldType, description: str, label: Text, ask: Text, *words: str, origin: Origin = Origin.PERSON
) -> Field:
    unit = Unit.YEARS if kind is FieldType.INTEGER else Unit.NONE
    return Field(kind, Subject.PERSON, origin, description, label, ask, words, unit)


FIELDS: dict[str, Field] = {
    "age": _of_person(FieldType.INTEGER, "Full years on the day of evaluation", Text("umur", "age"), _ASK_DUKCAPIL),
    "sex": _of_person(FieldType.TEXT, "Sex", Text("jenis kelamin", "sex"), _ASK_DUKCAPIL, "MALE", "FEMALE"),
    "vital_status": _of_person(
        FieldType.TEXT,
        "Vital status",
        Text("status hidup", "vital status"),
        _ASK_DUKCAPIL,
        "ALIVE",
        "DECEASED",
        "MOVED_ABROAD",
    ),
    "is_pregnant": _of_person(
        FieldType.BOOLEAN,
        "Pregnant now",
        Text("hamil", "pregnant"),
        Text("tanyakan ke Posyandu atau Puskesmas", "ask at the Posyandu or Puskesmas"),
    ),
    "school_level": _of_person(
        FieldType.TEXT,
        "Level of schooling",
        Text("jenjang sekolah", "school level"),
        _ASK_SCHOOL,
        "NONE",
        "SD",
        "SMP",
        "SMA",
        "HIGHER",
    ),
    "is_enrolled_in_school": _of_person(
        FieldType.BOOLEAN, "Goes to school now", Text("masih bersekolah", "goes to school"), _ASK_SCHOOL
    ),
    "disability": _of_person(
        FieldType.TEXT, "Disability", Text("disabilitas", "disability"), _ASK_VISIT, "NONE", "MILD", "SEVERE"
    ),
    "has_chronic_illness": _of_person(
        FieldType.BOOLEAN, "Has a chronic illness", Text("penyakit kronis", "chronic illness"), _ASK_VISIT
    ),
    "occupation_class": _of_person(
        FieldType.TEXT,
        "Class of occupation",
        Text("golongan pekerjaan", "occupation"),
        _ASK_DUKCAPIL,
        "NONE",
        "FARMER",
        "LABOURER",
        "TRADER",
        "EMPLOYEE",
        "CIVIL_SERVANT",
        "MILITARY",
        "POLICE",
        "OTHER",
    ),
    "is_nik_active": _of_person(
        FieldType.BOOLEAN,
        "Has a valid NIK that nobody else holds",
        Text("NIK sah dan aktif", "valid, active NIK"),
        Text("lengkapi atau perbaiki NIK di Dukcapil", "have the NIK completed or corrected at Dukcapil"),
    ),
    "has_other_health_cover": _of_person(
        FieldType.BOOLEAN,
        "Has an active health cover of another segment than PBI",
        Text("jaminan kesehatan aktif lain", "other active health cover"),
        Text("periksa kepesertaan di BPJS Kesehatan", "check the membership at BPJS Kesehatan"),
        origin=Origin.KIS_PBI,
    ),
    "decile": Field(
        FieldType.INTEGER,
        Subject.HOUSEHOLD,
        Origin.WELFARE,
        "Welfare decile as BPS gave it",
        Text("desil kesejahteraan", "welfare decile"),
        _ASK_DECILE,
        unit=Unit.DECILE,
    ),
    "is_identified": Field(
        FieldType.BOOLEAN,
        Subject.HOUSEHOLD,
        Origin.HOUSEHOLD,
        "Has a valid family card number, or a member with a valid NIK",
        Text("nomor KK atau NIK anggota yang sah", "valid family card number or member's NIK"),
        _ASK_CARD,
    ),
    "is_pkh_roster_read": Field(
        FieldType.BOOLEAN,
        Subject.HOUSEHOLD,
        Origin.PKH,
        "The roster of PKH was read to its end: who is not on it does not draw PKH",
        Text("daftar PKH terbaca lengkap", "roster of PKH read to its end"),
        _ASK_SYNC,
    ),
}
