"""The package of a referral: what its receiver gets to know. It is built here alone, from the fields of its purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.domain.errors import InternalError
from hub.domain.nik import mask

Value = str | int | bool | None
_MASKED = "_masked"


class Whose(StrEnum):
    """Whom or what a field describes."""

    PERSON = "PERSON"
    HOUSEHOLD = "HOUSEHOLD"
    CASE_FILE = "CASE_FILE"


@dataclass(frozen=True, slots=True)
class PackageField:
    """One thing that a package can hold, named in Indonesian and English; `is_number`: that of an identity or family card."""

    whose: Whose
    label_id: str
    label_en: str
    is_number: bool = False


_P, _H, _C = Whose.PERSON, Whose.HOUSEHOLD, Whose.CASE_FILE
PACKAGE_FIELDS: dict[str, PackageField] = {
    "name": PackageField(_P, "nama", "name"),
    "birth_date": PackageField(_P, "tanggal lahir", "date of birth"),
    "birth_place": PackageField(_P, "tempat lahir", "place of birth"),
    "sex": PackageField(_P, "jenis kelamin", "sex"),
    "nik": PackageField(_P, "NIK", "NIK", is_number=True),
    "nik_masked": PackageField(_P, "NIK tersamar", "masked NIK"),
    "is_pregnant": PackageField(_P, "hamil", "pregnant"),
    "disability": PackageField(_P, "disabilitas", "disability"),
    "has_chronic_illness": PackageField(_P, "penyakit kronis", "chronic illness"),
    "school_level": PackageField(_P, "jenjang sekolah", "school level"),
    "is_enrolled_in_school": PackageField(_P, "masih bersekolah", "goes to school"),
    "household_head": PackageField(_H, "kepala keluarga", "head of the household"),
    "kk_number": PackageField(_H, "nomor KK", "family card number", is_number=True),
    "kk_number_masked": PackageField(_H, "nomor KK tersamar", "masked family card number"),
    "address": PackageField(_H, "alamat", "address"),
    "village": PackageField(_H, "desa atau kelurahan", "village"),
    "decile": PackageField(_H, "desil kesejahteraan", "welfare decile"),
    "member_count": PackageField(_H, "jumlah anggota keluarga", "members of the household"),
    "summary": PackageField(_C, "uraian", "summary"),
}
"""Every field that a purpose can allow."""


def build_package(allowed: Sequence[str], known: Mapping[str, object]) -> dict[str, Value]:
    """The fields that the purpose allows, in its order, and no other; null where nothing is known.

    `known` has a value for each field that is known, under its name; masked numbers are made from the whole ones.
    """
    strange = [name for name in allowed if name not in PACKAGE_FIELDS]
    if strange:
        raise InternalError(f"a purpose names fields that no package has: {strange}")
    return {name: _value(name, known) for name in allowed}


def masked_package(package: Mapping[str, Value]) -> dict[str, Value]:
    """The package for those who may not see numbers of identity and family cards."""
    return {
        name: mask(value)
        if name in PACKAGE_FIELDS and PACKAGE_FIELDS[name].is_number and isinstance(value, str)
        else value
        for name, value in package.items()
    }


def text_of(value: Value) -> str | None:
    """A value as it is shown and sent."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _value(name: str, known: Mapping[str, object]) -> Value:
    if name.endswith(_MASKED):
        whole = known.get(name.removesuffix(_MASKED))
        return mask(whole) if isinstance(whole, str) else None
    value = known.get(name)
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    raise InternalError(f"the field {name} of a package is neither text nor number")
