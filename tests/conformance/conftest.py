"""One hub, one set of scripts and one pair of gateways for all these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.gateways import Gateways, running_gateways
from tests.conformance.hub import Hub, running_hub
from tests.conformance.peers_folder import scripts
from tests.schema.world import copy_of_world


@pytest.fixture(scope="session")
def peers() -> Iterator[Path]:
    """Where our Node scripts are, with their packages."""
    with scripts() as folder:
        yield folder


@pytest.fixture(scope="session")
def hub(server_url: str, template: str) -> Iterator[Hub]:
    """A hub on a socket, with the world of two regencies."""
    with running_hub(copy_of_world(server_url, template, "world_of_conformance")) as hub:
        yield hub


@pytest.fixture(scope="session")
def gateways(peers: Path, hub: Hub) -> Iterator[Gateways]:
    """Both gateways before the hub and a second subgraph."""
    with running_gateways(peers, hub) as gateways:
        yield gateways
