"""A first, strict look at a signed token (JWS compact form) before any cryptography."""

import base64
import re
from typing import Any, TypeVar

import msgspec

_COMPACT = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")
_DEEPEST = 16


class Header(msgspec.Struct):
    """The parts of a header that we decide by."""

    alg: str
    typ: str | None = None
    kid: str | None = None
    crit: Any = msgspec.UNSET
    jwk: Any = msgspec.UNSET
    jku: Any = msgspec.UNSET
    x5c: Any = msgspec.UNSET
    x5u: Any = msgspec.UNSET

    @property
    def brings_a_key(self) -> bool:
        """Whether the token names a key of its own choice."""
        return any(part is not msgspec.UNSET for part in (self.jwk, self.jku, self.x5c, self.x5u))


class Claims(msgspec.Struct):
    """The one unverified claim that we look at: which client's key an assertion is to be checked with."""

    sub: str


_Part = TypeVar("_Part", Header, Claims)


def read_header(token: str) -> Header | None:
    """The header, not yet verified; None when this is no token, or one with extensions that must be understood."""
    parts = _COMPACT.fullmatch(token)
    header = None if parts is None else _decode(parts[1], Header)
    # `crit` names extensions that a reader must know; we know none, and joserfc stumbles over odd ones.
    return None if header is None or header.crit is not msgspec.UNSET else header


def read_subject(token: str) -> str | None:
    """The claim `sub`, not yet verified; None when this is no token or has none."""
    parts = _COMPACT.fullmatch(token)
    claims = None if parts is None else _decode(parts[2], Claims)
    return None if claims is None else claims.sub


def _decode(part: str, kind: type[_Part]) -> _Part | None:
    try:
        text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        # Nested deeper than any token of ours: it could only be meant to exhaust a parser's stack.
        if text.count(b"[") + text.count(b"{") > _DEEPEST:
            return None
        return msgspec.json.decode(text, type=kind)
    except ValueError:
        return None
