"""What may be attached to a case file [lampiran]: the address of a file of a known kind and size, without personal data in it."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.domain.errors import Invalid
from hub.domain.records import CaseValues

SIZE_MAX = 25 * 2**20
ATTACHMENTS_MAX = 20
"""Of one case file."""
MEDIA_TYPES = (
    "application/pdf",
    "audio/mpeg",
    "audio/ogg",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
)
_URI_MAX = 500
_NAME_MAX = 200
_SHA256 = re.compile(r"[0-9a-f]{64}")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")


@dataclass(frozen=True, slots=True)
class NewAttachment:
    """An attachment to be. `sha256` None: whoever told of it did not say, and the same address is the same attachment."""

    uri: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str | None


def check_attachment(new: NewAttachment) -> None:
    """Raise Invalid for what may not be attached; the message names no personal data."""
    if not 1 <= len(new.name.strip()) <= len(new.name) <= _NAME_MAX:
        raise Invalid(
            f"name has {len(new.name)} characters: 1 to {_NAME_MAX} are allowed, not all of them blank", ("name",)
        )
    if new.media_type not in MEDIA_TYPES:
        raise Invalid(f"{new.media_type[:60]!r} is not one of {', '.join(MEDIA_TYPES)}", ("mediaType",))
    if not 1 <= new.size_bytes <= SIZE_MAX:
        raise Invalid(f"sizeBytes is {new.size_bytes}: 1 to {SIZE_MAX} are allowed", ("sizeBytes",))
    if new.sha256 is not None and not _SHA256.fullmatch(new.sha256):
        raise Invalid("sha256 has 64 hexadecimal digits, in small letters", ("sha256",))
    for name, text in (("uri", new.uri), ("name", new.name)):
        if _IDENTITY_NUMBER.search(text):
            raise Invalid(f"{name} holds 16 digits, as NIK and KK number have: name it without personal data", (name,))
    _check_uri(new.uri)


def told_attachment(values: CaseValues) -> NewAttachment:
    """The attachment that a district tells of; raises Invalid where the hub may not keep it."""
    uri, name, media_type, size = (
        values.attachment_reference,
        values.attachment_name,
        values.media_type,
        values.byte_size,
    )
    if uri is None or name is None or media_type is None or size is None:
        raise Invalid("an attachment needs attachmentReference, attachmentName, mediaType and byteSize")
    new = NewAttachment(uri, name, media_type, size, None)
    check_attachment(new)
    return new


def _check_uri(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        is_sound = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Invalid("uri is not one", ("uri",)) from None
    if not is_sound or parts.username is not None or len(uri) > _URI_MAX or not uri.isascii() or not uri.isprintable():
        raise Invalid(f"uri is an https address of at most {_URI_MAX} characters, without a user", ("uri",))
    if "?" in uri or "#" in uri:
        raise Invalid("uri has neither a query nor a fragment: keys and personal data stay out of it", ("uri",))
