"""Indonesian names, and the ways in which registers write the same name differently."""

import re
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MEN = _words(
    "Ahmad Slamet Suparman Agus Budi Joko Hadi Sugeng Bambang Eko Dwi Tri Wahyu Rudi Hendra Yusuf Ibrahim"
    " Ismail Sutrisno Suyanto Mulyono Kasim Rahmat Hasan Husein Umar Usman Ali Abdul Nur Arif Fajar Rizky"
    " Dimas Bayu Andi Baso Daeng Made Nyoman Ketut Wayan Yohanes Petrus Markus Paulus Stefanus Gunawan Surya"
    " Dedi Asep Ujang Cecep Iwan Junaidi Marzuki Zainal Zulkifli Syahrul Suherman Sujarwo Sukarno Suharto"
)
WOMEN = _words(
    "Sri Sumiati Suminah Sulastri Wati Yanti Dewi Ratna Lestari Rahayu Kartini Aminah Fatimah Khadijah Aisyah"
    " Zainab Halimah Maimunah Nurhayati Nuraini Nurul Rina Rini Rani Lina Dian Indah Putri Ayu Fitri Wulan"
    " Mega Intan Melati Juminah Tukiyem Ponirah Ngatini Yuliana Maria Marta Yosefina Kristina Komang Luh Kadek"
    " Endang Titin Euis Neneng Cucu Imas Juriah Syarifah Cut Upik Sutinah Supiyah Poniyem Kasiyem Saodah"
)
LAST = _words(
    "Santoso Wibowo Hidayat Nugroho Saputra Setiawan Kurniawan Susanto Purnomo Prasetyo Utomo Suryadi Cahyono"
    " Wijaya Hartono Sutanto Yulianto Firmansyah Ramadhan Maulana Siregar Nasution Harahap Lubis Simanjuntak"
    " Sitompul Manurung Tarigan Ginting Sembiring Wahyudi Subekti Junaedi Mustofa Fauzi Hakim Rohman Sholeh"
    " Anwar Basri Latif Syafii Lestaluhu Pattiasina Rumbiak Wenda Kogoya Kambu Mansyur Tanjung Chaniago"
)

TITLES_OF_MEN = ("H. ", "Drs. ", "Ust. ", "Alm. ")
TITLES_OF_WOMEN = ("Hj. ", "Dra. ", "Ny. ", "Almh. ")

_MUHAMMAD = ("Muhammad", "Mohammad", "Mohamad", "Moh.", "Muh.", "M.", "Muhamad")
_SITI = ("Siti", "St.", "Sitti")
_OLD_SPELLING = (("u", "oe"), ("j", "dj"), ("c", "tj"), ("y", "j"))
_TITLE = re.compile(r"^(?:h|hj|drs|dra|ust|ny|tn|alm|almh)\.\s+", re.IGNORECASE)


def name_of(rng: Random, *, woman: bool) -> str:
    """A full name of one to three words; one in eight has a single name."""
    pick = rng.random
    given = WOMEN if woman else MEN
    first = given[int(pick() * len(given))]
    shape = pick()
    if shape < 0.12:
        return first
    last = LAST[int(pick() * len(LAST))]
    if shape < 0.30:
        return f"{'Siti' if woman else 'Muhammad'} {first} {last}"
    if shape < 0.45:
        return f"{'Siti' if woman else 'Muhammad'} {first}"
    if shape < 0.60:
        return f"{first} {given[int(pick() * len(given))]} {last}"
    return f"{first} {last}"


def variant_of(name: str, rng: Random, *, woman: bool) -> str:
    """The same name as another clerk wrote it."""
    first, _, rest = name.partition(" ")
    if first == "Muhammad":
        return f"{rng.choice(_MUHAMMAD[1:])} {rest}"
    if first == "Siti" and rng.random() < 0.6:
        return f"{rng.choice(_SITI[1:])} {rest}"
    kind = rng.random()
    if kind < 0.45:
        return _in_old_spelling(name, rng)
    if kind < 0.65:
        return rng.choice(TITLES_OF_WOMEN if woman else TITLES_OF_MEN) + name
    if kind < 0.80:
        return name.upper()
    if kind < 0.92 and rest:
        return rest if first in _SITI else first
    return name.replace(" ", "  ") if rest else f"{name} "


def _in_old_spelling(name: str, rng: Random) -> str:
    new, old = rng.choice(_OLD_SPELLING)
    return name.lower().replace(new, old).title() if new in name.lower() else name.upper()


def sounds(name: str) -> frozenset[str]:
    """The words of a name without titles and spelling habits: two spellings of one name share some."""
    plain = _TITLE.sub("", name.strip()).lower()
    for new, old in (("u", "oe"), ("j", "dj"), ("c", "tj")):
        plain = plain.replace(old, new)
    plain = plain.replace("j", "y")
    words = {word.strip(".,'") for word in plain.split()}
    common = {
        "muhammad",
        "mohammad",
        "mohamad",
        "muhamad",
        "moh",
        "muh",
        "m",
        "siti",
        "sitti",
        "st",
    }
    return frozenset(words - common) or frozenset(words)
