"""The OAuth issuer of an installation, for those who serve and those who only print a token."""

from auth.issuer import Issuer
from auth.settings import IssuerSettings
from auth.signing_keys import KeyVault
from hub.store.database import Database
from server.clock import clock
from server.settings import Settings

_TOKEN_SECONDS = 900


def make_issuer(settings: Settings, database: Database, token_seconds: int = _TOKEN_SECONDS) -> Issuer:
    """The embedded OAuth issuer."""
    issuer = IssuerSettings(issuer=settings.issuer, audience=settings.audience, token_seconds=token_seconds)
    return Issuer(database.jobs, issuer, clock, KeyVault.from_setting(settings.sealing_key))
