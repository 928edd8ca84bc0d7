"""The hub in a supergraph with a hospital's visits, before both gateways: the right rows, in a constant number of calls."""

from typing import Any

import pytest

from hub.domain.opaque_id import Kind, opaque_id
from tests.conformance.gateways import VISITS, Gateways, Visit, household_id_of, visit
from tests.conformance.hub import Hub
from tests.schema.world_records import FOREIGN, OWN, TWICE_ON_THE_ROSTER, person_of

pytestmark = pytest.mark.parametrize("gateway", ["apollo", "hive"])

FROM_VISITS = """query ($first: Int!) { visits(first: $first) { id reason region { name level }
  person { name household { id region { name } members { name } } } } }"""
FROM_HUB = """query ($first: Int!) { households(regionCode: "35.10", first: $first) { nodes {
  id region { code visitCount } members { id visits { reason region { name } } } } } }"""
VILLAGE = "Sarongan"
TO_THE_HUB = {"apollo": 2, "hive": 1}
"""`_entities` requests for persons and regions: Apollo sends one for each kind, Hive joins them."""
AND_BACK = {"apollo": 1, "hive": 2}
"""`_entities` requests for regions, as each gateway plans that query; besides it the one for households."""
SIZES = (1, 10, 100)


def _expected_visit(visit: Visit) -> dict[str, Any]:
    number = int(visit.id.rpartition("-")[2])
    second = f"Siti {number}" if number != 6 else TWICE_ON_THE_ROSTER[OWN]
    members = [{"name": f"Slamet {number}"}, {"name": second}]
    return {
        "id": visit.id,
        "reason": visit.reason,
        "region": {"name": VILLAGE, "level": "VILLAGE"},
        "person": {
            "name": f"Slamet {number}",
            "household": {"id": household_id_of(number), "region": {"name": VILLAGE}, "members": members},
        },
    }


def _expected_household(number: int) -> dict[str, Any]:
    first, second = (opaque_id(Kind.PERSON, person_of(OWN, number, member)) for member in (1, 2))
    seen = [{"reason": f"Demam {number}", "region": {"name": VILLAGE}}] if number <= 100 else []
    return {
        "id": household_id_of(number),
        "region": {"code": "35.10.01.2001", "visitCount": 100},
        "members": [{"id": first, "visits": seen}, {"id": second, "visits": []}],
    }


def _asked(hub: Hub) -> tuple[list[int], int, int]:
    """Representations of each `_entities` request, requests, statements."""
    return sorted(hub.entity_calls), len(hub.bodies), len(hub.statements)


def test_visits_find_their_persons_and_regions_in_the_hub_in_as_many_calls_for_100_as_for_1(
    gateways: Gateways, hub: Hub, gateway: str
) -> None:
    gateways.ask(gateway, FROM_VISITS, hub.tokens["officer"], first=1)  # types and reference data are asked for once
    costs = []
    for first in SIZES:
        hub.forget()
        answer = gateways.ask(gateway, FROM_VISITS, hub.tokens["officer"], first=first)
        assert answer == {"data": {"visits": [_expected_visit(visit) for visit in VISITS[:first]]}}
        representations, requests, statements = _asked(hub)
        assert sum(representations) in (first + 1, 2 * first)  # a region may be named once, or once for each visit
        costs.append((len(representations), requests, statements))
    assert costs == [(TO_THE_HUB[gateway], TO_THE_HUB[gateway], costs[0][2])] * len(SIZES)


def test_households_find_their_visits_and_these_their_regions_in_the_hub_again(
    gateways: Gateways, hub: Hub, gateway: str
) -> None:
    expected = {_expected_household(number)["id"]: _expected_household(number) for number in range(1, 111)}
    gateways.ask(gateway, FROM_HUB, hub.tokens["officer"], first=100)
    costs = []
    for first in SIZES:
        hub.forget()
        answer = gateways.ask(gateway, FROM_HUB, hub.tokens["officer"], first=first)
        nodes = answer["data"]["households"]["nodes"]
        assert "errors" not in answer
        assert len({node["id"] for node in nodes}) == first
        assert nodes == [expected[node["id"]] for node in nodes]
        representations, requests, statements = _asked(hub)
        costs.append((len(representations), requests, statements))
    assert costs == [(AND_BACK[gateway], AND_BACK[gateway] + 1, costs[0][2])] * len(SIZES)


def test_a_users_token_goes_through_a_router_with_the_users_own_rights(
    gateways: Gateways, hub: Hub, gateway: str
) -> None:
    query = "query ($first: Int!) { visits(first: $first) { id person { name nik } } }"
    for caller, name, nik in (("officer", None, None), ("analyst", "Slamet 1", "3509010101900001")):
        answer = gateways.ask(gateway, query, hub.tokens[caller], first=len(VISITS))
        assert "errors" not in answer
        assert answer["data"]["visits"][-1] == {"id": visit(1, FOREIGN).id, "person": {"name": name, "nik": nik}}
    refused = gateways.ask(gateway, query, hub.tokens["partner"], first=1)
    assert refused["data"] == {"visits": [{"id": visit(1).id, "person": {"name": None, "nik": None}}]}
    assert {error["extensions"]["code"] for error in refused["errors"]} == {"FORBIDDEN"}


def test_without_a_user_the_router_has_its_own_rights(gateways: Gateways, gateway: str) -> None:
    answer = gateways.ask(gateway, "{ visits(first: 1) { region { name } person { id } } }", None)
    assert answer == {"data": {"visits": [{"region": {"name": VILLAGE}, "person": {"id": visit(1).person_id}}]}}
    refused = gateways.ask(gateway, "{ visits(first: 1) { person { name } } }", None)
    assert refused["data"] == {"visits": [{"person": {"name": None}}]}
    assert {error["extensions"]["code"] for error in refused["errors"]} == {"FORBIDDEN"}
