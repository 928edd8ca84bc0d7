from tests.schema.world import Client

Q = """{ households(regionCode: "35.10", first: 2) { nodes { id kkNumber region { name parent { name } } welfare { decile }
 sourceStamp { system recordId } members { nik name enrolments { status programme { code rule { version clauses { code } } } } matches { status history { toStatus } } verdicts { status programme { code } explanation { code outcome values { field value } nextStep } recorded { status } } }
 enrolments { linkMethod } matches { status pool { available region { code } } } verdicts { status } caseFiles { number } } pageInfo { endCursor hasNextPage } } }"""


async def test_x(client: Client) -> None:
    import json
    print(json.dumps(await client.ask(Q), indent=1)[:6000])
    print(await client.ask('{ coverage(regionCode: "35.10") { programme { code } need undetermined enrolled unserved matched issued } viewer { clientId role scopes } programmes { code name } pools { nodes { total available offered region { code } } } districtSystems { nodes { freshness { isStale } endpoint region { name } } } rejects { nodes { code value field wayOut } } ingestBatches { nodes { received merged } } caseFiles { nodes { number } } villageServices { nodes { type } } }'))
    print(await client.ask('{ allocationRuns { nodes { id seed candidateCount placed candidates(first: 2) { nodes { rank household { id } } } } } matches(status: OFFERED, first: 1) { nodes { id reference household { id } person { name } } } }', "analyst"))
