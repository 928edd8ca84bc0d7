"""Masking shows regency and the last two digits, and ids are made of the sender's key alone."""

from hub.domain.ids import household_id, person_id, stable_id
from hub.domain.nik import mask


def test_a_masked_number_shows_the_regency_and_the_last_two_digits():
    assert mask("3510010101800001") == "3510**********01"
    assert mask(None) is None


def test_the_same_key_gives_the_same_id_and_another_kind_or_source_another():
    assert household_id("35.10", "H1") == household_id("35.10", "H1") == stable_id("household", "35.10", "H1")
    ids = {
        household_id("35.10", "H1"),
        person_id("35.10", "H1"),
        household_id("35.09", "H1"),
        household_id("35.10", "H2"),
    }
    assert len(ids) == 4
    assert all(0 <= one < 2**63 for one in ids)
