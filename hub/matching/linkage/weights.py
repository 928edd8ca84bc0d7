"""What agreement weighs: trained, versioned, shipped as JSON."""

import math
from functools import lru_cache
from importlib import resources

import msgspec

from hub.matching.linkage.levels import COMPARISONS

_SHIPPED = "weights.json"


class LevelWeight(msgspec.Struct, frozen=True):
    """How often a level is met among pairs that are one person (`m`) and among pairs of two persons (`u`)."""

    m: float
    u: float

    @property
    def bits(self) -> float:
        """log2 of the Bayes factor m / u: above zero it speaks for one person."""
        return math.log2(self.m / self.u)


class Weights(msgspec.Struct, frozen=True, kw_only=True):
    """A trained model. Bits are log2 of odds; 10 bits are odds of 1,024 to 1."""

    version: str
    """Names the training; stored with every link that it made."""
    match_share: float
    """Share of the records asked about who are expected among those searched."""
    searched: int
    """How many records are searched; with `match_share` it makes the odds before anything is compared."""
    link_at: float
    """A pair of at least so many bits is LINKED."""
    review_at: float
    """A pair of at least so many bits, and fewer than `link_at`, is for a person to REVIEW."""
    levels: dict[str, dict[str, LevelWeight]]
    """Comparison to level to its frequencies."""
    words: dict[str, float]
    """Sound of a common word of names to the share of names that have it."""
    rare_word: float
    """The share that every other word is taken to have."""
    rarest_name: float
    """No name counts as rarer than this: a misspelt name is not a rare one."""
    dates: dict[str, float]
    """Birth dates that are far too common, such as those that stand for "not known", to the share of persons who have them."""
    usual_date: float
    """The share of persons who have any other birth date."""

    @property
    def prior(self) -> float:
        """Bits before anything is compared."""
        chance = self.match_share / self.searched
        return math.log2(chance / (1 - chance))

    def searching(self, searched: int) -> "Weights":
        """The same model for a search among so many records."""
        return msgspec.structs.replace(self, searched=max(searched, 2))


def frequency(column: str, value: str, weights: Weights) -> float:
    """The share of persons with this birth date, or whose name has all the words of this sound as if words met by chance."""
    if column == "birth_date":
        return weights.dates.get(value, weights.usual_date)
    share = 1.0
    for word in value.split():
        share *= weights.words.get(word, weights.rare_word)
    return max(share, weights.rarest_name)


def read_weights(document: bytes) -> Weights:
    """Weights from JSON; ValueError says which comparison or level does not fit this version of the hub."""
    weights = msgspec.json.decode(document, type=Weights)
    expected = {comparison.name: set(comparison.level_ids) for comparison in COMPARISONS}
    found = {name: set(levels) for name, levels in weights.levels.items()}
    for name in expected | found:
        if expected.get(name) != found.get(name):
            raise ValueError(
                f"weights {weights.version!r} do not fit: comparison {name!r} has the levels {sorted(found.get(name, ()))},"
                f" the hub compares by {sorted(expected.get(name, ()))}; train them anew"
            )
    if weights.review_at > weights.link_at:
        raise ValueError(
            f"weights {weights.version!r}: review_at {weights.review_at} is above link_at {weights.link_at}"
        )
    return weights


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The weights that are shipped with the hub."""
    return read_weights((resources.files("hub.matching.linkage") / _SHIPPED).read_bytes())
