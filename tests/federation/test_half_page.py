"""A district that gives fewer rows than it was asked for, and says that more follow: it is asked on."""

from simulators.faults import FaultKind
from tests.federation.stage import Stage, complete, truth


async def test_half_pages_are_put_together(stage: Stage) -> None:
    stage.switch_on("35.10", FaultKind.HALF_PAGE)
    async with stage.hub() as hub:
        found = await hub.list()
        assert stage.simulation.faults.happened("35.10")["HALF_PAGE"] > 3
    assert (found.rows, found.completeness) == (truth(stage.simulation.world), complete())


async def test_half_pages_page_by_page_are_the_list(stage: Stage) -> None:
    stage.switch_on("34.01", FaultKind.HALF_PAGE)
    stage.switch_on("35.10", FaultKind.HALF_PAGE)
    rows: list[str] = []
    after, has_more = None, True
    async with stage.hub() as hub:
        while has_more:
            page = await hub.list(first=9, after=after)
            assert page.completeness == complete()
            rows, after, has_more = rows + page.rows, page.end, page.has_more
    assert rows == truth(stage.simulation.world)
