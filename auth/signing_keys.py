"""The issuer's ES256 keys: made, kept, sealed, rotated.

The embedded issuer is for development and small sites. Its private keys lie in the database, where only the owner's
role can read them; with a sealing key in the settings they are encrypted there (AES-256-GCM), so that a copy of the
database alone signs no token.
"""

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey

from auth.settings import ALGORITHM, LONGEST_LEEWAY, LONGEST_TOKEN
from hub.domain.errors import SetupError
from hub.store.database import Session
from hub.store.oauth import (
    StoredKey,
    add_active_key,
    find_active_key,
    forget_keys,
    retire_active_key,
)

_NONCE = 12
STILL_PUBLISHED = timedelta(seconds=LONGEST_TOKEN + LONGEST_LEEWAY)


@dataclass(frozen=True, slots=True)
class KeyVault:
    """Seals private keys with a key of 32 bytes; without one they pass through unchanged."""

    sealing_key: bytes | None = field(default=None, repr=False)

    @classmethod
    def from_setting(cls, text: str | None) -> "KeyVault":
        """From base64 of 32 bytes; nothing set means no sealing. Raises SetupError for anything else."""
        if not text:
            return cls()
        try:
            sealing_key = base64.b64decode(text, validate=True)
        except binascii.Error:
            sealing_key = b""
        if len(sealing_key) != 32:
            raise SetupError("the sealing key of the token issuer must be 32 bytes in base64: openssl rand -base64 32")
        return cls(sealing_key)

    def seal(self, key: ECKey) -> StoredKey:
        """The key as it goes to the database."""
        kid = key.thumbprint()
        private_key = key.as_der(private=True)
        if self.sealing_key is not None:
            nonce = secrets.token_bytes(_NONCE)
            private_key = nonce + AESGCM(self.sealing_key).encrypt(nonce, private_key, kid.encode())
        public_jwk = dict(key.as_dict(private=False))
        return StoredKey(kid, public_jwk, private_key, is_sealed=self.sealing_key is not None)

    def open(self, stored: StoredKey) -> ECKey:
        """The key, ready to sign; raises SetupError when it is sealed with another key or none is set."""
        return ECKey.import_key(self._private_key(stored), {"kid": stored.kid, "alg": ALGORITHM, "use": "sig"})

    def _private_key(self, stored: StoredKey) -> bytes:
        if not stored.is_sealed:
            return stored.private_key
        if self.sealing_key is None:
            raise SetupError(f"the signing key {stored.kid} is sealed: set the sealing key of the token issuer")
        nonce, sealed = stored.private_key[:_NONCE], stored.private_key[_NONCE:]
        try:
            return AESGCM(self.sealing_key).decrypt(nonce, sealed, stored.kid.encode())
        except InvalidTag:
            raise SetupError(
                f"the signing key {stored.kid} was sealed with another sealing key: set that one, or rotate"
            ) from None


def new_key() -> ECKey:
    """A new P-256 key; its kid is its thumbprint (RFC 7638)."""
    return ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, auto_kid=True)


async def ensure_signing_key(session: Session, now: datetime, vault: KeyVault | None = None) -> str:
    """Make the first key when there is none; the kid of the active one. Safe to run many times at once."""
    if await find_active_key(session) is None:
        await add_active_key(session, (vault or KeyVault()).seal(new_key()), now)
    return (await get_active_key(session)).kid


async def rotate_signing_key(session: Session, now: datetime, vault: KeyVault | None = None) -> str:
    """Sign with a new key from now on and return its kid.

    The old one stays published until every token that bears it has expired. Rotations at the same moment count as one.
    """
    return await _replace(session, now, now - STILL_PUBLISHED, vault)


async def withdraw_signing_key(session: Session, now: datetime, vault: KeyVault | None = None) -> str:
    """Rotate without grace, for a key that leaked, and return the new kid.

    No old key is published any more, so every validator refuses the tokens signed so far as soon as it has fetched the
    keys again (auth.key_ring: RingSettings.refresh_after).
    """
    return await _replace(session, now, now + timedelta(microseconds=1), vault)


async def get_active_key(session: Session) -> StoredKey:
    """The key that signs; raises SetupError when there is none."""
    stored = await find_active_key(session)
    if stored is None:
        raise SetupError("the token issuer has no signing key: `slrt-hub serve` makes the first one")
    return stored


async def _replace(session: Session, now: datetime, forget_before: datetime, vault: KeyVault | None) -> str:
    async with session.transaction() as transaction:
        await retire_active_key(transaction, now)
        await forget_keys(transaction, forget_before)
        await add_active_key(transaction, (vault or KeyVault()).seal(new_key()), now)
        return (await get_active_key(transaction)).kid
