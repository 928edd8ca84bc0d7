"""Reads the sentence of a verdict back into what it claims, with words of its own, in Indonesian and English."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

HEADS = {
    "en": {
        "ELIGIBLE": "Eligible for",
        "NOT_ELIGIBLE": "Not eligible for",
        "UNKNOWN": "It cannot be told yet whether eligible for",
        "EXCLUDED": "Excluded from",
        "ALREADY_ENROLLED": "Already on",
    },
    "id": {
        "ELIGIBLE": "Berhak atas",
        "NOT_ELIGIBLE": "Tidak berhak atas",
        "UNKNOWN": "Belum dapat dipastikan apakah berhak atas",
        "EXCLUDED": "Dikecualikan dari",
        "ALREADY_ENROLLED": "Sudah menjadi peserta",
    },
}
FIELDS = {
    "age": ("umur", "age"),
    "vital_status": ("status hidup", "vital status"),
    "school_level": ("jenjang sekolah", "school level"),
    "is_enrolled_in_school": ("masih bersekolah", "goes to school"),
    "occupation_class": ("golongan pekerjaan", "occupation"),
    "is_nik_active": ("NIK sah dan aktif", "valid, active NIK"),
    "has_other_health_cover": ("jaminan kesehatan aktif lain", "other active health cover"),
    "decile": ("desil kesejahteraan", "welfare decile"),
    "is_identified": ("nomor KK atau NIK anggota yang sah", "valid family card number or member's NIK"),
    "is_pkh_roster_read": ("daftar PKH terbaca lengkap", "roster of PKH read to its end"),
    "draws PKH": ("menerima PKH", "draws PKH"),
    "draws PKH/PREGNANT": ("menerima PKH/PREGNANT", "draws PKH/PREGNANT"),
}
WORDS = {
    "en": {
        "yes": True, "no": False, "alive": "ALIVE", "deceased": "DECEASED", "moved abroad": "MOVED_ABROAD", "none": "NONE",
        "higher education": "HIGHER", "farmer": "FARMER", "labourer": "LABOURER", "trader": "TRADER", "employee": "EMPLOYEE",
        "civil servant": "CIVIL_SERVANT", "soldier": "MILITARY", "police officer": "POLICE", "other": "OTHER",
    },
    "id": {
        "ya": True, "tidak": False, "hidup": "ALIVE", "meninggal": "DECEASED", "pindah ke luar negeri": "MOVED_ABROAD",
        "tidak ada": "NONE", "perguruan tinggi": "HIGHER", "petani": "FARMER", "buruh": "LABOURER", "pedagang": "TRADER",
        "karyawan": "EMPLOYEE", "ASN": "CIVIL_SERVANT", "TNI": "MILITARY", "Polri": "POLICE", "lainnya": "OTHER",
    },
}  # fmt: skip
MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "id": [
        "Januari",
        "Februari",
        "Maret",
        "April",
        "Mei",
        "Juni",
        "Juli",
        "Agustus",
        "September",
        "Oktober",
        "November",
        "Desember",
    ],
}
SPELT = {
    "en": {
        "all": r"all (\d+) conditions are met", "some": r"(\d+) of (\d+) conditions not (met|known), ", "failed": "met",
        "next": "; next step: ", "members": r"holds for (\d+) of (\d+) members(?:, not known for (\d+) for lack of: )?",
        "nobody": "the members are not known",
        "source": r"; source ([\w.]+(?: \(DTSEN 2026-1\))?), (\d+) (\w+) (\d{4})", "unknown": "not known",
    },
    "id": {
        "all": r"semua (\d+) syarat terpenuhi", "some": r"(\d+) dari (\d+) syarat tidak (terpenuhi|diketahui), ",
        "failed": "terpenuhi", "next": "; langkah berikutnya: ", "nobody": "anggota keluarga tidak diketahui",
        "members": r"berlaku bagi (\d+) dari (\d+) anggota(?:, tidak diketahui bagi (\d+) karena belum ada data: )?",
        "source": r"; sumber ([\w.]+(?: \(DTSEN 2026-1\))?), (\d+) (\w+) (\d{4})", "unknown": "tidak diketahui",
    },
}  # fmt: skip


@dataclass
class Why:
    """What a sentence says of one clause: values found (None: not known) with what they would have to be, members, sources."""

    values: dict[str, tuple[object, str | None]] = field(default_factory=dict)
    members: tuple[int, int, int] | None = None
    sources: set[tuple[str, date]] = field(default_factory=set)


@dataclass
class Claims:
    """Everything that a sentence says."""

    status: str
    programme: str
    conditions: int
    counts: dict[str, int]
    failed: dict[str, Why]
    missing: dict[str, Why]
    next_step: str | None


def read_sentence(sentence: str, language: str, labels: Sequence[str]) -> Claims:
    """`labels` are those of the rule's clauses; a sentence that is not of the known form fails."""
    spelt = SPELT[language]
    assert sentence.endswith(".")
    text, _, next_step = sentence[:-1].partition(spelt["next"])
    head, colon, body = text.partition(": ")
    assert colon
    words, _, programme = head.rpartition(" ")
    [status] = [status for status, said in HEADS[language].items() if said == words]
    claims = Claims(status, programme, 0, {}, {}, {}, next_step or None)
    everything = re.fullmatch(spelt["all"], body)
    if everything:
        claims.conditions = int(everything[1])
        return claims
    parts = list(re.finditer(r"(?:^|; )" + spelt["some"], body))
    assert parts
    assert parts[0].start() == 0
    for number, part in enumerate(parts):
        end = parts[number + 1].start() if number + 1 < len(parts) else len(body)
        kind = "failed" if part[3] == spelt["failed"] else "missing"
        claims.counts[kind], claims.conditions = int(part[1]), int(part[2])
        getattr(claims, kind).update(_whys(body[part.end() : end], language, labels))
    return claims


