"""How common the words of names are in the registers that are linked."""

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

COMMON_WORDS = 3_000
"""How many words are kept; every other counts as being as rare as the last of them."""


def count_words(sounds: pa.ChunkedArray) -> tuple[dict[str, float], float]:
    """Sounds of names, as `Normalised.sound`: the share of names that have each common word, and the share of a word not among them."""
    counted = pc.value_counts(sounds.drop_null()).flatten()
    words: Counter[str] = Counter()
    for sound, count in zip(counted[0].to_pylist(), counted[1].to_pylist(), strict=True):
        for word in set(sound.split()):
            words[word] += count
    total = max(len(sounds) - sounds.null_count, 1)
    common = {word: round(count / total, 9) for word, count in words.most_common(COMMON_WORDS)}
    return common, min(common.values(), default=1.0)
