"""What districts were not told: all of it for the ministry, the own regency for its officer, never the contents."""

from hub.store.database import Database
from hub.store.outbox import Settled, settle
from tests.schema.world import Client
from tests.schema.world_records import FOREIGN, NOW, OWN

UNDELIVERED = """query ($statuses: [UndeliveredStatus!], $first: Int, $after: String, $regionCode: String) {
  undelivered(statuses: $statuses, first: $first, after: $after, regionCode: $regionCode) {
    nodes { destination kind status attempts reasonCode reason caseFile { region { code } } }
    pageInfo { hasNextPage endCursor } } }"""


async def test_an_officer_sees_what_the_own_district_was_not_told(client: Client) -> None:
    nodes = (await client.ask(UNDELIVERED))["undelivered"]["nodes"]
    assert nodes
    assert {(node["destination"], node["kind"], node["status"]) for node in nodes} == {(OWN, "CASE_UPDATE", "PENDING")}
    assert all(node["caseFile"]["region"]["code"].startswith(f"{OWN}.") for node in nodes)
    [error] = await client.refused(UNDELIVERED, regionCode=FOREIGN)
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_the_ministry_sees_all_in_pages(client: Client) -> None:
    whole = (await client.ask(UNDELIVERED, "analyst"))["undelivered"]["nodes"]
    assert {node["destination"] for node in whole} == {OWN, FOREIGN}
    pieces, after = [], None
    while True:
        page = (await client.ask(UNDELIVERED, "analyst", first=1, after=after))["undelivered"]
        pieces += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert pieces == whole


async def test_what_is_dead_says_why(writer: Client, own_world: Database) -> None:
    jobs = own_world.jobs
    async with jobs.connection() as connection:
        message_id = await connection.fetchval(
            "select min(message_id) from outbox_message where regency_code = $1", OWN
        )
    await settle(jobs, [Settled(message_id, "DEAD", "REFUSED", "District 35.10 refuses the request")], NOW)
    [node] = (await writer.ask(UNDELIVERED, statuses=["DEAD"]))["undelivered"]["nodes"]
    assert (node["attempts"], node["reasonCode"], node["reason"]) == (
        1,
        "REFUSED",
        "District 35.10 refuses the request",
    )
