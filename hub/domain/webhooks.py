"""Webhooks as the Standard Webhooks specification says: secrets, signatures, and when to try again.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from hub.domain.errors import Invalid

ENDPOINTS_MAX = 20
"""Endpoints of a client that are delivered to."""
_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
_URL_MAX = 500
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_CREDENTIAL = re.compile(r"env:SLRT_HUB_TOKEN_[A-Za-z0-9_]+|file:[A-Za-z0-9][A-Za-z0-9._-]*")


class WebhookStatus(StrEnum):
    """Whether an endpoint is delivered to."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an event was not taken, as a word; `is_gone`: the receiver says that it is there no more."""

    reason: str
    retry_after: float | None = None
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """When an event that was not taken is tried again, and when an endpoint is left alone.

    The first attempt is at once. After the last, the event is a dead letter, and the endpoint goes on with the next one.
    """

    seconds_between: Sequence[float] = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
    failing_for: timedelta = timedelta(days=5)
    """An endpoint that took nothing for so long is disabled."""

    def next_attempt(self, attempts: int, now: datetime, retry_after: float | None) -> datetime | None:
        """When to try again after so many attempts; None: give the event up. The receiver may ask for more patience."""
        if attempts > len(self.seconds_between):
            return None
        seconds = max(self.seconds_between[attempts - 1], min(retry_after or 0, self.seconds_between[-1]))
        return now + timedelta(seconds=seconds)


def secret_of(text: str) -> bytes:
    """The key in a secret `whsec_...`: 24 to 64 bytes in base64; raises Invalid, without the secret."""
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise Invalid(
            f"the secret of a webhook is {_PREFIX} and {_SHORTEST} to {_LONGEST} bytes in base64: "
            "echo whsec_$(openssl rand -base64 32)",
            ("credential",),
        )
    return key


def signature(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each key."""
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digests = (hmac.new(key, signed, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def require_url(url: str) -> str:
    """An address that may be delivered to: https, or http on the hub's own machine; raises Invalid."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    is_sound = host and len(url) <= _URL_MAX and url.isascii() and url.isprintable() and " " not in url
    if not is_sound or parts.username is not None or parts.fragment:
        raise Invalid("the address must be an https URL without user, password and fragment", ("url",))
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        raise Invalid("the address must begin with https://, for what is told concerns people", ("url",))
    return url


def require_credential(reference: str) -> str:
    """A reference to a secret; raises Invalid for anything else, such as the secret itself."""
    if not _CREDENTIAL.fullmatch(reference):
        raise Invalid(
            "the credential must be env:SLRT_HUB_TOKEN_NAME, or file:NAME in the hub's folder of credentials: "
            "where the secret is, never the secret itself",
            ("credential",),
        )
    return reference
