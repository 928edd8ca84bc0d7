"""Indonesian names: one spelling for the many in which registers write them, and how they sound.

`canonical_name` drops what is no name (titles, degrees, `bin` and what follows) and writes the words that clerks abbreviate in
full. `sound_of` folds spelling habits: Dutch-time spelling (oe, dj, tj, sj, ch), Arabic letters written in several ways (kh, sy,
dz, f and p, z and j), double letters, silent h. Both give themselves again when applied twice.
"""

import re
import unicodedata
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """`TJ:C DJ:I` as (("TJ", "C"), ("DJ", "I")): the order counts."""
    return tuple((written, heard) for written, _, heard in (pair.partition(":") for pair in text.split()))


_TITLES = _words(
    "H HJ HAJI HAJJAH HAJAH DR DRS DRA DRG IR KH KYAI UST USTADZ USTAD USTADZAH TN NY NN BPK BAPAK IBU SDR SDRI ALM ALMH"
    " ALMARHUM ALMARHUMAH PROF PDT TGK TUAN NYONYA RADEN RR RM RA"
)
_DEGREES = _words(
    "SPD SPDI SE SH SHI SSOS SKOM SKM SKP SP ST SAG SIP SKED SPT MPD MSI MM MH MKES MAG MT AMD AMDKEB BA BSC MSC"
)
_PREFIXES = frozenset(("I", "NI"))
"""Balinese markers of sex before a name: often left out."""

_SPELLINGS = {
    "MUHAMMAD": "MOHAMAD MOHAMMAD MUHAMAD MOCHAMAD MOCHAMMAD MUCHAMAD MUCHAMMAD MUKHAMAD MUKHAMMAD MUHAMMED MOHAMED MUH MOH MOCH"
    " MUCH MHD MHMD MOHD MUHD MD",
    "AHMAD": "ACHMAD AKHMAD AHMED ACHMED AHMAT AMAD ACH AKH",
    "ABDUL": "ABD ABDOEL ABDL",
    "SITI": "ST STI SITTI SITY SITTY SITIE",
    "NUR": "NOOR NOER",
    "PUTRI": "PUTERI",
    "PUTRA": "PUTERA",
    "RAHMAT": "RACHMAT RAKHMAT ROHMAT ROCHMAT",
    "SRI": "SRIE SERI",
}
_USUAL = {variant: usual for usual, variants in _SPELLINGS.items() for variant in variants.split()}

_PATRONYMIC = re.compile(r"(?<=\S)\s+(?:BIN|BINTI|BINTE|BT|BTE)[.\s]\s*\S.*$")
_NO_NAME = re.compile(r"\([^)]*\)|[^A-Z,. ]")
_DOTTED = re.compile(r"(?<=[A-Z])\.(?=[A-Z])")

_SOUNDS = _pairs(
    "QU:K Q:K TJ:C DJ:I NJ:NI SJ:S OE:U OU:U OO:U EE:I IE:I AE:AI EI:AI CH:H KH:H SY:S SH:S TS:S TH:T DH:D DZ:I DL:D PH:F"
    " GH:G BH:B CK:K V:F P:F J:I Z:I Y:I X:S O:U E:I"
)
_REPEATED = re.compile(r"(.)\1+")
_COMMON_SOUNDS = _words("MUHAMAD AHMAD ABDUL SITI NUR SRI")
_STEM = 5
_VOWELS = str.maketrans("", "", "AIU")


@lru_cache(maxsize=200_000)
def canonical_name(text: str) -> str | None:
    """`Drs. H. Moch. Soeharto, M.Si.` gives `MUHAMMAD SOEHARTO`; None where nothing is left that could be a name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    plain = plain.replace("'", "").replace("`", "").replace("-", " ").replace("/", " ")
    plain = " ".join(_NO_NAME.sub(" ", plain).split())
    before, _, _ = plain.partition(",")
    words = _PATRONYMIC.sub("", (before if before.strip(" .") else plain).strip())
    return " ".join(_kept(words.replace(",", " "))) or None


def _kept(words: str) -> list[str]:
    """The words of a name without titles and degrees, in their usual spelling."""
    found = [part for word in words.split() for part in _parts(word)]
    named = [word for word in found if word not in _TITLES]
    while len(named) > 1 and named[0] in _PREFIXES:
        del named[0]
    while len(named) > 1 and named[-1] in _DEGREES:
        del named[-1]
    if len(named) > 1 and named[0] == "M":
        named[0] = "MUHAMMAD"
    return [_USUAL.get(word, word) for word in named]


def _parts(word: str) -> list[str]:
    """`MOH.ALI` is two words, `S.PD` is one degree, `ALI.` is a word."""
    together = word.replace(".", "")
    if together in _DEGREES or together in _TITLES:
        return [together]
    return _DOTTED.sub(" ", word).replace(".", " ").split()


@lru_cache(maxsize=200_000)
def sound_of(word: str) -> str:
    """How one word of a canonical name sounds: `SOEHARTO` and `SUHARTO` give `SUHARTU`."""
    heard_before, sound = word, _heard(word)
    while sound != heard_before:
        heard_before, sound = sound, _heard(sound)
    return sound


def _heard(word: str) -> str:
    """One pass of the rules; what one of them leaves behind may be for another."""
    sound = word
    for written, heard in _SOUNDS:
        sound = sound.replace(written, heard)
    sound = _REPEATED.sub(r"\1", sound)
    if len(sound) > 3:
        sound = sound.removeprefix("H")
    return sound.rstrip("H") or "H"


def sounds_of(name: str) -> tuple[str, ...]:
    """How the words of a canonical name sound, in their order."""
    return tuple(map(sound_of, name.split()))


def skeleton_of(joined: str) -> str | None:
    """The first letter of the joined sounds and the consonants after it; None where that is less than three letters."""
    skeleton = joined[0] + joined[1:].translate(_VOWELS)
    return skeleton if len(skeleton) >= 3 else None


def stem_of(sounds: tuple[str, ...]) -> str:
    """The first five letters of the longest word, leaving aside those that half the country bears and clerks drop."""
    telling = [sound for sound in sounds if sound not in _COMMON_SOUNDS]
    return max(telling or sounds, key=len)[:_STEM]
