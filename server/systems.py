"""The outside systems of an installation: read from a TOML file, made into connectors, checked, and joined."""

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from connectors.district.client import load_contract
from connectors.registry import ConnectorRegistry, SystemSettings
from connectors.settings import DistrictSettings, HttpSettings, KisSettings, PkhSettings
from hub.domain.errors import Invalid, SetupError
from hub.domain.source import Connector
from hub.federation.gather import GatherSettings
from hub.store.database import Session
from hub.store.sources import join_districts


class Systems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which systems there are and how to reach them; the form of the TOML file (docs/how-to/connect-systems.md)."""

    kis: KisSettings | None = None
    pkh: PkhSettings | None = None
    districts: tuple[DistrictSettings, ...] = ()
    http: HttpSettings = HttpSettings()
    live: GatherSettings = GatherSettings()


def read_systems(path: Path | None) -> Systems:
    """The systems file; SetupError says what is missing or wrong in it."""
    if path is None:
        raise SetupError(
            "no outside systems are configured: set SLRT_HUB_SYSTEMS to a TOML file that names them "
            "(docs/how-to/connect-systems.md), or run `slrt-hub demo`, which brings its own"
        )
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), Systems)
    except OSError as error:
        raise SetupError(f"the systems file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise SetupError(f"the systems file {path} is wrong: {error}; see docs/how-to/connect-systems.md") from error


@asynccontextmanager
async def open_connectors(systems: Systems) -> AsyncIterator[dict[str, Connector]]:
    """A connector for each system, by its code; their connections are given back at the end."""
    registry = ConnectorRegistry(contract=load_contract(), http=systems.http)
    settings: list[SystemSettings] = [*systems.districts]
    settings.extend(national for national in (systems.kis, systems.pkh) if national is not None)
    connectors = {connector.code: connector for connector in map(registry.build, settings)}
    try:
        yield connectors
    finally:
        for connector in connectors.values():
            await connector.aclose()


async def join(jobs: Session, systems: Systems, now: datetime) -> None:
    """The districts of the file take part from now on; Invalid names a code that is no regency."""
    endpoints = {district.code: district.url for district in systems.districts}
    joined = await join_districts(jobs, endpoints, now)
    unknown = sorted(endpoints.keys() - set(joined))
    if unknown:
        raise Invalid(f"no regency or city has the code {', '.join(unknown)}: use Kemendagri codes such as 35.10")