def _whys(text: str, language: str, labels: Sequence[str]) -> dict[str, Why]:
    found = sorted((text.find(f"{label} ("), label) for label in labels if f"{label} (" in text)
    assert found
    assert found[0][0] == 0
    starts = [start for start, _ in found] + [len(text) + 2]
    whys = {}
    for (start, label), end in zip(found, starts[1:], strict=True):
        inner = text[start + len(label) + 2 : end - 3]
        whys[label] = _why(inner, language)
    return whys


def _why(text: str, language: str) -> Why:
    spelt, why = SPELT[language], Why()
    assert "(" not in text.partition("(")[0]
    for source in re.finditer(spelt["source"], text):
        month = MONTHS[language].index(source[3]) + 1
        why.sources.add((source[1], date(int(source[4]), month, int(source[2]))))
    text = re.split(spelt["source"], text)[0]
    members = re.match(spelt["members"], text)
    if members:
        why.members = (int(members[1]), int(members[3] or 0), int(members[2]))
        return why
    if text == spelt["nobody"]:
        why.members = (0, 0, 0)
        return why
    for part in re.split(
        r"\) (?:and|or|dan|atau) \(", text.removeprefix("(").removesuffix(")") if text[0] == "(" else text
    ):
        name, rest = _field(part, 0 if language == "id" else 1)
        if rest.startswith(f"{spelt['unknown']}: "):
            why.values[name] = (None, None)
        else:
            value, arrow, needed = rest.partition(" -> ")
            assert arrow
            why.values[name] = (_value(value, language), needed)
    return why


def _field(part: str, position: int) -> tuple[str, str]:
    fitting = [name for name, labels in FIELDS.items() if part.startswith(labels[position] + " ")]
    name = max(fitting, key=lambda name: len(FIELDS[name][position]))
    return name, part[len(FIELDS[name][position]) + 1 :]


def _value(said: str, language: str) -> object:
    if said in WORDS[language]:
        return WORDS[language][said]
    number = re.fullmatch(r"(-?\d+)(?: years?| tahun)?", said)
    return int(number[1]) if number else said
