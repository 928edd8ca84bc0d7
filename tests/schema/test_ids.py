import pytest

from hub.domain.errors import Invalid
from hub.domain.opaque_id import Kind, Name, number_of, opaque_id, opaque_ids, read_opaque_id


@pytest.mark.parametrize(
    "name",
    [
        Name(Kind.HOUSEHOLD, 0),
        Name(Kind.PERSON, 2**63 - 1),
        Name(Kind.REGION, "35.10.01.2001"),
        Name(Kind.PROGRAMME, "PKH"),
    ],
)
def test_an_id_names_what_it_was_made_of(name: Name) -> None:
    assert read_opaque_id(opaque_id(name.kind, name.key)) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "ä",
        "SG91c2Vob2xkOjE=",  # padded: not as the hub writes it
        "SG91c2Vob2xkOg",  # Household:
        "SG91c2Vob2xkOi0x",  # Household:-1
        "SG91c2Vob2xkOjAx",  # Household:01
        "SG91c2Vob2xkOjk5OTk5OTk5OTk5OTk5OTk5OTk5",  # beyond 64 bits
        "Tm9ib2R5OjE",  # Nobody:1
        "UmVnaW9uOg",  # Region:
        "UmVnaW9uOgA",  # Region: with a NUL
        "A" * 10_000,
    ],
)
def test_what_the_hub_did_not_make_is_no_id(text: str) -> None:
    with pytest.raises(Invalid, match="is not an id of this hub"):
        read_opaque_id(text)
    with pytest.raises(Invalid, match="is not an id of this hub"):
        number_of(Kind.HOUSEHOLD, text)


def test_ids_of_many_objects_are_those_of_each() -> None:
    numbers = [0, 1, 22, 333, 4_444, 2**63 - 1]
    assert opaque_ids(Kind.PERSON, numbers) == [opaque_id(Kind.PERSON, number) for number in numbers]
    assert opaque_ids(Kind.MATCH, []) == []


def test_an_id_of_another_kind_is_told_apart() -> None:
    with pytest.raises(Invalid, match="is the id of a Household, and this takes the id of a Match"):
        number_of(Kind.MATCH, opaque_id(Kind.HOUSEHOLD, 1))
