"""`slrt-hub serve`."""

import uvloop

from server.serving import serve_installation
from server.settings import read_settings


def serve() -> None:
    """Serve GraphQL and the OAuth issuer until Ctrl-C."""
    uvloop.run(serve_installation(read_settings()))
