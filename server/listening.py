"""The socket at which an installation listens."""

import errno
import socket

from hub.domain.errors import SetupError
from server.settings import Settings

_BACKLOG = 2_048


def free_port(settings: Settings) -> socket.socket:
    """A listening socket at host and port; SetupError names the port that is busy."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does it only for sockets of its own making
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SetupError(
                f"port {settings.port} of {settings.host} is in use: stop what uses it, or set SLRT_HUB_PORT"
            ) from error
        raise SetupError(f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}") from error
    return listener
