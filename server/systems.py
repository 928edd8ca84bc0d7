"""The national systems of an installation, from a TOML file, and how the hub behaves towards all outside systems."""

import tomllib
from pathlib import Path

import msgspec

from connectors.settings import HttpSettings, KisSettings, PkhSettings
from hub.domain.errors import SetupError
from hub.federation.gather import GatherSettings


class Systems(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which national systems there are and how to reach them; the form of the TOML file (docs/how-to/connect-systems.md)."""

    kis: KisSettings | None = None
    pkh: PkhSettings | None = None
    http: HttpSettings = HttpSettings()
    live: GatherSettings = GatherSettings()

    @property
    def national(self) -> tuple[KisSettings | PkhSettings, ...]:
        """Those that there are."""
        return tuple(system for system in (self.kis, self.pkh) if system is not None)


def read_systems(path: Path | None) -> Systems:
    """The systems file, none of them without one; SetupError says what is wrong in it."""
    if path is None:
        return Systems()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        if "districts" in told:
            raise SetupError(
                f"the systems file {path} names districts: they stand in the directory now, so take them out of the file "
                "and use `slrt-hub district join` (docs/how-to/join-a-district.md)"
            )
        return msgspec.convert(told, Systems)
    except OSError as error:
        raise SetupError(f"the systems file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise SetupError(f"the systems file {path} is wrong: {error}; see docs/how-to/connect-systems.md") from error
