"""Client secrets: made here, shown once, kept as an scrypt hash.

A secret has 256 random bits, so guessing is hopeless whatever the hash costs; the cost parameters are therefore modest
and keep a flood of wrong secrets from using up the machine.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

_COST, _BLOCK, _LANES = 4096, 8, 1
NOBODYS_HASH = f"scrypt${_COST}${_BLOCK}${_LANES}$AAAAAAAAAAAAAAAAAAAAAA==${base64.b64encode(bytes(32)).decode()}"


def new_secret() -> str:
    """A random secret of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """`scrypt$cost$block$lanes$salt$hash`, with a salt of its own."""
    salt = secrets.token_bytes(16)
    digest = _scrypt(secret, salt, (_COST, _BLOCK, _LANES))
    return f"scrypt${_COST}${_BLOCK}${_LANES}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def matches_hash(secret: str, stored: str) -> bool:
    """Whether the hash is of this secret. A hash in an unknown form matches nothing. About 10 ms of processor time."""
    try:
        name, cost, block, lanes, salt, digest = stored.split("$")
        expected = base64.b64decode(digest, validate=True)
        actual = _scrypt(secret, base64.b64decode(salt, validate=True), (int(cost), int(block), int(lanes)))
    except (ValueError, binascii.Error):
        return False
    return name == "scrypt" and hmac.compare_digest(actual, expected)


def _scrypt(secret: str, salt: bytes, parameters: tuple[int, int, int]) -> bytes:
    cost, block, lanes = parameters
    return hashlib.scrypt(secret.encode("utf-8", "replace"), salt=salt, n=cost, r=block, p=lanes, dklen=32)
