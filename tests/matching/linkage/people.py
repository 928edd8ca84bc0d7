"""Records for the tests of linkage."""

from datetime import date

from hypothesis import strategies as st

from hub.matching.linkage import IdentityRecord, Normalised, normalise

NIK = "3510014101900001"
"""Of a woman born on 1 January 1990, registered in 35.10.01."""
KK = "3510011203150007"


def person(**known: object) -> Normalised:
    """A record of which only this is known."""
    return normalise(IdentityRecord(**({"name": None} | known)))


_NAMES = st.sampled_from(
    [
        "Siti Aminah",
        "St. Aminah",
        "Sitti Aminah, S.Pd",
        "Aminah",
        "Aminah Siti",
        "Hj. Siti Amina",
        "Siti Maimunah",
        "Muhammad Ali",
        "Moh. Ali",
        "Ali",
        "Slamet",
        "Nurhayati",
        "Nur Hayati",
        "Budi Santoso",
        "Budi Susanto",
        "Boedi Santosa",
        "B. Santoso",
        "O",
    ]
)
_DAYS = st.sampled_from(
    [
        date(1990, 1, 1),
        date(1990, 1, 2),
        date(1990, 2, 1),
        date(1990, 4, 7),
        date(1990, 7, 4),
        date(1991, 4, 7),
        date(1994, 1, 1),
    ]
) | st.dates(date(1930, 1, 1), date(2025, 12, 31))
_NIKS = st.sampled_from(
    [
        NIK,
        "3510014101900002",
        "3510014101900003",
        "3510014201900001",
        "3510024101900001",
        "3510010101900001",
        "0" * 16,
        "35100141",
    ]
)
_REGIONS = st.sampled_from(
    ["35.10", "35.10.01", "35.10.01.2001", "35.10.01.2002", "35.10.02.2001", "35.09", "35.09.01.2001", "35"]
)
_ADDRESSES = st.sampled_from(
    ["RT 03 RW 05", "RT 3/RW 2", "Dusun Krajan RT 03", "Dusun Krajan", "Jl. Mawar", "RT 04 RW 05"]
)
_KKS = st.sampled_from([KK, "3510011203150008", "3510021203150007", "9" * 16])


RECORDS: st.SearchStrategy[IdentityRecord] = st.builds(
    IdentityRecord,
    name=st.none() | _NAMES,
    nik=st.none() | _NIKS,
    sex=st.none() | st.sampled_from(["MALE", "FEMALE"]),
    birth_date=st.none() | _DAYS,
    region_code=st.none() | _REGIONS,
    address=st.none() | _ADDRESSES,
    kk_number=st.none() | _KKS,
)
"""Records that often agree in something."""
PERSONS = RECORDS.map(normalise)
