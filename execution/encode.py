"""JSON bytes of whatever a response holds."""

import json
from collections.abc import Callable
from math import isfinite
from typing import Any

import msgspec


def _text(value: Any) -> str:
    """A subclass of str, which msgspec does not write by itself, is a string like any other."""
    if isinstance(value, str):
        return str.__str__(value)
    raise TypeError(f"A {type(value).__name__} cannot be written as JSON.")


_encoder = msgspec.json.Encoder(enc_hook=_text)
_lenient = msgspec.json.Encoder(enc_hook=str)


def encode(value: Any) -> bytes:
    """JSON of a tree of structs, dicts, lists and leaves, in UTF-8.

    A lone surrogate, which UTF-8 cannot hold, is written as an escape. Raises TypeError for an object
    that has no JSON form.
    """
    return _encode(value, _encoder)


def encode_lenient(value: Any) -> bytes:
    """The same, and an object without a JSON form is written as its text: for the extensions of errors."""
    return _encode(value, _lenient)


def _encode(value: Any, encoder: msgspec.json.Encoder) -> bytes:
    try:
        return encoder.encode(value)
    except UnicodeEncodeError:
        hook = encoder.enc_hook
        return json.dumps(value, default=_plain(hook)).encode("ascii")


def _plain(hook: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, msgspec.Raw):
            return json.loads(bytes(value))
        if isinstance(value, msgspec.Struct):
            values = (getattr(value, name) for name in value.__struct_fields__)
            return dict(zip(value.__struct_encode_fields__, values, strict=True))
        return msgspec.to_builtins(value, enc_hook=hook)

    return plain


def writable(value: Any) -> Any:
    """A leaf in a form that `encode` cannot fail on. TypeError if it has none.

    What a custom scalar makes of a value may be anything: it is encoded at once, so that a failure is
    the error of its field and not of the response.
    """
    type_ = type(value)
    if type_ is str or type_ is bool or type_ is int:
        return value
    if type_ is float:
        if not isfinite(value):
            raise TypeError(f"{value!r} cannot be written as JSON.")
        return value
    if isinstance(value, str):
        return str.__str__(value)
    return msgspec.Raw(encode(value))
