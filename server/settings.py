"""The only reader of the environment. Every setting is listed in docs/reference/settings.md."""

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from hub.domain.errors import SetupError
from server.credentials import Credentials

_DEFAULT_PORT = "8000"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How this installation runs."""

    database_url: str | None
    """A PostgreSQL server; None starts the embedded one."""
    state: Path
    """Where the embedded database and the demo's world live."""
    postgres_binaries: Path | None
    host: str
    port: int
    public_url: str | None
    """What callers reach the hub by, behind a proxy; None: http://HOST:PORT."""
    sealing_key: str | None
    """base64 of 32 bytes that seal the signing keys in the database; None keeps them readable by its owner."""
    systems: Path | None
    """The TOML file that names national systems."""
    credentials: Credentials
    """Where the tokens of districts are kept."""
    check_seconds: int
    """How often a running server checks the districts."""
    webhooks_private: bool
    """Whether webhooks may lead to private addresses, and over http to this machine; for development."""
    connections: int
    log_level: str
    operator: str
    """Who runs a command, for the journal of allocation runs."""

    @property
    def issuer(self) -> str:
        """The issuer of the embedded OAuth server."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def audience(self) -> str:
        """Whom tokens are for."""
        return f"{self.issuer}/graphql"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of the environment; SetupError names the variable that does not fit."""

    def text(name: str) -> str | None:
        return environment.get(name) or None

    def path(name: str) -> Path | None:
        value = text(name)
        return None if value is None else Path(value)

    state = path("SLRT_HUB_STATE") or Path(".state")
    return Settings(
        database_url=text("DATABASE_URL"),
        state=state,
        postgres_binaries=path("PG_BIN"),
        host=environment.get("SLRT_HUB_HOST", "127.0.0.1"),
        port=_number(environment, "SLRT_HUB_PORT", _DEFAULT_PORT, 65_535),
        public_url=(text("SLRT_HUB_PUBLIC_URL") or "").rstrip("/") or None,
        sealing_key=text("SLRT_HUB_SEALING_KEY"),
        systems=path("SLRT_HUB_SYSTEMS"),
        credentials=Credentials(environment, path("SLRT_HUB_CREDENTIALS") or state / "credentials"),
        check_seconds=_number(environment, "SLRT_HUB_CHECK_SECONDS", "900", 86_400),
        webhooks_private=environment.get("SLRT_HUB_WEBHOOKS_PRIVATE", "no") == "yes",
        connections=_number(environment, "SLRT_HUB_CONNECTIONS", "10", 1_000),
        log_level=environment.get("SLRT_HUB_LOG_LEVEL", "info"),
        operator=environment.get("USER") or "operator",
    )


def read_variable(name: str, environment: Mapping[str, str] = os.environ) -> str:
    """A variable that the command line names; SetupError when it is not set."""
    value = environment.get(name)
    if not value:
        raise SetupError(f"the variable {name} is not set: put the token that the district gave into it")
    return value


def _number(environment: Mapping[str, str], name: str, default: str, most: int) -> int:
    value = environment.get(name, default)
    if not value.isdigit() or not 0 < int(value) <= most:
        raise SetupError(f"{name} is {value!r}: it has to be a whole number from 1 to {most}")
    return int(value)
