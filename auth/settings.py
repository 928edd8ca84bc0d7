"""What the issuer and the validator need to know; checked when made, so that a mistake shows at the start."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.domain.errors import SetupError

ALGORITHM = "ES256"
ASYMMETRIC = frozenset({"ES256", "PS256", "RS256"})
LONGEST_LEEWAY = 60
LONGEST_TOKEN = 3600


@dataclass(frozen=True, slots=True)
class IssuerSettings:
    """The embedded issuer: its URL, the audience of its tokens, and how many seconds a token lives."""

    issuer: str
    audience: str
    token_seconds: int = 900

    def __post_init__(self) -> None:
        require_secure(self.issuer)
        if urlsplit(self.issuer).path:
            raise SetupError(f"the issuer {self.issuer} must be a scheme, host and port only: take the path away")
        if not 1 <= self.token_seconds <= LONGEST_TOKEN:
            raise SetupError(f"tokens cannot live {self.token_seconds} seconds: choose 1 to {LONGEST_TOKEN}")

    @property
    def token_endpoint(self) -> str:
        """Where clients get tokens."""
        return f"{self.issuer}/oauth/token"

    @property
    def jwks_uri(self) -> str:
        """Where the public keys are."""
        return f"{self.issuer}/oauth/jwks"


@dataclass(frozen=True, slots=True)
class ValidatorSettings:
    """Which tokens are accepted: of one issuer, for one audience, signed with one of `algorithms`."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...] = (ALGORITHM,)
    leeway_seconds: int = 30
    cached_tokens: int = 10_000

    def __post_init__(self) -> None:
        require_secure(self.issuer)
        unfit = sorted(set(self.algorithms) - ASYMMETRIC)
        if unfit or not self.algorithms:
            raise SetupError(f"tokens cannot be checked with {unfit or 'no algorithm'}: choose of {sorted(ASYMMETRIC)}")
        if not 0 <= self.leeway_seconds <= LONGEST_LEEWAY:
            raise SetupError(f"a leeway of {self.leeway_seconds} seconds is not safe: choose 0 to {LONGEST_LEEWAY}")


def require_secure(url: str) -> None:
    """Raise SetupError unless the URL is https, or http on this machine, and has no query or fragment."""
    parts = urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not parts.hostname or not (parts.scheme == "https" or is_local):
        raise SetupError(f"the issuer {url!r} must be an https URL (http only on localhost)")
    if parts.query or parts.fragment:
        raise SetupError(f"the issuer {url!r} must have no query and no fragment")
