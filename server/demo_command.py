"""`slrt-hub demo`: what it asks for."""

from typing import Annotated

import typer
import uvloop

from server.demo.command import Demo, DemoOptions
from server.demo.world import WorldSettings
from server.settings import read_settings


def demo(
    districts: Annotated[str, typer.Option(help="How many districts, or their codes: 35.10,35.09")] = "3",
    households: Annotated[int, typer.Option(min=1, max=2_000_000, help="Households in each district")] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same people")] = 7,
    once: Annotated[bool, typer.Option("--once", help="End after the job instead of serving")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object on stdout")] = False,
) -> None:
    """The whole job on a simulated world, scored against its truth; then the hub is served until Ctrl-C."""
    world = WorldSettings(districts, households, seed)
    uvloop.run(Demo(read_settings(), DemoOptions(world, is_once=once, is_json=json)).run())
