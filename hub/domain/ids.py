"""Identities. A row that came from an outside system is named by the sender's own key, so a replay meets it again."""

from functools import lru_cache
from hashlib import blake2b


def stable_id(kind: str, source_code: str, source_record_id: str) -> int:
    """The hub's 63-bit id of a sender's record; the same three values give the same id, always.

    Among a hundred million records the chance that any two share an id is about one in two thousand; the merge compares
    the sender's key, and rejects the second record instead of taking it for the first.
    """
    digest = _begun(kind, source_code).copy()
    digest.update(source_record_id.encode())
    return int.from_bytes(digest.digest(), "big") >> 1


@lru_cache(maxsize=10_000)
def _begun(kind: str, source_code: str) -> blake2b:
    return blake2b(f"{kind}\x1f{source_code}\x1f".encode(), digest_size=8)


def household_id(source_code: str, source_record_id: str) -> int:
    """Id of a household of a district."""
    return stable_id("household", source_code, source_record_id)


def person_id(source_code: str, source_record_id: str) -> int:
    """Id of a person of a district."""
    return stable_id("person", source_code, source_record_id)


def case_file_id(source_code: str, source_record_id: str) -> int:
    """Id of a case file of a district."""
    return stable_id("case_file", source_code, source_record_id)
