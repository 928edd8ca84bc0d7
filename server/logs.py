"""Logs for the person on duty: one JSON object a line on stderr, without personal data; plain text on a terminal."""

import logging
import sys

import structlog

from hub.domain.errors import SetupError


def configure_logs(level: str) -> None:
    """Set the level for everything: debug, info, warning or error."""
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise SetupError(f"SLRT_HUB_LOG_LEVEL is {level!r}: it has to be debug, info, warning or error")
    renderer = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
