"""The comparison of a served schema with the contract: each way of not fitting, by name."""

import pytest

from connectors.district.client import load_contract
from connectors.district.contract import UnreadableSchema, capabilities_of, compare

CONTRACT = """
schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"]) { query: Query }
scalar Day
type Query { things(after: String, first: Int! = 10): [Thing!]!  any: Any  say(it: Say!): Int }
type Thing @key(fields: "id") { id: ID!  name: String  born: Day  tags: [String!]!  mood: Mood }
type Other { id: ID! }
union Any = Thing | Other
enum Mood { GOOD BAD }
input Say { what: String!  why: String }
"""


def changed(old: str, new: str) -> list[str]:
    assert old in CONTRACT
    return [str(misfit) for misfit in compare(CONTRACT, CONTRACT.replace(old, new))]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: String ", "name: String! "),
        ("mood: Mood }", "mood: Mood!  more: Int }"),
        ("after: String,", "after: String, extra: Int,"),
        ("after: String,", "after: String, extra: Int! = 3,"),
        ("it: Say!", "it: Say"),
        ("what: String!", "what: String"),
        ("why: String }", "why: String  who: Int }"),
        ("first: Int! = 10", "first: Int! = 20"),
        ("first: Int! = 10", "first: Int = 10"),
        ("schema @link", "extend schema @link"),
        (" { query: Query }", ""),
        ("enum Mood", "scalar _Any type _Service { sdl: String } enum Mood"),
        ('@key(fields: "id")', '@key(fields: "name") @key(fields: "id") @shareable'),
        ("scalar Day", 'scalar Day @specifiedBy(url: "https://day.example")'),
    ],
)
def test_promising_more_and_asking_less_fits(old: str, new: str) -> None:
    if old == "schema @link":
        old, new = CONTRACT.splitlines()[1], new + CONTRACT.splitlines()[1][12:-17]
    if old == " { query: Query }":
        old, new = CONTRACT.splitlines()[1] + "\n", ""
    assert changed(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("name: String ", "", ["field Thing.name is missing"]),
        ("tags: [String!]!", "tags: [String!]",
         ["field Thing.tags is [String!], and must be [String!]!"]),
        ("tags: [String!]!", "tags: [String]!",
         ["field Thing.tags is [String]!, and must be [String!]!"]),
        ("tags: [String!]!", "tags: String!",
         ["field Thing.tags is String!, and must be [String!]!"]),
        ("born: Day", "born: String", ["field Thing.born is String, and must be Day"]),
        ("after: String,", "", ["argument Query.things.after is missing"]),
        ("after: String,", "after: String!,",
         ["argument Query.things.after is String!, and must be String"]),
        ("after: String,", "after: Int,",
         ["argument Query.things.after is Int, and must be String"]),
        ("after: String,", 'after: String! = "",',
         ["argument Query.things.after is String!, and must be String"]),
        ("first: Int! = 10", "first: Int!",
         ["argument Query.things.first is Int!, and must be Int!"]),
        ("after: String,", "after: String, who: Int!,",
         ["argument Query.things.who is required, and the contract does not know it"]),
        ("why: String }", "}", ["field Say.why is missing"]),
        ("why: String }", "why: String!}", ["field Say.why is String!, and must be String"]),
        ("why: String }", "why: String  who: Int! }",
         ["field Say.who is required, and the contract does not know it"]),
        ("GOOD BAD", "GOOD", ["value Mood.BAD is missing"]),
        ("GOOD BAD", "GOOD BAD SO_SO", ["value Mood.SO_SO is not in the contract"]),
        ("Thing | Other", "Thing", ["member Any.Other is missing"]),
        ("= Thing | Other", "= Thing | Other | Third type Third { a: Int }",
         ["member Any.Third is not in the contract"]),
        ("union Any = Thing | Other", "scalar Any",
         ["type Any is scalar, and must be union"]),
        ('@key(fields: "id")', "", ['type Thing is without key, and must be @key(fields: "id")']),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_does_not_fit_is_named(old: str, new: str, problems: list[str]) -> None:
    assert changed(old, new) == problems


def test_a_missing_type_is_named_with_the_fields_that_use_it():
    served = CONTRACT.replace("enum Mood { GOOD BAD }", "").replace("  mood: Mood", "")
    assert sorted(map(str, compare(CONTRACT, served))) == [
        "field Thing.mood is missing",
        "type Mood is missing",
    ]


def test_the_contract_fits_itself():
    assert compare(load_contract(), load_contract()) == []


ONLY_ITSELF = """
type Query { district: District! }
type District @key(fields: "regionCode") {
  regionCode: ID! name: String! contractVersion: Int! capabilities: [DistrictCapability!]!
}
enum DistrictCapability {
  HOUSEHOLDS PERSONS CASE_FILES VILLAGE_SERVICES VILLAGE_PROFILES CHANGES MATCH_DELIVERY CASE_UPDATES REFERRALS
}
"""


def test_what_a_district_cannot_do_may_be_absent_with_all_types_that_only_this_uses():
    assert compare(load_contract(), ONLY_ITSELF, frozenset()) == []


def test_what_a_district_says_that_it_can_do_must_be_there():
    named = [str(misfit) for misfit in compare(load_contract(), ONLY_ITSELF, {"MATCH_DELIVERY"})]
    assert named == [
        "type Revision is missing",
        "type DateTime is missing",
        "type Mutation is missing",
        "type MatchOutcome is missing",
        "type MatchDeliveryInput is missing",
        "type MatchDeliveryResult is missing",
        "type MatchOutcomeKind is missing",
    ]


def test_the_capabilities_are_those_that_the_contract_names():
    assert capabilities_of(load_contract()) == {
        "HOUSEHOLDS", "PERSONS", "CASE_FILES", "VILLAGE_SERVICES", "VILLAGE_PROFILES", "CHANGES", "MATCH_DELIVERY",
        "CASE_UPDATES", "REFERRALS",
    }  # fmt: skip


@pytest.mark.parametrize(
    "sdl",
    ["", "type", "type Query { a: Nothing }", "type Query { a: Int } " * 20_000,
     "type Query { a: " + "[" * 5_000 + "Int" + "]" * 5_000 + " }", "\x00", "hello <html>"],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_an_unreadable_schema_is_said_to_be_so(sdl: str) -> None:
    with pytest.raises(UnreadableSchema):
        compare(load_contract(), sdl)
