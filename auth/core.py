"""The token endpoint's rules: Authlib's server core, run purely in memory.

The core is synchronous, so whatever it needs is fetched before (auth.issuer) and whatever it used is stored after. One
core serves one request. Authlib ships no types, hence the ignores: all of it that we use is in this file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import (
    ClientMixin,
    InvalidClientError,
    InvalidScopeError,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from auth.claims import known_scopes, scope_text
from auth.settings import ALGORITHM, IssuerSettings
from hub.domain.principal import SCOPES_OF_ROLE, Scope
from hub.store.oauth import OAuthClient

AUTH_METHODS = ["client_secret_basic", "private_key_jwt"]
ASSERTION_LEEWAY = timedelta(seconds=60)
LONGEST_ASSERTION = timedelta(minutes=10)
_LONGEST_JTI = 255

Sign = Callable[[OAuthClient, frozenset[Scope]], str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer: `body` goes out as JSON."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UsedAssertion:
    """An assertion that authenticated its client; `expires_at` is when it may be forgotten."""

    client_id: str
    jti: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class KnownClient:
    """The client that a request claims to be, and whether the secret it sent is right."""

    client: OAuthClient
    secret_fits: bool


class AssertionRefused(InvalidClientError):
    """The assertion is signed by the client and still not good; only its sender can learn why."""


def allowed_scopes(client: OAuthClient) -> frozenset[Scope]:
    """What the client was given, within what its role allows today."""
    return client.scopes & SCOPES_OF_ROLE[client.role]


class TokenCore(AuthorizationServer):
    """Decides one token request; `used_assertion` must be stored afterwards, whatever the answer is."""

    def __init__(self, settings: IssuerSettings, known: KnownClient | None, sign: Sign, now: datetime) -> None:
        super().__init__()
        self._known = known
        self._assertion = _Assertion(settings, now)
        generator = BearerTokenGenerator(
            lambda client, scope, **_: sign(client.known.client, known_scopes(scope.split())),
            expires_generator=settings.token_seconds,
        )
        self.register_token_generator("default", generator)
        self.register_client_auth_method("private_key_jwt", self._assertion)
        self.register_grant(_ClientCredentials)

    @property
    def used_assertion(self) -> UsedAssertion | None:
        """The assertion that authenticated the client, if one did."""
        return self._assertion.used

    def answer(self, form: Mapping[str, str], authorization: str | None, uri: str) -> Answer:
        """What the token endpoint says to this form; `uri` is the endpoint's own."""
        headers = {} if authorization is None else {"Authorization": authorization}
        answer: Answer = self.create_token_response(_Request(form, headers, uri))
        return answer

    def query_client(self, client_id: str) -> "_Client | None":
        """The client that was looked up before."""
        known = self._known
        return _Client(known) if known is not None and known.client.client_id == client_id else None

    def create_oauth2_request(self, request: "_Request") -> "_Request":
        """The request is made by `answer`."""
        return request

    def handle_response(self, status: int, body: dict[str, Any], headers: list[tuple[str, str]]) -> Answer:
        """Authlib's headers say no-store already."""
        return Answer(status, body, dict(headers))

    def handle_error_response(self, _: "_Request", error: OAuth2Error) -> Answer:
        """An error of RFC 6749; who is not authenticated learns nothing about which clients exist."""
        if isinstance(error, InvalidClientError):
            return refused_client(error.description if isinstance(error, AssertionRefused) else None)
        return oauth_error(error.error, error.description or _ADVICE.get(error.error, ""), error.status_code)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""


_ADVICE = {"unsupported_grant_type": "the only grant type here is client_credentials"}


def oauth_error(error: str, description: str, status: int = 400) -> Answer:
    """An error answer as in RFC 6749, section 5.2."""
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Answer(status, {"error": error, "error_description": description}, headers)


def refused_client(reason: str | None = None) -> Answer:
    """Client authentication failed."""
    answer = oauth_error("invalid_client", reason or "the client is unknown, or its secret or key does not fit", 401)
    return Answer(401, answer.body, {**answer.headers, "WWW-Authenticate": 'Basic realm="slrt-hub", charset="UTF-8"'})


class _Request(OAuth2Request):
    def __init__(self, form: Mapping[str, str], headers: Mapping[str, str], uri: str) -> None:
        super().__init__("POST", uri, headers=headers)
        self._form = form
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> Mapping[str, str]:
        return self._form


class _Client(ClientMixin):
    def __init__(self, known: KnownClient) -> None:
        self.known = known

    def get_client_id(self) -> str:
        return self.known.client.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        allowed = allowed_scopes(self.known.client)
        asked = frozenset(scope.split()) if scope else allowed
        if not asked or not asked <= allowed:
            raise InvalidScopeError(f"this client may ask for: {scope_text(allowed)}")
        return scope_text(known_scopes(asked))

    def check_client_secret(self, _: str) -> bool:
        # Compared before: hashing takes a thread.
        return self.known.secret_fits

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and self.known.client.auth_method == method

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class _ClientCredentials(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        # Authlib's own writes the token to the debug log.
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class _Assertion(JWTBearerClientAssertion):
    """private_key_jwt (RFC 7523) with ES256 only; Authlib's own takes any algorithm and the machine's clock."""

    CLIENT_AUTH_METHOD = "private_key_jwt"

    def __init__(self, settings: IssuerSettings, now: datetime) -> None:
        super().__init__()
        self._settings = settings
        self._now = now
        self.used: UsedAssertion | None = None

    def get_audiences(self) -> list[str]:
        return [self._settings.issuer, self._settings.token_endpoint]

    def resolve_client_public_key(self, client: _Client) -> ECKey:
        jwk = client.known.client.public_jwk
        if jwk is None:
            raise InvalidClientError
        return ECKey.import_key(jwk)

    def process_assertion_claims(self, assertion: str, resolve_key: ECKey) -> dict[str, Any]:
        try:
            claims = jwt.decode(assertion, resolve_key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            raise InvalidClientError from None
        self.verify_claims(claims)
        return claims

    def verify_claims(self, claims: dict[str, Any]) -> None:
        now = int(self._now.timestamp())
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=int(ASSERTION_LEEWAY.total_seconds()),
            iss={"essential": True, "value": claims["sub"]},
            sub={"essential": True},
            aud={"essential": True, "values": self.get_audiences()},
            exp={"essential": True},
            jti={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise AssertionRefused(f"client assertion: {error.description}") from None
        if claims["exp"] > now + LONGEST_ASSERTION.total_seconds():
            raise AssertionRefused(f"client assertion: exp is more than {LONGEST_ASSERTION} ahead")
        jti: str = claims["jti"]
        if len(jti) > _LONGEST_JTI or not (jti.isascii() and jti.isprintable()):
            raise AssertionRefused(f"client assertion: jti must be at most {_LONGEST_JTI} printable ASCII characters")
        expires_at = datetime.fromtimestamp(claims["exp"], UTC) + ASSERTION_LEEWAY
        self.used = UsedAssertion(claims["sub"], jti, expires_at)
