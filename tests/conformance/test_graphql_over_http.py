"""graphql-http's server audits, against a hub on a socket."""

import json
import os
import subprocess
from pathlib import Path

from tests.conformance.hub import Hub
from tests.conformance.peers_folder import NODE

_AUDITS = 61


def test_all_audits_of_graphql_over_http_are_ok(peers: Path, hub: Hub) -> None:
    environment = {**os.environ, "URL": hub.url, "TOKEN": hub.tokens["analyst"]}
    command = [NODE, str(peers / "audits.mjs")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=True)
    results = json.loads(done.stdout)
    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == _AUDITS
