"""How common the words of names and the birth dates are in the registers that are linked."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

_COMMON_WORDS = 3_000
"""How many words are kept; every other counts as being as rare as the last of them."""
_TOO_COMMON = 4
"""How many times as common as the mean a date is that does not count as usual."""


def count_words(sounds: pa.ChunkedArray) -> tuple[dict[str, float], float]:
    """Of names as `Normalised.sound`: the share that has each common word, and the share that has a word not among them."""
    counted = _counted(sounds)
    words: Counter[str] = Counter()
    for sound, count in counted.items():
        for word in set(sound.split()):
            words[word] += count
    total = max(sum(counted.values()), 1)
    common = {word: _rounded(count / total) for word, count in words.most_common(_COMMON_WORDS)}
    return common, min(common.values(), default=1.0)


def count_dates(dates: pa.ChunkedArray) -> tuple[dict[str, float], float]:
    """Of birth dates: the share of each that is far too common, and that of a usual one as two strangers share it."""
    counted = _counted(dates)
    total = max(sum(counted.values()), 1)
    mean = total / max(len(counted), 1)
    too_common = {day: _rounded(count / total) for day, count in counted.items() if count > _TOO_COMMON * mean}
    usual = [count for day, count in counted.items() if day not in too_common]
    return too_common, sum(count * count for count in usual) / max(sum(usual), 1) / total or 1.0


def _rounded(share: float) -> float:
    """Four digits are more than is known."""
    return float(f"{share:.4g}")


def _counted(values: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(values.drop_null()).flatten()
    return dict(zip(counted[0].to_pylist(), counted[1].to_pylist(), strict=True))
