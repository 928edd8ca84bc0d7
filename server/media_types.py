"""Which media types a request brings and takes, by its headers; the answers for a header are kept."""

from collections.abc import Iterator
from functools import lru_cache

JSON = b"application/json"
GRAPHQL_JSON = b"application/graphql-response+json"
_HEADERS = 256
_ANY = (b"application/*", b"*/*")


@lru_cache(_HEADERS)
def is_json(content_type: bytes) -> bool:
    """Whether a body is JSON in UTF-8, the one charset that JSON has (RFC 8259)."""
    media_type, parameters = _parts(content_type)
    return media_type == JSON and _is_utf8(parameters)


@lru_cache(_HEADERS)
def accepted(header: bytes) -> bytes | None:
    """The media type of the answer for an `Accept` header, or None when it allows none of ours.

    The highest quality wins, a range counting for what no closer one names (RFC 9110, 12.5.1). Of two that are equal,
    `application/graphql-response+json` if it is named, else plain JSON: who names neither may be older than the other.
    """
    qualities = dict(_qualities(header))
    best: tuple[float, bool, bool] = (0.0, False, False)
    chosen = None
    for media_type in (JSON, GRAPHQL_JSON):
        is_named = media_type in qualities
        closest = next((name for name in (media_type, *_ANY) if name in qualities), None)
        rank = (qualities.get(closest, 0.0) if closest else 0.0, is_named, is_named == (media_type == GRAPHQL_JSON))
        if rank[0] > 0 and rank > best:
            best, chosen = rank, media_type
    return chosen


@lru_cache(_HEADERS)
def takes_html(header: bytes) -> bool:
    """Whether an `Accept` header names HTML: that of a browser that goes to a page."""
    return any(name == b"text/html" and quality > 0 for name, quality in _qualities(header))


def _qualities(header: bytes) -> Iterator[tuple[bytes, float]]:
    """Each range of an `Accept` header with its quality; one in another charset than UTF-8 is left out."""
    for part in header.split(b","):
        name, parameters = _parts(part)
        if name and _is_utf8(parameters):
            yield name, _quality(parameters.get(b"q", b"1"))


def _parts(value: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    name, *parameters = value.split(b";")
    pairs = (parameter.partition(b"=") for parameter in parameters)
    return name.strip().lower(), {key.strip().lower(): text.strip().strip(b'"').lower() for key, _, text in pairs}


def _is_utf8(parameters: dict[bytes, bytes]) -> bool:
    return parameters.get(b"charset", b"utf-8") in (b"utf-8", b"utf8")


def _quality(text: bytes) -> float:
    """0 to 1; what is no number counts as not accepted."""
    try:
        return min(1.0, max(0.0, float(text)))
    except ValueError:
        return 0.0
