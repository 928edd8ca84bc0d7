"""Names: many spellings, one name; how they sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching.linkage.names import canonical_name, skeleton_of, sound_of, sounds_of, stem_of

NAMES = st.text(alphabet="abcdefghijklmnopqrstuvwxyzéü.,'-/() ", max_size=40) | st.lists(
    st.sampled_from(
        [
            "Muhammad",
            "Moh.",
            "M.",
            "Siti",
            "St.",
            "Nur",
            "Hj.",
            "H.",
            "Drs.",
            "Soeharto",
            "Djamaluddin",
            "Tjahjono",
            "bin",
            "binti",
            "Ali",
            "S.Pd,",
            "M.Si",
            "I",
            "Ni",
            "Khotimah",
        ]
    ),
    max_size=5,
).map(" ".join)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Muhammad Yusuf", "MUHAMMAD YUSUF"),
        ("Mohamad Yusuf", "MUHAMMAD YUSUF"),
        ("Moh. Yusuf", "MUHAMMAD YUSUF"),
        ("Moh.Yusuf", "MUHAMMAD YUSUF"),
        ("MUH. YUSUF", "MUHAMMAD YUSUF"),
        ("M. Yusuf", "MUHAMMAD YUSUF"),
        ("M Yusuf", "MUHAMMAD YUSUF"),
        ("Siti Aminah", "SITI AMINAH"),
        ("St. Aminah", "SITI AMINAH"),
        ("Sitti  Aminah ", "SITI AMINAH"),
        ("Abd. Rahman", "ABDUL RAHMAN"),
        ("Achmad Noer", "AHMAD NUR"),
        ("H. Slamet", "SLAMET"),
        ("Hj. Siti Fatimah", "SITI FATIMAH"),
        ("Alm. Slamet", "SLAMET"),
        ("Drs. H. Moch. Soeharto, M.Si.", "MUHAMMAD SOEHARTO"),
        ("Sukmawati, S.Pd", "SUKMAWATI"),
        ("Hasan S.Pd.", "HASAN"),
        ("Ahmad bin Kasim", "AHMAD"),
        ("Aminah binti Kasim", "AMINAH"),
        ("Bintang Kejora", "BINTANG KEJORA"),
        ("I Made Wijaya", "MADE WIJAYA"),
        ("Ni Luh Ayu", "LUH AYU"),
        ("Nur-Hayati", "NUR HAYATI"),
        ("Ma'ruf", "MARUF"),
        ("José", "JOSE"),
        ("M", "M"),
        ("H.", None),
        ("   ", None),
        ("12345", None),
    ],
)
def test_a_name_is_brought_to_its_usual_spelling(written: str, name: str | None) -> None:
    assert canonical_name(written) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SOEHARTO", "SUHARTO"),
        ("DJAMALUDDIN", "JAMALUDIN"),
        ("TJAHJONO", "CAHYONO"),
        ("CHOTIMAH", "KHOTIMAH"),
        ("CHOTIMAH", "HOTIMAH"),
        ("SUJANTO", "SUYANTO"),
        ("ZULAIKHA", "JULAIKHA"),
        ("YUSUF", "JUSUP"),
        ("FATIMAH", "PATIMA"),
        ("SYAFII", "SAFII"),
        ("RATNA DEWI", "RATNA DEWY"),
    ],
)
def test_spellings_that_clerks_exchange_sound_the_same(one: str, other: str) -> None:
    assert sounds_of(one) == sounds_of(other)


@pytest.mark.parametrize(("one", "other"), [("BUDI", "BUDIMAN"), ("SARI", "SURI"), ("RINI", "RINA"), ("AGUS", "BAGUS")])
def test_other_names_sound_otherwise(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


def test_the_skeleton_is_the_consonants_and_too_short_a_one_is_none() -> None:
    assert skeleton_of("SUHARTU") == "SHRT"
    assert skeleton_of("AIU") is None


def test_the_stem_is_of_the_word_that_tells_most() -> None:
    assert stem_of(("MUHAMAD", "ALI")) == "ALI"
    assert stem_of(("SITI", "NUR", "AIATI")) == "AIATI"
    assert stem_of(("MUHAMAD",)) == "MUHAM"


@given(NAMES)
def test_the_usual_spelling_of_a_usual_spelling_is_itself(written: str) -> None:
    name = canonical_name(written)
    assert name is None or canonical_name(name) == name


@given(NAMES)
def test_a_sound_sounds_like_itself(written: str) -> None:
    sounds = sounds_of(canonical_name(written) or "")
    assert tuple(map(sound_of, sounds)) == sounds


@given(NAMES)
def test_names_become_upper_case_ascii_words(written: str) -> None:
    name = canonical_name(written)
    assert name is None or (name.isascii() and name.replace(" ", "").isalpha() and name.upper() == name)
