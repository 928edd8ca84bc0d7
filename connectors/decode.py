"""From bytes of the wire to structs: an answer as a whole, and the records of a page one by one."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import msgspec

from connectors.errors import Failure, of_condition
from hub.domain.records import Reject

T = TypeVar("T")
W = TypeVar("W")

MAX_VALUE = 200
"""Characters of a wrong value that a reject keeps."""

_PATH = re.compile(r" - at `\$\.?(?P<path>.*)`$", re.DOTALL)
_MISSING = re.compile(r"^Object missing required field `(?P<field>[^`]*)`")
_STEP = re.compile(r"(?P<name>[^.\[\]]+)|\[(?P<index>\d+|\.\.\.)\]")
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class RecordShape(msgspec.Struct, Generic[W, T], frozen=True, kw_only=True):
    """How one kind of page entry is read.

    `describe` gives record kind and source record id of an entry that does not fit, as far as they
    can be read; `root` is the prefix that paths of fields lose.
    """

    decoder: msgspec.json.Decoder[W]
    to_record: Callable[[W], T]
    describe: Callable[[object], tuple[str, str]]
    root: str = ""


def read_answer(body: bytes, answer: type[T]) -> T:
    """The body as the struct; Failure HTML, GARBAGE, TRUNCATED, TOO_DEEP or WRONG_SHAPE when not."""
    try:
        return msgspec.json.decode(body, type=answer)
    except msgspec.ValidationError as error:
        # The text of the error may quote a value: only the path may be shown.
        raise of_condition("WRONG_SHAPE", error_path(error) or "the top level") from None
    except RecursionError:
        raise of_condition("TOO_DEEP") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _not_json(body, error) from None


def read_records(entries: Iterable[msgspec.Raw], shape: RecordShape[W, T]) -> tuple[list[T], list[Reject]]:
    """The records of a page in its order, and a reject for each entry that does not fit."""
    records: list[T] = []
    rejects: list[Reject] = []
    for read in read_each(entries, shape):
        if isinstance(read, Reject):
            rejects.append(read)
        else:
            records.append(read)
    return records, rejects


def read_each(entries: Iterable[msgspec.Raw], shape: RecordShape[W, T]) -> Iterator[T | Reject]:
    """For each entry of a page its record, or the reject when it does not fit."""
    for entry in entries:
        try:
            yield shape.to_record(shape.decoder.decode(entry))
        except _UNREADABLE as error:
            yield _reject(bytes(entry), error, shape)


def in_batches(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    """Pieces of at most `size`, in order."""
    return (items[start : start + size] for start in range(0, len(items), size))


def by_key(keys: Sequence[str], results: Iterable[tuple[str, T]]) -> list[T]:
    """One result for each key, in the order of the keys.

    Failure WRONG_RESULTS when one is missing, was not asked for, or two of them disagree.
    """
    asked = set(keys)
    found: dict[str, T] = {}
    alien = 0
    for key, result in results:
        if key not in asked or found.get(key, result) != result:
            alien += 1
        found[key] = result
    missing = sum(key not in found for key in keys)
    if missing or alien:
        raise of_condition("WRONG_RESULTS", f"{missing} of {len(keys)} missing, {alien} not asked for")
    return [found[key] for key in keys]


def error_path(error: Exception) -> str:
    """The path of the field in the wire's names, such as `members[0].birthDate`; "" for the whole."""
    text = str(error)
    at = _PATH.search(text)
    path = at["path"] if at else ""
    missing = _MISSING.match(text)
    if missing is None:
        return path
    return f"{path}.{missing['field']}" if path else missing["field"]


def text_of(value: object) -> str:
    """The value as text, clipped: a string as it is, anything else as JSON."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:MAX_VALUE]


def _reject(entry: bytes, error: Exception, shape: RecordShape[W, T]) -> Reject:
    try:
        value: object = msgspec.json.decode(entry)
    except _UNREADABLE:
        value = entry.decode(errors="replace")
    kind, source_record_id = shape.describe(value)
    path = error_path(error)
    return Reject(
        record_kind=kind,
        source_record_id=source_record_id[:MAX_VALUE],
        field=path.removeprefix(shape.root),
        code="WRONG_TYPE",
        value=_value_at(value, path),
    )


def _value_at(value: object, path: str) -> str:
    for step in _STEP.finditer(path):
        if step["index"] == "...":  # An entry of a map: msgspec does not say which.
            break
        if isinstance(value, dict) and step["name"] is not None:
            value = value.get(step["name"], "")
        elif isinstance(value, list) and step["index"] is not None:
            value = value[int(step["index"])]
    return text_of(value)


def _not_json(body: bytes, error: Exception) -> Failure:
    if body.lstrip()[:1] == b"<":
        return of_condition("HTML")
    if "truncated" in str(error):
        return of_condition("TRUNCATED")
    return of_condition("GARBAGE")
